/**
 * One person's data in the whole system: it is in no log at any level, in tables only encrypted or hashed, and in no
 * table or queue after the person is erased.
 */
import type { TenantId } from '../../lib/ids.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DynamoDBClient, ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { tenantBinding } from '../../lib/tenants/load-tenant.ts';
import { KeyFileCipher } from '../../lib/crypto/key-file-cipher.ts';
import { EVENT_TYPE_NAMES } from '../../lib/events/event-types.ts';
import { openDynamoDb } from '../../local/embedded/dynamodb.ts';
import { openSqs } from '../../local/embedded/sqs.ts';
import { signIn } from '../support/sign-in.ts';
import { makeTemporaryDirectory } from '../local/temporary-directory.ts';
import { npmStart, type RunningSystem } from './npm-start.ts';

const DOMAIN = 'acme.firefishsoftware.com';
const ADDRESS = 'canary.ann@canary-mail.example';
const SECOND = 'canary.home@canary-home.example';
const PHONE = '7700900987';
const FIREFISH = { firefishClientId: 'ff-bird', firefishClientSecret: 'ff-bird-secret' };
const LIMITS = { FIREFISH_RATE_LIMITS: '100000/1s', FIREFISH_TOKEN_LIMITS: '100000/1s' };

interface Issued {
  tenantId: TenantId;
  clientId: string;
  clientSecret: string;
}

const directory = makeTemporaryDirectory();
const closing: (() => unknown)[] = [];
let system: RunningSystem;
let issued: Issued;
let token: string;
let dynamo: DynamoDBClient;
let sqs: SQSClient;

