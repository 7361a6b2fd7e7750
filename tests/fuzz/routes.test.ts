/**
 * Thousands of random requests, at every route of the whole system. None may cause a 5xx, and no event may be half
 * stored: exactly the accepted events are stored, each completely.
 */
import type { TenantId } from '../../lib/ids.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { connect, type Socket } from 'node:net';
import { systemClock } from '../../lib/clock.ts';
import { KeyFileCipher } from '../../lib/crypto/key-file-cipher.ts';
import { openContent } from '../../lib/events/event-content.ts';
import type { StoredEvent } from '../../lib/events/event-item.ts';
import type { Event } from '../../lib/events/event.ts';
import { eventOf, formerEvent } from '../support/former-event.ts';
import { innerId, withOuterIds } from '../../lib/events/inner-id.ts';
import { mapConcurrently } from '../../lib/map-concurrently.ts';
import { DynamoTable } from '../../lib/store/dynamo-table.ts';
import { SHARED_PARTITIONS, tenantPrefix } from '../../lib/store/keys.ts';
import { eventIdOfKey } from '../../lib/store/sync-keys.ts';
import { type LocalStack, startLocalStack } from '../../local/stack/stack.ts';
import { signedHeaders } from '../support/administer.ts';
import { signIn } from '../support/sign-in.ts';
import {
  ADMINISTERED,
  BASIC,
  BEARER,
  fuzzedRequest,
  type FuzzedRequest,
  OPERATOR,
  SIGNED,
  SUPER_USER,
} from './requests.ts';

/** `npm run test:soak` sets SOAK to 10. */
const REQUESTS = 2_000 * Number(process.env['SOAK'] ?? 1);
const SEED = Number(process.env['SEED'] ?? 20_261_124);
const AT_ONCE = 8;
const NO_LIMIT = '1000000/1s';

interface Answer {
  status: number;
  type: string;
  body: string;
}
interface Receipt {
  accepted: { id: string }[];
}

let stack: LocalStack;
let tenantId: TenantId;
let good: Record<string, string>;
const failures: string[] = [];

