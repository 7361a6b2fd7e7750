/** Compares docs/operations.md with what the functions really write, and with the alarms. */
import type { TenantId, EventId } from '../../lib/ids.ts';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ALERT_KINDS } from '../../lib/alerts/alert.ts';
import { systemClock } from '../../lib/clock.ts';
import { KeyFileCipher } from '../../lib/crypto/key-file-cipher.ts';
import { DynamoTable } from '../../lib/store/dynamo-table.ts';
import { eventItemKey, inboxKey, timerKey } from '../../lib/store/sync-keys.ts';
import type { LocalStack } from '../../local/stack/stack.ts';

const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const DOMAIN = 'lines.firefishsoftware.com';

type Line = Record<string, unknown>;
const lines: Line[] = [];
let stack: LocalStack;
let lambda: LambdaClient;
let tenantId: TenantId;
let authorization: string;

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((chunk) => {
      if (String(chunk).startsWith('{')) lines.push(JSON.parse(String(chunk)) as Line);
      return true;
    });
  }
  const { startLocalStack } = await import('../../local/stack/stack.ts');
  stack = await startLocalStack({ environment: { PORT: '0', LOG_LEVEL: 'INFO' }, onError: () => undefined });
  lambda = new LambdaClient({ endpoint: stack.environment.AWS_ENDPOINT_URL_LAMBDA! });
  await haveEverythingLogged();
}, 90_000);
afterAll(async () => {
  lambda.destroy();
  await stack.stop();
  jest.restoreAllMocks();
});

async function invoke(FunctionName: string, payload: object): Promise<Record<string, unknown>> {
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
  );
  return JSON.parse(Buffer.from(Payload!).toString('utf8')) as Record<string, unknown>;
}

async function push(name: string, emails: string[]): Promise<void> {
  const record = { candidateId: `sw_${name}`, kind: 'candidate', firstName: name, lastName: 'Roe', emails };
  const event = { id: name, type: 'record.created', occurredAt: new Date().toISOString(), record };
  const response = await fetch(`${stack.url}/v1/events`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });
  expect(response.status).toBe(202);
}

const withMessage = (message: string): Line[] => lines.filter((line) => line.message === message);

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it was not logged within thirty seconds');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const ended = (eventId: string): Promise<void> =>
  until(() => withMessage('event ended').some((line) => line.eventId === eventId));

async function haveEverythingLogged(): Promise<void> {
  const credentials = { firefishClientId: 'ff-lines', firefishClientSecret: 'ff-lines-secret' };
  const enabled = await invoke('provision', { verb: 'enable', domain: DOMAIN, ...credentials });
  tenantId = String(enabled.tenantId) as TenantId;
  const pair = `${String(enabled.clientId)}:${String(enabled.clientSecret)}`;
  authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  await fetch(`${stack.url}/v1/connection`);
  await push('synced', ['synced@person.example']);
  await push('skipped', []);
  await Promise.all([ended('synced'), ended('skipped')]);
  const { faults } = stack.simulator!;
  faults.add({
    endpoint: /^POST .candidates.?$/,
    kind: 'status',
    status: 400,
    body: { Message: 'Jo is no good' },
  });
  await push('failed', ['failed@person.example']);
  await ended('failed');
  await poison();
  faults.add({ kind: 'rate-limit', retryAfter: '30' });
  await push('late', ['late@person.example']);
  await until(() => withMessage('events wait').length > 0);
  await makeDue();
  await invoke('sweep', {});
  await until(() => withMessage('alert').length > 0);
}

/** The sweep looks at tenants whose timer rows are due: this one's are, a minute before their time. */
async function makeDue(): Promise<void> {
  const dynamo = new DynamoDBClient({});
  const table = new DynamoTable(dynamo, stack.environment.SYNC_TABLE!, systemClock);
  const due = timerKey(Math.floor(Date.now() / 60_000) * 60_000, tenantId);
  await table.put({ ...due }, 'anything');
  dynamo.destroy();
}

/** A message from someone else, and an event whose content cannot be decrypted. */
async function poison(): Promise<void> {
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  const dynamo = new DynamoDBClient({});
  const send = (body: string): Promise<unknown> =>
    sqs.send(new SendMessageCommand({ QueueUrl: stack.environment.EVENTS_QUEUE_URL!, MessageBody: body }));
  await send('hello');
  const table = new DynamoTable(dynamo, stack.environment.SYNC_TABLE!, systemClock);
  const receivedAt = Date.now();
  const row = { ...inboxKey(tenantId, 2, receivedAt, 'b'), eventIds: ['damaged'], urgency: 2, receivedAt };
  await table.put(row, 'absent');
  const event = { type: 'record.created', state: 'queued', order: '', contentHash: '', attempts: 0 };
  const damaged = { batchId: 'b', urgency: 2, receivedAt, content: Buffer.from('damaged') };
  await table.put({ ...eventItemKey(tenantId, 'damaged' as EventId), ...event, ...damaged }, 'absent');
  await send(JSON.stringify({ tenantId }));
  await until(() => withMessage('message is no wake-up').length > 0);
  await ended('damaged');
  await fail(table, send);
  sqs.destroy();
  dynamo.destroy();
}