const provision = async (payload: Record<string, unknown>): Promise<Record<string, unknown>> => {
  const response = await fetch(`${system.url}/2015-03-31/functions/provision/invocations`, {
    method: 'POST',
    body: JSON.stringify({ domain: DOMAIN, ...payload }),
  });
  return (await response.json()) as Record<string, unknown>;
};
const basic = ({ clientId, clientSecret }: Issued): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
const send = (
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(system.url + path, {
    method,
    headers: { authorization: basic(issued), 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });

const secrets = (): string[] => [PHONE, issued.clientSecret, token, FIREFISH.firefishClientSecret];

let count = 0;
const event = (
  type: string,
  rest: Record<string, unknown> = {},
): Record<string, unknown> & { id: string } => {
  count += 1;
  const record = {
    ...{ candidateId: 'sw-77', kind: 'contact', firstName: 'Canaryann', lastName: 'Canarylee' },
    ...{ emails: [ADDRESS], phones: [`+44 ${PHONE}`], company: 'Canary Holdings', role: 'Canary keeper' },
    ...{ dominantRace: 'canary-race', gender: 'canary-gender' },
  };
  return {
    id: `e-${count}`,
    type,
    occurredAt: new Date(Date.now() - 60_000 + count).toISOString(),
    actor: { email: 'canary.recruiter@canary.example' },
    record,
    ...rest,
  };
};

async function ended(...ids: string[]): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (const id of ids) {
    for (;;) {
      const { state } = (await (await send('GET', `/v1/events/${id}`)).json()) as { state: string };
      if (['synced', 'skipped', 'failed'].includes(state)) break;
      if (Date.now() > deadline) throw new Error(`event ${id} is still ${state}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
async function push(...events: { id: string }[]): Promise<void> {
  expect((await send('POST', '/v1/events', JSON.stringify({ events }))).status).toBe(202);
}
const fault = (body: unknown): Promise<Response> =>
  fetch(`${system.firefishUrl!}/_simulator/faults`, { method: 'POST', body: JSON.stringify(body) });

beforeAll(async () => {
  const [tables, queues] = await Promise.all([openDynamoDb(undefined), openSqs(undefined)]);
  closing.push(() => Promise.all([tables.stop(), queues.stop()]));
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const region = 'eu-west-2';
  dynamo = new DynamoDBClient({ endpoint: tables.url, region, credentials });
  sqs = new SQSClient({ endpoint: queues.url, region, credentials, useQueueUrlAsEndpoint: false });
  system = await npmStart({
    ...{ LOG_LEVEL: 'DEBUG', ...LIMITS, KEY_FILE: join(directory.path, 'key') },
    ...{ AWS_ENDPOINT_URL_DYNAMODB: tables.url, AWS_ENDPOINT_URL_SQS: queues.url },
    ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: region },
  });
  closing.push(() => system.end());
  issued = (await provision({ verb: 'enable', ...FIREFISH })) as unknown as Issued;
  expect(issued).toHaveProperty('clientSecret');
  const response = await send('POST', '/oauth/token', 'grant_type=client_credentials', {
    'content-type': 'application/x-www-form-urlencoded',
  });
  token = ((await response.json()) as { access_token: string }).access_token;
  await live();
}, 120_000);
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  dynamo.destroy();
  sqs.destroy();
  directory.remove();
});

/** Settings that are the opposite of the defaults, which the first agency has. */
const SETTINGS: Record<string, Record<string, unknown>> = {
  'all.firefishsoftware.com': {
    ...{ optOutAsNote: true, newRecordsOptedOut: false, campaignNotes: ['added', 'replied', 'interested'] },
    ...{ updatePolicy: { default: 'ifBlank' }, defaultOwnerEmail: 'owner@agency.example' },
  },
  'none.firefishsoftware.com': {
    ...{ createCompanies: false, mergeWithExisting: false, onlyNotesForSynced: true, noteChannels: [] },
    ...{ addWhen: { candidate: 'replied', contact: 'never' }, campaignNotes: [] },
    ...{ updatePolicy: { default: 'never' }, mandatoryFields: { candidate: ['JobTitle'], contact: [] } },
  },
};

/** What each type needs besides the person. A company may be named after one. */
const PARTS: Record<string, Record<string, unknown>> = {
  campaign: { campaign: { id: 'c2', name: 'Canary campaign' } },
  note: { note: { id: 'n2', text: 'Canary note', channel: 'email' } },
  marketing: { marketing: { channels: ['post'], reason: 'canary reason' } },
  email: { email: SECOND },
  phone: { phone: `+44 ${PHONE}` },
  document: { document: { documentId: 'd-canary', name: 'Canarylee CV.pdf', type: 'cv' } },
  company: {
    company: { id: 'sw-co', name: 'Canary Lee Ltd', website: 'https://canary-lee.example' },
  },
  domain: { domain: 'canary-mail.example' },
};

/** Every type of event, for agencies of every kind of settings: some are taken, some skipped, some refused by Firefish. */
async function everyType(): Promise<void> {
  for (const [domain, settings] of Object.entries(SETTINGS)) {
    const id = `ff-${domain.split('.')[0]!}`;
    const firefish = { firefishClientId: id, firefishClientSecret: `${id}-secret` };
    const other = (await provision({ verb: 'enable', domain, ...firefish, settings })) as unknown as Issued;
    const authorization = { authorization: basic(other) };
    for (const kind of ['candidate', 'contact']) {
      const record = {
        ...{ candidateId: `sw-98-${kind}`, kind, firstName: 'Canaryann', lastName: 'Canarylee' },
        ...{
          emails: [`canary.${kind}@canary-mail.example`],
          phones: [`+44 ${PHONE}`],
          company: 'Canary Holdings',
        },
      };
      const events = EVENT_TYPE_NAMES.map((type) => event(type, { record, ...PARTS[type.split('.')[0]!] }));
      if (kind === 'contact')
        await fault({
          endpoint: '/^(POST|PATCH) .contacts/',
          kind: 'status',
          status: 400,
          times: 3,
          body: { Message: 'Canarylee?' },
        });
      const sent = await send('POST', '/v1/events', JSON.stringify({ events }), authorization);
      const { batchId, accepted } = (await sent.json()) as { batchId: string; accepted: unknown[] };
      expect([domain, accepted.length]).toEqual([domain, EVENT_TYPE_NAMES.length]);
      for (const deadline = Date.now() + 60_000; ;) {
        const answer = await send('GET', `/v1/batches/${batchId}`, undefined, authorization);
        const states = (await answer.json()) as { queued: number; deferred: number };
        const { queued, deferred } = states;
        if (queued + deferred === 0) break;
        if (Date.now() > deadline)
          throw new Error(
            `${queued + deferred} events of ${domain} are still open: ${JSON.stringify(states).slice(0, 3000)}`,
          );
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}

/** What people do in the console about her, right and wrong. */
async function useTheConsole(): Promise<void> {
  const { accessToken } = await signIn(`${system.url}/console`, 'super-user');
  const act = async (method: string, path: string, body?: unknown): Promise<number> => {
    const { status } = await send(
      method,
      `/admin/v1/tenants/${DOMAIN}${path}`,
      body === undefined ? undefined : JSON.stringify(body),
      { authorization: `Bearer ${accessToken}` },
    );
    return status;
  };
  expect(await act('POST', '/events/search', { email: ADDRESS })).toBe(200);
  expect(await act('POST', '/events/search', { candidateId: 'sw-77' })).toBe(200);
  expect(await act('POST', '/export', { email: ADDRESS })).toBe(200);
  expect(await act('GET', '/failed')).toBe(200);
  expect(await act('POST', '/test-event', {})).toBe(202);
  const refused = await Promise.all([
    act('POST', '/events/search', { email: 'canary' }),
    act('POST', '/erase', { email: 'canary canary' }),
    act('POST', '/replay', { event: ADDRESS }),
    act('POST', '/dismiss', { event: ADDRESS, reason: 'a canary' }),
    act('POST', '/replay', { group: ADDRESS }),
    act('PUT', '/settings', { defaultOwnerEmail: 'canary', canary: 'canary' }),
    act('POST', '/check-firefish', { firefishClientId: 'canary', firefishClientSecret: '' }),
    act('POST', '/rotate', { overlap: ADDRESS }),
    act('GET', `/events?after=canary&type=${ADDRESS}`),
    act('GET', `/events/${ADDRESS}`),
    act('GET', `/records/contact/canary`),
    act('GET', `/${ADDRESS}`),
  ]);
  expect(refused.every((status) => status >= 400 && status < 500)).toBe(true);
}

/** What Firefish and an operator say of her in events about others. */
const ELSEWHERE = [
  `${ADDRESS} has this company`,
  'Canaryann Canarylee has this record',
  'See Ms. Canarylee, Canaryann',
];

/** Firefish names her where it refuses a company and another person, and an operator where one of these is dismissed. */
async function nameHerElsewhere(): Promise<void> {
  const actor = { email: 'olive@agency.example' };
  const bo = { candidateId: 'sw-80', kind: 'candidate', name: 'Bo Oz', emails: ['bo@oz.example'] };
  const [company, person] = [
    event('company.updated', { actor, record: undefined, company: { id: 'sw-acme', name: 'Acme' } }),
    event('record.created', { actor, record: bo }),
  ] as const;
  const refuse = (endpoint: string, Message: string): Promise<Response> =>
    fault({ endpoint, kind: 'status', status: 400, body: { Message } });
  await refuse('/^POST .companies/', ELSEWHERE[0]!);
  await refuse('/^POST .candidates/', ELSEWHERE[1]!);
  await push(company, person);
  await ended(company.id, person.id);
  await provision({ verb: 'dismiss', event: person.id, reason: ELSEWHERE[2] });
}

/** Every event about her: accepted, refused, failed and lost. */
async function live(): Promise<void> {
  const note = { id: 'n1', text: 'Canary note: call back', channel: 'call' };
  const first = [
    event('record.created'),
    event('note.added', { note }),
    event('campaign.replied', { campaign: { id: 'c1', name: 'Canary campaign' } }),
    event('marketing.opted_out', { marketing: { channels: ['email'], reason: 'canary reason' } }),
    event('email.flagged', {
      record: { candidateId: 'sw-77', kind: 'contact', emails: [ADDRESS, SECOND] },
      email: SECOND,
    }),
  ];
  await push(...first);
  await ended(...first.map(({ id }) => id));
  const refused = event('record.updated', {
    record: { candidateId: 'sw-77', kind: 'contact', emails: [ADDRESS], role: 'Canary 2' },
  });
  await fault({
    endpoint: '/^PATCH/',
    kind: 'status',
    status: 400,
    body: { Message: `${ADDRESS} is no canary` },
  });
  await push(refused);
  await ended(refused.id);
  await nameHerElsewhere();
  for (const kind of ['html', 'drop', 'garbage']) await fault({ kind, endpoint: '/candidates/' });
  const unlucky = event('record.created', {
    record: { candidateId: 'sw-78', kind: 'candidate', name: 'Canary Two', emails: [ADDRESS] },
  });
  await push(unlucky);
  await send('POST', '/v1/preview', JSON.stringify(event('record.updated')));
  const bearer = { authorization: `Bearer ${token}` };
  await send('POST', '/v1/connection', '{"domain":"https://canary.example"}', bearer);
  await send('POST', '/v1/connection', `{"domain":"https://${DOMAIN}"}`, bearer);
  await send('POST', '/v1/events', `{"id": "canary\n    at canary (x.ts:1:1)`);
  await send('POST', '/v1/events', JSON.stringify(event('canary.type', { canary: 'canary' })));
  await send('POST', '/v1/events', '{}', { 'content-type': 'text/canary', 'x-canary': 'canary' });
  await send('GET', '/v1/events/canary%20canary?canary=canary');
  await send('GET', '/canary');
  await send('GET', '/v1/connection', undefined, {
    authorization: basic({ ...issued, clientSecret: 'canary-guess' }),
  });
  await send('POST', '/oauth/token', 'grant_type=canary&client_secret=canary', {
    'content-type': 'application/x-www-form-urlencoded',
  });
  await provision({
    verb: 'firefish-credentials',
    firefishClientId: 'ff-1',
    firefishClientSecret: 'canary-wrong',
  });
  await provision({ verb: 'rotate', overlap: 'canary' });
  await provision({ verb: 'settings', set: { createCompanies: 'canary' } });
  await provision({ verb: 'export', email: ADDRESS });
  await provision({ verb: 'export', email: 'canary' });
  await everyType();
  await useTheConsole();
  await provision({ verb: 'replay', event: ADDRESS });
  await provision({ verb: 'failed' });
  await provision({ verb: 'show' });
}

/** All items of all tables, bytes as they are. */
async function items(): Promise<Record<string, unknown>[]> {
  const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
  expect(TableNames).toHaveLength(3);
  const found = [];
  for (const TableName of TableNames) {
    for await (const { Items = [] } of paginateScan({ client: dynamo }, { TableName })) {
      found.push(...Items.map((item) => unmarshall(item)));
    }
  }
  return found;
}
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Uint8Array ? Buffer.from(inner).toString('latin1') : inner,
  );

/** All that is encrypted in an item, read. */
async function decrypted(item: Record<string, unknown>, cipher: KeyFileCipher): Promise<string> {
  const { tenantId } = issued;
  const key = { pk: String(item['pk']), sk: String(item['sk']) };
  const read = async (value: unknown, field: string): Promise<string> => {
    // The limiter's counts are bytes too, and no ciphertext.
    if (value instanceof Uint8Array) return cipher.decrypt(value, { tenantId, key, field }).catch(() => '');
    if (typeof value !== 'object' || value === null) return '';
    return (await Promise.all(Object.values(value).map((inner) => read(inner, field)))).join('\n');
  };
  return (await Promise.all(Object.entries(item).map(([field, value]) => read(value, field)))).join('\n');
}

async function messages(): Promise<string> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  expect(QueueUrls).toHaveLength(2);
  let text = '';
  for (const QueueUrl of QueueUrls) {
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 60,
          MessageAttributeNames: ['All'],
        }),
      );
      if (Messages.length === 0) break;
      text += JSON.stringify(Messages);
    }
  }
  return text;
}

