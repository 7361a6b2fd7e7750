import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeTemporaryDirectory } from '../local/temporary-directory.ts';
import { NotReadyError, npmStart, type RunningSystem } from './npm-start.ts';

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

/** What it printed when it could not start. */
async function refusal(environment: Record<string, string>): Promise<NotReadyError> {
  const error = await start(environment).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NotReadyError);
  return error as NotReadyError;
}

describe('npm start', () => {
  test('says it is ready in one line, within ten seconds, once every door answers; SIGTERM ends it', async () => {
    const before = Date.now();
    const { url, firefishUrl, output, end } = await start();
    expect(Date.now() - before).toBeLessThan(10_000);

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
    expect(ms).toBeLessThan(5000);
    expect(output()).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+ [^\n]*\n$/);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test('Ctrl-C ends it too, with a data directory and with a request that never ends', async () => {
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
    expect(ms).toBeLessThan(5000);
  });

  test('npm that is killed leaves nothing running', async () => {
    const { url, killNpm } = await start();

    await killNpm();

    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test('a Firefish that does not answer is a warning, and it starts', async () => {
    const { url, errors } = await start({ FIREFISH_API_URL: 'http://127.0.0.1:9' });

    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(errors()).toMatch(/FIREFISH_API_URL: http:\/\/127\.0\.0\.1:9 does not answer/);
  });
});

describe('npm start that can’t says why in one line, and ends with 1', () => {
  test('a port that is taken', async () => {
    const other: Server = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;

    const { code, output, errors } = await refusal({ PORT: String(port) });
    other.close();

    expect(code).toBe(1);
    expect(output).toBe('');
    expect(linesOf(errors)).toEqual([
      `port ${port} is taken; stop what listens there, or set PORT to another one`,
    ]);
  });

  test.each<[string, (path: string) => Record<string, string>, RegExp]>([
    [
      'DATA_DIR is a file',
      (path) => {
        writeFileSync(`${path}/file`, '');
        return { DATA_DIR: `${path}/file` };
      },
      /^DATA_DIR: .+ is a file; set DATA_DIR to a directory that can be written to/,
    ],
    [
      'DATA_DIR can’t be written to',
      () => ({ DATA_DIR: '/proc/nowhere' }),
      /^DATA_DIR: \/proc\/nowhere can't be used/,
    ],
    [
      'DATA_DIR is damaged',
      (path) => {
        mkdirSync(`${path}/queue`);
        writeFileSync(`${path}/queue/fauxqs.db`, 'x'.repeat(5000));
        return { DATA_DIR: path };
      },
      /^DATA_DIR: the queue in .+ can't be read .+; restore it from a backup, or move it away/,
    ],
    ['a malformed PORT', () => ({ PORT: 'http' }), /^PORT: "http" is no port; write a number/],
    [
      'a malformed limit',
      () => ({ FIREFISH_RATE_LIMITS: 'plenty' }),
      /^FIREFISH_RATE_LIMITS: "plenty" is no rate limit; write calls\/window/,
    ],
    [
      'a malformed address',
      () => ({ AWS_ENDPOINT_URL_SQS: 'localhost' }),
      /^AWS_ENDPOINT_URL_SQS: "localhost" is no/,
    ],
  ])('%s', async (_what, environment, message) => {
    const { code, output, errors } = await refusal(environment(directory.path));

    expect(code).toBe(1);
    expect(output).toBe('');
    expect(linesOf(errors)).toEqual([expect.stringMatching(message)]);
  });
});

/** npm may have a word of its own to say. */
const linesOf = (errors: string): string[] =>
  errors.split('\n').filter((line) => line !== '' && !line.startsWith('npm '));