/** An event whose work fails because of our own error: its content is not what the intake would have encrypted. */
async function fail(table: DynamoTable, send: (body: string) => Promise<unknown>): Promise<void> {
  const key = eventItemKey(tenantId, 'broken' as EventId);
  const cipher = new KeyFileCipher(stack.environment.KEY_FILE!);
  const receivedAt = Date.now();
  const common = { urgency: 2, receivedAt };
  await table.put({ ...inboxKey(tenantId, 2, receivedAt, 'c'), ...common, eventIds: ['broken'] }, 'absent');
  const content = await cipher.encrypt(
    JSON.stringify({
      type: 'record.created',
      id: 'broken',
      occurredAt: new Date().toISOString(),
      record: {},
    }),
    { tenantId, key, field: 'content' },
  );
  const event = { type: 'record.created', state: 'queued', order: '', contentHash: '', attempts: 0 };
  await table.put({ ...key, ...event, ...common, batchId: 'c', content }, 'absent');
  await send(JSON.stringify({ tenantId }));
  await until(() => withMessage('work failed').length > 0);
  await table.delete(key);
}

const queries = [...page.matchAll(/### (.+)\n\n```logs-insights\n([\s\S]+?)```/g)].map(
  ([, question, query]) => [question!, query!] as const,
);

/** The names of fields in a query: what is neither a word of the language, nor a name that the query itself gives. */
function fieldsOf(query: string): string[] {
  const WORDS = /^(?:filter|fields|stats|sort|by|as|and|or|in|not|desc|asc|count|latest|pct|\d+)$/;
  const bare = query.replace(/^#.*$/m, '').replace(/"[^"]*"/g, '');
  const given = [...bare.matchAll(/\bas (\w+)/g)].map(([, name]) => name);
  const names = [...bare.matchAll(/@?[a-zA-Z]\w*(?:\.\d+)?/g)].map(([name]) => name);
  return [...new Set(names)].filter(
    (name) => !WORDS.test(name) && !name.startsWith('@') && !given.includes(name),
  );
}
/** `stack.0` is the first element of a list. */
const hasField = (line: Line, field: string): boolean => {
  const [name, index] = field.split('.');
  return index === undefined ? Object.hasOwn(line, name!) : Array.isArray(line[name!]);
};

describe('the log queries', () => {
  test('answer at least did it sync, why not, and which tenants are limited', () => {
    const questions = queries.map(([question]) => question);
    expect(questions).toEqual(
      expect.arrayContaining([
        'Did it sync?',
        'Why not?',
        'Which tenants are limited?',
        'What does it wait for?',
      ]),
    );
    expect(page.match(/```logs-insights/g)).toHaveLength(queries.length);
  });

  test.each(queries)('%s asks for fields that the lines of the functions have', (_question, query) => {
    const message = /filter message = "([^"]+)"/.exec(query)?.[1];
    const found = withMessage(message!);
    expect(found.length).toBeGreaterThan(0);
    const missing = fieldsOf(query).filter((field) => !found.some((line) => hasField(line, field)));
    expect(missing).toEqual([]);
  });

  test('use reasons and states that exist', () => {
    expect(withMessage('events wait').map(({ reason }) => reason)).toContain('limit');
    expect(withMessage('event ended')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ eventId: 'synced', state: 'synced', operations: ['candidate created'] }),
        expect.objectContaining({ eventId: 'skipped', state: 'skipped', reason: 'no-email' }),
        expect.objectContaining({ eventId: 'failed', state: 'failed' }),
      ]),
    );
  });

  test('find no personal data in any line', () => {
    expect(JSON.stringify(lines)).not.toMatch(/person\.example|no good|Roe/);
  });
});

describe('the page', () => {
  test.each(ALERT_KINDS)('has a section for the alert %s, as its mail says', (kind) => {
    expect(page).toMatch(new RegExp(`^### .*\`${kind}\``, 'm'));
  });

  test('explains every alarm', () => {
    const alarms = ['alarms', 'refusals']
      .map((file) => readFileSync(new URL(`../../infrastructure/${file}.yml`, import.meta.url), 'utf8'))
      .join('\n');
    const names = [...alarms.matchAll(/^ {2}(\w+Alarm):$/gm)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(15);
    const ofFunctions = /^(?:[A-Z][a-z]+){1,2}(?:Errors|Throttles)Alarm$/;
    const unexplained = names.filter((name) => !page.includes(`\`${name}\``) && !ofFunctions.test(name));
    expect(unexplained).toEqual([]);
  });

  test('says what a refusal by `provision` writes to its log, which starts its alarm: a warning without a stack', async () => {
    expect(page).toMatch(/`ProvisionErrorsAlarm`.*`act refused`/);
    for (const [payload, errorType] of [
      [{ verb: 'show', domain: 'nobody.example' }, 'AdminError'],
      [{ verb: 'shw' }, 'UsageError'],
    ] as const) {
      lines.length = 0;
      const refusal = await invoke('provision', payload);
      const trace = [`${errorType}: ${String(refusal.errorMessage)}`];
      expect(refusal).toEqual({ errorType, errorMessage: expect.any(String), trace });
      expect(withMessage('act refused')).toMatchObject([{ level: 'WARN', cause: errorType }]);
    }
  });

  test('names only verbs that exist', async () => {
    const { COMMANDS } = await import('../../local/admin/command.ts');
    const verbs = [...page.matchAll(/`([a-z-]+) --(?:domain|stage)/g)].map(([, verb]) => verb!);
    expect(verbs.length).toBeGreaterThan(5);
    expect(verbs.filter((verb) => !Object.hasOwn(COMMANDS, verb))).toEqual([]);
  });
});