test('no log has a name, an address, a number, a text, a secret or a token, at any level', () => {
  const printed = system.output() + system.errors();
  expect(printed).toContain('"message":"request"');
  expect(printed).toContain('"message":"administrative act"');
  expect(printed).toContain('"message":"events received"');
  const lines = printed.split('\n').filter((line) => /canary/i.test(line));
  expect(lines).toEqual([]);
  // Nor the address of the administrator.
  expect(printed.split('\n').filter((line) => line.startsWith('{') && line.includes('@'))).toEqual([]);
  for (const secret of [...secrets(), basic(issued).slice(6)]) {
    expect(printed).not.toContain(secret);
  }
});

test('no table has any of it readable', async () => {
  const found = (await items()).map(textOf);
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter((text) => /canary/i.test(text))).toEqual([]);
  for (const secret of secrets()) {
    expect(found.filter((text) => text.includes(secret))).toEqual([]);
  }
});

test('SourceWhale’s guesses of race and gender leave no trace, encrypted or not', async () => {
  const cipher = new KeyFileCipher(join(directory.path, 'key'));
  for (const item of await items()) {
    expect(textOf(item) + (await decrypted(item, cipher))).not.toMatch(
      /canary-race|canary-gender|dominantRace/,
    );
  }
});

test('what Firefish and an operator said of her in events about others is in her export, and nothing else of these', async () => {
  const exported = await provision({ verb: 'export', email: ADDRESS });
  const [company, person, reason] = ELSEWHERE;
  expect(exported['mentionedIn']).toEqual(
    expect.arrayContaining([
      { id: expect.any(String), type: 'company.updated', firefishSaid: company },
      { id: expect.any(String), type: 'record.created', firefishSaid: person, dismissedBecause: reason },
    ]),
  );
  expect(JSON.stringify(exported)).not.toContain('bo@oz.example');
});

