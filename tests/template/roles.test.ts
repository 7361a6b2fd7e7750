/**
 * Each function's role against the calls that its code makes, both ways: nothing that it does is forbidden, and
 * nothing is allowed that it never does. The functions run through everything they know on the embedded services.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import type { DynamoTable } from '../../lib/store/dynamo-table.ts';
import type { LocalStack } from '../../local/stack.ts';
import { signedHeaders } from '../support/administer.ts';
import { signIn } from '../support/sign-in.ts';
import { type Grant, grantedCalls } from './granted-calls.ts';
import { type Call, recordCalls } from './recorded-calls.ts';

const DOMAIN = 'roles.firefishsoftware.com';
const NO_LIMIT = '100000/1s';
const TOPIC_ARN = 'arn:aws:sns:eu-west-2:000000000000:sourcewhale-firefish-local-AlarmTopic';

let stack: LocalStack;
let calls: Call[];
let sourceWhale: { clientId: string; clientSecret: string };

beforeAll(async () => {
  calls = await recordCalls();
  const { startLocalStack } = await import('../../local/stack.ts');
  stack = await startLocalStack({
    environment: {
      PORT: '0',
      FIREFISH_RATE_LIMITS: NO_LIMIT,
      FIREFISH_TOKEN_LIMITS: NO_LIMIT,
      ALARM_TOPIC_ARN: TOPIC_ARN,
    },
    onError: () => undefined,
  });
  await makeTopic();
  await doEverything();
}, 180_000);
afterAll(async () => {
  for (const client of clients) client.destroy();
  await stack.stop();
});

/** The embedded SQS is an SNS as well. */
async function makeTopic(): Promise<void> {
  process.env.AWS_ENDPOINT_URL_SNS = stack.environment.AWS_ENDPOINT_URL_SQS;
  const sns = new SNSClient({});
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: TOPIC_ARN.split(':').at(-1) }));
  expect(TopicArn).toBe(TOPIC_ARN);
  sns.destroy();
}

async function provision(
  payload: { verb: string } & Record<string, unknown>,
  FunctionName = 'provision',
): Promise<Record<string, unknown>> {
  const lambda = new LambdaClient({ endpoint: stack.environment.AWS_ENDPOINT_URL_LAMBDA! });
  try {
    const { Payload } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify({ domain: DOMAIN, ...payload }) }),
    );
    return JSON.parse(Buffer.from(Payload!).toString('utf8')) as Record<string, unknown>;
  } finally {
    lambda.destroy();
  }
}

/** The same by the route that `npm run admin -- --stage` takes. */
async function administer(payload: { verb: string } & Record<string, unknown>): Promise<unknown> {
  const url = new URL('/administration', stack.url);
  const body = JSON.stringify({ domain: DOMAIN, ...payload });
  const headers = await signedHeaders(stack.url, body, {
    credentials: {
      accessKeyId: stack.environment.AWS_ACCESS_KEY_ID!,
      secretAccessKey: stack.environment.AWS_SECRET_ACCESS_KEY!,
    },
    region: stack.environment.AWS_REGION!,
  });
  const response = await fetch(url, { method: 'POST', headers, body });
  const answer: unknown = await response.json();
  expect([response.status, answer]).toEqual([200, expect.anything()]);
  return answer;
}
const WAYS = [provision, administer] as const;

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

const basic = ({ clientId, clientSecret } = sourceWhale): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;

