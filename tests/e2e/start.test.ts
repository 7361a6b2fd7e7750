import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, loadavg } from 'node:os';
import { openDynamoDb } from '../../local/embedded/dynamodb.ts';
import { openSqs } from '../../local/embedded/sqs.ts';
import { makeTemporaryDirectory } from '../local/temporary-directory.ts';
import { NotReadyError, npmStart, type RunningSystem } from './npm-start.ts';

// Whole systems are started, on a machine that may have other things to do.
jest.setTimeout(120_000);

let directory: ReturnType<typeof makeTemporaryDirectory>;
let system: RunningSystem | undefined;
beforeEach(() => {
  directory = makeTemporaryDirectory();
});
afterEach(async () => {
  await system?.kill();
  system = undefined;
  directory.remove();
});

async function start(environment?: Record<string, string>): Promise<RunningSystem> {
  system = await npmStart(environment);
  return system;
}

/** What it printed when it could not start. @throws Error if it could */
async function refusal(environment: Record<string, string>): Promise<NotReadyError> {
  try {
    await (await npmStart(environment)).kill();
  } catch (error) {
    if (error instanceof NotReadyError) return error;
    throw error;
  }
  throw new Error(`it started with ${JSON.stringify(environment)}`);
}

describe('npm start', () => {
  test('prints ready in one line, within ten seconds, when every server answers, and SIGTERM ends it', async () => {
    const before = Date.now();
    const { url, firefishUrl, output, end } = await start();
    expect(Date.now() - before).toBeLessThan(10_000 * busyness());

    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/v1/events`, { method: 'POST' })).status).toBe(401);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    expect((await fetch(`${firefishUrl!}/_simulator/calls`)).status).toBe(200);
    const list = await fetch(`${url}/2015-03-31/functions/provision/invocations`, {
      method: 'POST',
      body: '{"verb":"list"}',
    });
    expect(list.headers.get('x-amz-function-error')).toBeNull();
    expect(await list.json()).toEqual([]);

    const { code, ms } = await end();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5000 * busyness());
    expect(output()).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+ [^\n]*\n$/);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test('is ended by Ctrl-C, also with a data directory and with a request that never ends', async () => {
    const { url, end } = await start({ DATA_DIR: directory.path });
    const unfinished = fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new ReadableStream({
        start: (stream) => {
          stream.enqueue(Buffer.from('{'));
        },
      }),
      duplex: 'half',
    });
    unfinished.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));

    const { code, ms } = await end('SIGINT');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5000 * busyness());
  });

  test('leaves nothing running if npm is killed', async () => {
    const { url, killNpm } = await start();

    await killNpm();

    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test('starts with a warning if Firefish does not answer', async () => {
    const { url, errors } = await start({ FIREFISH_API_URL: 'http://127.0.0.1:9' });

    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(errors()).toMatch(/FIREFISH_API_URL: http:\/\/127\.0\.0\.1:9 does not answer/);
  });

  test('is ended by SIGTERM within five seconds while Firefish does not answer, and nothing is lost', async () => {
    const { url, firefishUrl, end } = await start({ DATA_DIR: directory.path });
    const authorization = await enable(url);
    const slow = { kind: 'slow', ms: 15_000, endpoint: '/search/', times: 100 };
    await fetch(`${firefishUrl!}/_simulator/faults`, { method: 'POST', body: JSON.stringify(slow) });
    const ids = Array.from({ length: 40 }, (_, index) => `event-${index}`);
    expect(await post(url, authorization, ids)).toBe(202);
    while (!(await searched(firefishUrl!))) await pause(50);

    const { code, ms } = await end();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5000 * busyness());

    const again = await start({ DATA_DIR: directory.path });
    for (const id of ids)
      expect(await stateOf(again.url, authorization, id)).toMatch(/queued|deferred|synced/);
  });

  test('with queue and tables elsewhere, continues with what the last run left there', async () => {
    const [sqs, dynamoDb] = await Promise.all([openSqs(undefined), openDynamoDb(undefined)]);
    const elsewhere = {
      AWS_ENDPOINT_URL_SQS: sqs.url,
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
      HOME: directory.path,
    };
    try {
      const first = await start(elsewhere);
      const authorization = await enable(first.url);
      await first.kill();

      const { url, errors } = await start(elsewhere);

      expect(errors()).toContain(
        `KEY_FILE: the key to what is kept in ${dynamoDb.url} is ${directory.path}/`,
      );
      // The tenant's secrets in the tables can be read again.
      expect(await post(url, authorization, ['event-1'])).toBe(202);
      while ((await stateOf(url, authorization, 'event-1')) !== 'synced') await pause(200);
    } finally {
      await Promise.all([sqs.stop(), dynamoDb.stop()]);
    }
  });
});

test('npm start refuses a restored data directory without its key, and accepts it with the key', async () => {
  const restored = `${directory.path}/restored`;
  const first = await start({ DATA_DIR: restored });
  await enable(first.url);
  await first.end();
  const [keyFile = 'key'] = readdirSync(restored).filter((name) => name.startsWith('key'));
  renameSync(`${restored}/${keyFile}`, `${directory.path}/kept-key`);

  const { code, errors } = await refusal({ DATA_DIR: restored });
  expect([code, linesOf(errors)]).toEqual([
    1,
    [
      expect.stringMatching(
        /^KEY_FILE: .+ is missing, and the stored data is encrypted under key .+ restore the file/,
      ),
    ],
  ]);

  renameSync(`${directory.path}/kept-key`, `${restored}/${keyFile}`);
  const again = await start({ DATA_DIR: restored });
  expect((await again.end()).code).toBe(0);
  const readable = readdirSync(restored).filter(
    (name) => (statSync(`${restored}/${name}`).mode & 0o077) !== 0,
  );
  expect(readable).toEqual([]);
});

async function enable(url: string): Promise<string> {
  const response = await fetch(`${url}/2015-03-31/functions/provision/invocations`, {
    method: 'POST',
    body: JSON.stringify({
      verb: 'enable',
      domain: 'acme.firefishsoftware.com',
      firefishClientId: 'ff-demo',
      firefishClientSecret: 'ff-demo-secret',
    }),
  });
  const { clientId, clientSecret } = (await response.json()) as Record<string, string>;
  return `Basic ${Buffer.from(`${clientId!}:${clientSecret!}`).toString('base64')}`;
}

/** Returns the status. */
async function post(url: string, authorization: string, ids: readonly string[]): Promise<number> {
  const events = ids.map((id) => ({
    ...{ id, type: 'record.created', occurredAt: '2026-01-05T10:00:00Z' },
    record: {
      ...{ candidateId: id, kind: 'candidate', firstName: 'Ann', lastName: 'Lee' },
      emails: [`${id}@client.example`],
    },
  }));
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
  });
  return response.status;
}

async function stateOf(url: string, authorization: string, id: string): Promise<string> {
  const response = await fetch(`${url}/v1/events/${id}`, { headers: { authorization } });
  return ((await response.json()) as { state: string }).state;
}

/** Whether someone waits for a search. */
async function searched(firefishUrl: string): Promise<boolean> {
  const calls = (await (await fetch(`${firefishUrl}/_simulator/calls`)).json()) as { endpoint: string }[];
  return calls.some(({ endpoint }) => endpoint.endsWith('/search'));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('if npm start cannot start, it says why in one line and exits with 1', async () => {
  const port = await takenPort();
  const queue = await openSqs(`${directory.path}/in-use/queue`);
  writeFileSync(`${directory.path}/file`, '');
  mkdirSync(`${directory.path}/damaged/queue`, { recursive: true });
  writeFileSync(`${directory.path}/damaged/queue/fauxqs.db`, 'x'.repeat(5000));
  const refusals: [Record<string, string>, RegExp][] = [
    [
      { PORT: String(port.number) },
      /^port \d+ is in use; stop the program that uses it, or set PORT to another port$/,
    ],
    [
      { DATA_DIR: `${directory.path}/file` },
      /^DATA_DIR: .+ is a file; set DATA_DIR to a directory that can be written to/,
    ],
    [{ DATA_DIR: '/proc/nowhere' }, /^DATA_DIR: \/proc\/nowhere can't be used/],
    [
      { DATA_DIR: `${directory.path}/damaged` },
      /^DATA_DIR: the queue in .+ can't be read .+; restore it from a backup, or move it away/,
    ],
    [
      { DATA_DIR: `${directory.path}/in-use` },
      /^DATA_DIR: .+ is in use by another process; stop that one, or set another DATA_DIR$/,
    ],
    [{ PORT: 'http' }, /^PORT: "http" is no port; write a number/],
    [
      { FIREFISH_RATE_LIMITS: 'plenty' },
      /^FIREFISH_RATE_LIMITS: "plenty" is no rate limit; write calls\/window/,
    ],
    [{ AWS_ENDPOINT_URL_SQS: 'localhost' }, /^AWS_ENDPOINT_URL_SQS: "localhost" is no/],
  ];
  try {
    // Side by side: each of them is a Node that loads everything.
    const answers = await Promise.all(refusals.map(([environment]) => refusal(environment)));

    expect(answers.map(({ code, output, errors }) => [code, output, linesOf(errors)])).toEqual(
      refusals.map(([, line]) => [1, '', [expect.stringMatching(line)]]),
    );
  } finally {
    port.close();
    await queue.stop();
  }
});

/** A port that someone listens on. */
async function takenPort(): Promise<{ number: number; close: () => void }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is never a string.
  return { number: (server.address() as AddressInfo).port, close: () => void server.close() };
}

/** By how much everything takes longer because the machine does other things, too. */
const busyness = (): number => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

/** npm may print lines too. */
const linesOf = (errors: string): string[] =>
  errors.split('\n').filter((line) => line !== '' && !line.startsWith('npm '));