test('after she is erased, only keyed hashes of the opt-out and the erasure are left in the tables and queues', async () => {
  const cipher = new KeyFileCipher(join(directory.path, 'key'));
  const tenant = (await items()).find(({ pk, sk }) => pk === 'tenants' && sk === issued.tenantId)!;
  const key = Buffer.from(
    await cipher.decrypt(tenant['hashingKey'] as Uint8Array, tenantBinding(issued.tenantId, 'hashingKey')),
    'base64',
  );
  const hash = (text: string): string =>
    createHmac('sha256', key).update(text).digest().subarray(0, 16).toString('base64url');
  const traces = [ADDRESS, SECOND].map((address) => hash(`email ${address}`));
  const holds = (text: string): boolean =>
    /canary\.|canary(ann|lee)|sw-77/i.test(text) || traces.some((trace) => text.includes(trace));
  const trace = async (): Promise<Record<string, unknown>[]> => {
    const found = [];
    for (const item of await items()) {
      // Others of that name are other agencies' people, and stay.
      const isOthers = /^t_\w+#/.test(String(item['pk'])) && !String(item['pk']).startsWith(issued.tenantId);
      const hers = !isOthers && (item['tenantId'] === undefined || item['pk'] !== 'tenants');
      if (hers && holds(textOf(item) + (await decrypted(item, cipher)))) found.push(item);
    }
    return found;
  };

  expect((await trace()).length).toBeGreaterThan(5);
  // The name that the lost event says contradicts hers: two people share the address.
  expect(await provision({ verb: 'erase', email: ADDRESS })).toMatchObject({ erased: { people: 2 } });

  const left = await trace();
  const consents = left.filter(({ pk }) => pk === `${issued.tenantId}#consent`);
  expect(consents.length).toBeGreaterThan(0);
  expect(
    consents.flatMap(({ consent }) => Object.values(consent as Record<string, { optedOut: boolean }>)),
  ).not.toContainEqual(expect.objectContaining({ optedOut: false }));
  // What was erased is erased again after a restore: a keyed hash is kept for that.
  const others = left.filter((item) => !consents.includes(item));
  expect(others.map(({ pk }) => pk)).toEqual([`erased#${issued.tenantId}`]);
  expect(holds(await messages())).toBe(false);
}, 60_000);
