import { request as httpRequest } from 'node:http';
import { networkInterfaces } from 'node:os';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EveryServer, openEveryServer, type Target } from './every-server.ts';

const CONSOLE = 'http://127.0.0.1:4000';
const NAMES = [
  'DynamoDB',
  'SQS',
  'S3',
  'the Firefish API',
  "the simulator's control routes",
  'OIDC',
  'Invoke',
] as const;

let servers: EveryServer;
beforeAll(async () => {
  servers = await openEveryServer(CONSOLE);
});
afterAll(() => servers.close());

const target = (name: string): Target => servers.targets.find((one) => one.name === name)!;

/** Not fetch, which sets `Host` and `Sec-Fetch-…` itself. */
function status({ url, method, headers, body }: Target, more: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { method, headers: { ...headers, ...more } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end(body);
  });
}

test('every server is tested', () => {
  expect(servers.targets.map(({ name }) => name)).toEqual(NAMES);
});

describe.each(NAMES)('%s', (name) => {
  test.each([{}, { host: 'localhost:4000' }, { host: '[::1]:4000' }])(
    'answers programs on this machine: %p',
    async (headers) => {
      expect(await status(target(name), headers)).not.toBe(403);
    },
  );

  test.each([
    { host: 'evil.example' },
    { host: '127.0.0.1.evil.example' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { host: 'evil.example', 'sec-fetch-site': 'same-origin' },
  ])('refuses web pages, and host names that were made to lead here: %p', async (headers) => {
    expect(await status(target(name), headers)).toBe(403);
  });

  test('listens on 127.0.0.1 only', async () => {
    const [other] = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    if (other === undefined) return; // A machine without a network has nothing else to listen on.
    const { port } = new URL(target(name).url);
    const reached = await new Promise((resolve) => {
      const socket = createConnection({ host: other.address, port: Number(port) });
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    expect(reached).toBe(false);
  });
});

describe('OIDC', () => {
  const oidc = () => target('OIDC');

  test('lets the console request tokens', async () => {
    const page = { origin: CONSOLE, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' };
    expect(await status(oidc(), page)).toBe(200);
  });

  test('answers its own pages and a person who is sent there, but not in a frame', async () => {
    const own = { origin: servers.issuer, 'sec-fetch-site': 'same-origin' };
    expect(await status(oidc(), own)).toBe(200);
    const sent = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    expect(await status(oidc(), sent)).toBe(200);
    expect(await status(oidc(), { ...sent, 'sec-fetch-dest': 'iframe' })).toBe(403);
    expect(await status({ ...oidc(), method: 'POST' }, sent)).toBe(403);
  });
});