async function ask(
  method: string,
  path: string,
  body?: object | URLSearchParams,
  authorization = basic(),
): Promise<Answer> {
  const form = body instanceof URLSearchParams;
  const response = await fetch(`${stack.url}${path}`, {
    method,
    headers: { authorization, ...(form ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

let count = 0;
const event = (type: string, rest: object): { id: string } => {
  count += 1;
  const occurredAt = new Date(Date.now() - 60_000 + count).toISOString();
  const written = { id: `event-${count}`, type, occurredAt, ...rest };
  return written;
};
const person = (name: string, rest: object = {}): object => ({
  record: {
    candidateId: `sw_${name}`,
    kind: 'candidate',
    firstName: name,
    lastName: 'Roe',
    emails: [`${name}@person.example`],
    ...rest,
  },
});

async function push(...events: object[]): Promise<string> {
  const { status, body } = await ask('POST', '/v1/events', { events });
  expect([status, body.rejected]).toEqual([202, []]);
  return String(body.batchId);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not happen within twenty seconds');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ended = (batchId: string): Promise<void> =>
  until(async () => {
    const { body } = await ask('GET', `/v1/batches/${batchId}`);
    return body.queued === 0 && body.deferred === 0;
  });

/** One after the other, so that each finds what the one before it left. */
async function doEverything(): Promise<void> {
  const enabled = await provision({
    verb: 'enable',
    firefishClientId: 'ff-roles',
    firefishClientSecret: 'ff-roles-secret',
  });
  sourceWhale = { clientId: String(enabled.clientId), clientSecret: String(enabled.clientSecret) };
  await dropToken(String(enabled.tenantId));
  await useTheDoor();
  await pushEveryType();
  await previewEveryKind();
  await failAndReplay();
  await waitForFirefish();
  await leaveToTheSweeper(String(enabled.tenantId));
  await useEveryVerb();
  await useTheConsole();
}

async function useTheDoor(): Promise<void> {
  await ask('GET', '/v1/connection');
  await ask('POST', '/v1/connection', { domain: DOMAIN });
  const token = await ask('POST', '/oauth/token', new URLSearchParams({ grant_type: 'client_credentials' }));
  const bearer = `Bearer ${String(token.body.access_token)}`;
  const wrong = basic({ ...sourceWhale, clientSecret: 'wrong' });
  const events = [event('record.created', person('first'))];
  // The preview first: then it is the one that asks Firefish for a token, now that the one of the check is gone.
  for (const [method, path, body] of [
    ['POST', '/v1/preview', { events }],
    ['POST', '/v1/events', { events }],
    ['GET', '/v1/events/event-1', undefined],
    ['GET', '/v1/batches/none', undefined],
  ] as const) {
    expect((await ask(method, path, body, wrong)).status).toBe(401);
    expect((await ask(method, path, body, bearer)).status).not.toBe(401);
  }
}

/** Of people and companies that are known, and of a company that is in Firefish and was never asked for before. */
async function previewEveryKind(): Promise<void> {
  const companies = [{ Name: 'Delta Ltd' }, { Name: 'Epsilon Ltd' }];
  stack.simulator!.seed('ff-roles', { companies });
  const events = [
    event('record.updated', person('ann', { role: 'Head' })),
    event('record.created', person('new', { kind: 'contact', company: 'Delta Ltd' })),
    event('company.updated', { company: { id: 'sw_c2', name: 'Epsilon Ltd', domain: 'epsilon.example' } }),
    event('domain.opted_out', { domain: 'person.example' }),
  ];
  const { status, body } = await ask('POST', '/v1/preview', { events });
  expect([status, body.events]).toEqual([200, events.map(({ id }) => expect.objectContaining({ id }))]);
}

async function pushEveryType(): Promise<void> {
  const ann = person('ann', { company: 'Acme', phones: ['+44 7700 900123'] });
  const contact = person('con', { kind: 'contact', company: 'Beta Ltd' });
  const company = { id: 'sw_c1', name: 'Gamma', domain: 'gamma.example' };
  const created = [
    event('record.created', ann),
    event('record.created', contact),
    event('company.created', { company }),
    event('note.added', { ...ann, note: { id: 'n1', text: 'Called', channel: 'call' } }),
    event('marketing.opted_out', { ...person('early'), marketing: {} }),
    event('domain.opted_out', { domain: 'person.example' }),
  ];
  await ended(await push(...created));
  const changed = [
    event(
      'record.updated',
      person('ann', { role: 'Lead', emails: ['ann@person.example', 'ann@second.example'] }),
    ),
    event('email.flagged', { ...ann, email: 'ann@second.example' }),
    event('phone.flagged', { ...ann, phone: '+44 7700 900123' }),
    event('campaign.replied', { ...ann, campaign: { id: 'c1', name: 'Autumn' } }),
    event('marketing.opted_in', { ...ann, marketing: { channels: ['email'] } }),
    event('company.updated', { company: { ...company, name: 'Gamma Group' } }),
    event('domain.opted_in', { domain: 'person.example' }),
    event('record.created', person('early')),
    // Two known persons that turn out to be one.
    event('record.updated', person('con', { kind: 'contact', emails: ['ann@person.example'] })),
  ];
  await ended(await push(...changed));
  await ended(await push(...created));
}

async function failAndReplay(): Promise<void> {
  for (const [n, act] of WAYS.entries()) {
    stack.simulator!.faults.add({
      endpoint: /^POST .candidates.?$/,
      kind: 'status',
      status: 400,
      body: { Message: 'no' },
    });
    const refused = event('record.created', person(`refused-${n}`));
    const batchId = await push(refused);
    await ended(batchId);
    expect(await act({ verb: 'failed' })).toMatchObject([{ id: refused.id }]);
    await act({ verb: 'replay', event: refused.id });
    await act({ verb: 'replay', all: true });
    await ended(batchId);
  }
}

/** What waits for Firefish does so outside the queue; of what comes as a flood, only word of it is queued. */
async function waitForFirefish(): Promise<void> {
  stack.simulator!.faults.add({ endpoint: /^GET .candidates.search/, kind: 'html' });
  await push(event('record.created', person('unlucky')));
  await until(() => Promise.resolve(did('sync', 'sqs:SendMessage', 'EventsQueue')));
  await ended(await push(...Array.from({ length: 11 }, (_, n) => event('record.created', person(`n${n}`)))));
}

const clients: DynamoDBClient[] = [];
/** With a client of its own, which nobody takes down as a function's. */
async function syncTable(): Promise<DynamoTable> {
  const { DynamoTable } = await import('../../lib/store/dynamo-table.ts');
  const { systemClock } = await import('../../lib/clock.ts');
  const client = new DynamoDBClient({ endpoint: stack.environment.AWS_ENDPOINT_URL_DYNAMODB! });
  clients.push(client);
  return new DynamoTable(client, stack.environment.SYNC_TABLE!, systemClock);
}

async function dropToken(tenantId: string): Promise<void> {
  const { tokenKey } = await import('../../lib/store/keys.ts');
  await (await syncTable()).delete(tokenKey(tenantId), 'anything');
}

async function leaveToTheSweeper(tenantId: string): Promise<void> {
  const { alertKey, eventKey, openEventsPartition, backlogMarkKey, workKey } =
    await import('../../lib/store/keys.ts');
  const table = await syncTable();
  const long = {
    ...eventKey(tenantId, 'long-ago'),
    type: 'record.created',
    state: 'queued',
    attempts: 0,
    batchId: 'b',
  };
  const due = { indexPk: openEventsPartition(tenantId), indexSk: new Date(0).toISOString() };
  await table.put({ ...long, ...due, occurredAt: due.indexSk, receivedAt: 0 }, 'anything');
  await table.put(
    { ...long, ...due, sk: 'unsent', occurredAt: due.indexSk, receivedAt: Date.now() },
    'anything',
  );
  await table.put({ ...workKey('t_idle'), lastReceivedAt: 0 }, 'anything');
  // Nobody is at work for this one any more: what somebody was told of it is over.
  const gone = { tenantId: 't_gone', kind: 'breaker-open', since: 0, goneSince: 0 };
  await table.put({ ...alertKey('t_gone', 'breaker-open'), ...gone }, 'anything');
  await table.put({ ...backlogMarkKey('t_idle'), parkedAt: 0 }, 'anything');
  void provision({ verb: 'sweep' }, 'sweep').catch(() => undefined);
  await until(async () => (await table.get(workKey('t_idle'))) === undefined);
  await until(async () => (await table.get(backlogMarkKey('t_idle'))) === undefined);
  await until(async () => (await table.get(eventKey(tenantId, 'long-ago')))?.state === 'failed');
  await until(async () => (await table.get(alertKey('t_gone', 'breaker-open'))) === undefined);
  // It is told that an event has failed.
  await until(async () => {
    const alert = await table.get(alertKey(tenantId, 'events-failed'));
    return alert !== undefined && alert.claimedUntil === undefined;
  });
}

async function useEveryVerb(): Promise<void> {
  for (const [act, name] of [
    [provision, 'ann'],
    [administer, 'refused-0'],
  ] as const) {
    const email = `${name}@person.example`;
    await act({ verb: 'settings' });
    await act({ verb: 'settings', set: { createCompanies: false } });
    await act({ verb: 'list', domain: undefined });
    await act({ verb: 'show' });
    await act({ verb: 'export', email });
    await act({ verb: 'erase', email });
    await act({
      verb: 'firefish-credentials',
      firefishClientId: 'ff-roles',
      firefishClientSecret: 'ff-roles-secret',
    });
    await act({ verb: 'rotate', overlap: '24h' });
    await act({ verb: 'disable' });
    if (act === provision) {
      const firefish = { firefishClientId: 'ff-roles', firefishClientSecret: 'ff-roles-secret' };
      await act({ verb: 'enable', ...firefish });
    }
  }
}

/** What the console does besides the verbs, and one of each kind of verb. */
async function useTheConsole(): Promise<void> {
  const firefish = { firefishClientId: 'ff-roles', firefishClientSecret: 'ff-roles-secret' };
  const { accessToken } = await signIn(`${stack.url}/console`, 'operator');
  const tenant = `/admin/v1/tenants/${DOMAIN}`;
  for (const [method, path, body] of [
    ['GET', '/admin/v1/tenants', undefined],
    ['POST', `${tenant}/enable`, firefish],
    ['POST', `${tenant}/test-event`, {}],
    ['POST', `${tenant}/firefish-credentials`, firefish],
    ['GET', `${tenant}/events`, undefined],
    ['POST', `${tenant}/events/search`, { email: 'early@person.example' }],
    ['POST', `${tenant}/replay`, { all: true }],
    ['POST', `${tenant}/erase`, { email: 'early@person.example' }],
  ] as const) {
    const { status } = await ask(method, path, body, `Bearer ${accessToken}`);
    expect([path, status]).toEqual([path, path.endsWith('test-event') ? 202 : 200]);
  }
}

/** Logical id of a table or queue; its index behind it. */
const logicalId = (on: string): string => on.replace(/^.*-local-/, '');
const matches = (pattern: string, partition: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(partition);
const covers = (grant: Grant, call: Call): boolean =>
  grant.functionName === call.functionName &&
  grant.action === call.action &&
  grant.resource === logicalId(call.on) &&
  (grant.partition === undefined || matches(grant.partition, call.partition ?? ''));

function did(functionName: string, action: string, resource: string, partition?: string): boolean {
  return calls.some((call) => covers({ functionName, action, resource, partition }, call));
}

describe('the role of each function', () => {
  const granted = grantedCalls();
  it('allows every call that its code makes', () => {
    const forbidden = calls
      .filter((call) => !granted.some((grant) => covers(grant, call)))
      .map(
        ({ functionName, action, on, partition }) =>
          `${functionName} ${action} ${logicalId(on)} ${partition ?? ''}`,
      );
    expect([...new Set(forbidden)]).toEqual([]);
  });

  it('allows no call that its code never makes', () => {
    const unused = granted
      .filter((grant) => !calls.some((call) => covers(grant, call)))
      .map(
        ({ functionName, action, resource, partition }) =>
          `${functionName} ${action} ${resource} ${partition ?? ''}`,
      );
    expect(unused).toEqual([]);
  });
});