beforeAll(async () => {
  stack = await startLocalStack({
    environment: {
      PORT: '0',
      LOG_LEVEL: 'SILENT',
      FIREFISH_RATE_LIMITS: NO_LIMIT,
      FIREFISH_TOKEN_LIMITS: NO_LIMIT,
    },
    onError: (message) => failures.push(message),
  });
  const issued = await enable('fuzz.firefishsoftware.com');
  await enable(ADMINISTERED);
  tenantId = issued['tenantId'] as TenantId;
  const basic = `Basic ${Buffer.from(`${issued['clientId']!}:${issued['clientSecret']!}`).toString('base64')}`;
  const token = await fetch(`${stack.url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: basic },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token } = (await token.json()) as { access_token: string };
  good = { [BASIC]: basic, [BEARER]: `Bearer ${access_token}` };
  for (const [who, login] of [
    [OPERATOR, 'operator'],
    [SUPER_USER, 'super-user'],
  ] as const) {
    good[who] = `Bearer ${(await signIn(`${stack.url}/console`, login)).accessToken}`;
  }
}, 30_000);
afterAll(() => stack.stop());

async function enable(domain: string): Promise<Record<string, string>> {
  const clientId = `ff-${domain.split('.')[0]!}`;
  const response = await fetch(`${stack.url}/2015-03-31/functions/provision/invocations`, {
    method: 'POST',
    body: JSON.stringify({
      verb: 'enable',
      domain,
      firefishClientId: clientId,
      firefishClientSecret: `${clientId}-secret`,
    }),
  });
  return (await response.json()) as Record<string, string>;
}

async function send({ method, path, headers, body }: FuzzedRequest): Promise<Answer> {
  const { authorization = '' } = headers;
  const signed = authorization === SIGNED ? await signature(path, headers, body) : {};
  const response = await fetch(stack.url + path, {
    method,
    headers: { ...headers, authorization: good[authorization] ?? authorization, ...signed },
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    body: await response.text(),
  };
}

/** Of the bytes as they go out, whatever they are. */
function signature(
  path: string,
  { authorization: _, ...headers }: Record<string, string>,
  body: Uint8Array = new Uint8Array(),
): Promise<Record<string, string>> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    stack.environment;
  return signedHeaders(stack.url, body, { credentials: { accessKeyId, secretAccessKey }, path, headers });
}

/** What is wrong with an answer, whatever was sent; nothing if it is right. */
function faultOf({ method, path }: FuzzedRequest, { status, type, body }: Answer): string | undefined {
  // A tenant has one preview at a time: the second one is told to come again.
  const isBusy = status === 503 && path.endsWith('/preview');
  if (status >= 500 && !isBusy) return `status ${status} ${body}`;
  if (status >= 400 && type === 'application/problem+json' && method !== 'HEAD') {
    const problem = JSON.parse(body) as Record<string, unknown>;
    if (problem['status'] !== status || typeof problem['detail'] !== 'string') return `problem ${body}`;
  } else if (status >= 400 && path !== '/oauth/token' && !/^\{"message":/.test(body) && body !== '') {
    return `refused with ${body}`;
  }
  return body.includes('node_modules') || body.includes('.ts:') ? 'it tells where its code is' : undefined;
}

describe('fuzzed requests', () => {
  test(
    `${REQUESTS} of them cause no 5xx, and no event is half stored`,
    async () => {
      const requests = fc.sample(fuzzedRequest, { numRuns: REQUESTS, seed: SEED });
      const statuses = new Map<number, number>();
      const accepted = new Set<string>();
      const faults: string[] = [];
      await mapConcurrently(requests, AT_ONCE, async (request) => {
        const answer = await send(request);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        const fault = faultOf(request, answer);
        if (fault !== undefined) {
          faults.push(
            `${fault}: ${request.method} ${request.path} ${Buffer.from(request.body ?? []).toString()}`,
          );
        }
        if (answer.status === 202 && request.path === '/v1/events') {
          for (const { id } of (JSON.parse(answer.body) as Receipt).accepted) accepted.add(innerId(id));
        }
      });
      expect(faults).toEqual([]);
      expect(failures).toEqual([]);
      expect({}).not.toHaveProperty('x');
      // It would prove nothing if all were refused at the first check.
      for (const status of [200, 202, 400, 401, 403, 404, 415, 422]) {
        expect([status, statuses.get(status) ?? 0]).toEqual([status, expect.any(Number)]);
        expect(statuses.get(status) ?? 0).toBeGreaterThan(5);
      }
      expect(accepted.size).toBeGreaterThan(REQUESTS / 20);
      await expectWholeEvents(accepted);
    },
    REQUESTS * 60,
  );

  test.each([
    ['a length greater than the body', 'content-length: 50\r\n\r\n{"id":"x"}'],
    ['a length that is none', 'content-length: ten\r\n\r\n{}'],
    ['two lengths', 'content-length: 2\r\ncontent-length: 3\r\n\r\n{}x'],
    ['a length and chunks', 'content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunks that are none', 'transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n'],
    ['far more headers than needed', `${'x-a: b\r\n'.repeat(3_000)}\r\n`],
    ['a request after the request', 'content-length: 2\r\n\r\n{}GET /v1/connection HTTP/1.1\r\n\r\n'],
  ])('%s stores nothing and leaves the API working', async (_, rest) => {
    const before = (await storedEvents()).length;
    const said = await raw(
      `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: ${good[BASIC]!}\r\ncontent-type: application/json\r\n${rest}`,
    );
    expect(said).not.toMatch(/HTTP\/1\.1 (2|5)\d\d/);
    expect((await storedEvents()).length).toBe(before);
    expect((await fetch(`${stack.url}/healthz`)).status).toBe(200);
  });
});

test('two hundred senders who never finish delay nobody, and nothing of theirs is stored', async () => {
  const before = (await storedEvents()).length;
  const { port } = new URL(stack.url);
  const body = JSON.stringify({
    ...{ id: 'half-sent', type: 'record.updated', occurredAt: '2026-01-05T10:00:00Z' },
    record: { candidateId: 'c', kind: 'candidate' },
  });
  const head = `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: ${good[BASIC]!}\r\ncontent-type: application/json\r\n`;
  const senders = await Promise.all(
    Array.from(
      { length: 200 },
      (_, n) =>
        new Promise<Socket>((resolve) => {
          const socket = connect(Number(port), '127.0.0.1', () => {
            // Half of them have sent all but the last byte, the others are still at their headers.
            socket.write(
              n % 2 === 0 ? `${head}content-length: ${body.length}\r\n\r\n${body.slice(0, -1)}` : head,
            );
            resolve(socket);
          });
          socket.on('error', () => undefined);
        }),
    ),
  );
  const start = Date.now();
  expect((await fetch(`${stack.url}/healthz`)).status).toBe(200);
  const whole = {
    method: 'POST',
    path: '/v1/events',
    body: Uint8Array.from(Buffer.from(body.replace('half', 'all'))),
  };
  const answer = await send({
    ...whole,
    headers: { authorization: BASIC, 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(202);
  expect(Date.now() - start).toBeLessThan(10_000);
  for (const socket of senders) socket.destroy();
  expect((await storedEvents()).length).toBe(before + 1);
});

/** Sends bytes as they are, ends its side, and returns all that came back. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(stack.url).port), '127.0.0.1');
    let said = '';
    socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
    socket.on('close', () => {
      resolve(said);
    });
    socket.on('error', reject);
    socket.end(text, 'latin1');
  });
}

async function storedEvents(): Promise<StoredEvent[]> {
  const client = new DynamoDBClient({ endpoint: stack.environment['AWS_ENDPOINT_URL_DYNAMODB']! });
  const table = new DynamoTable(client, stack.environment['SYNC_TABLE']!, systemClock);
  const events: StoredEvent[] = [];
  const search = { prefix: tenantPrefix(tenantId), partitions: Object.keys(SHARED_PARTITIONS), tenantId };
  let after: string | undefined;
  do {
    const page = await table.scan(after === undefined ? search : { ...search, after });
    const keys = page.items.filter(({ sk }) => sk === 'e');
    // Only StoredEvents have these keys.
    events.push(...((await mapConcurrently(keys, 20, (key) => table.get(key))) as StoredEvent[]));
    after = page.next;
  } while (after !== undefined);
  client.destroy();
  return events;
}

/** What is stored is what was accepted, and each is a whole event, still open or ended. */
async function expectWholeEvents(accepted: ReadonlySet<string>): Promise<void> {
  const cipher = new KeyFileCipher(stack.environment['KEY_FILE']!);
  const items = await storedEvents();
  const idOf = ({ pk }: StoredEvent): string => eventIdOfKey(tenantId, pk);
  expect(items.map(idOf).sort()).toEqual([...accepted].sort());
  for (const item of items) {
    const { pk, sk, state, content } = item;
    if (content === undefined) expect([idOf(item), state]).toEqual([idOf(item), 'synced']);
    else {
      // What was accepted here are SourceWhale's events.
      const stored = (await openContent(cipher, tenantId, { pk, sk, content })) as Event;
      // Reading what was read changes nothing more.
      const again = eventOf(formerEvent(withOuterIds(stored)));
      expect(again).toEqual({ ...stored, occurredAt: stored.effectiveAt, origin: 'user' });
    }
  }
}
