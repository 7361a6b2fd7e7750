import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { systemClock } from '../../../lib/clock.ts';
import type { Firefish } from '../../../lib/firefish/port.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { startFirefishSimulator } from '../../../local/firefish-simulator/server.ts';
import { FirefishSimulator } from '../../../local/firefish-simulator/simulator.ts';
import { CONFIG, TurnStage } from './turn-stage.ts';

const CANDIDATE = {
  FirstName: 'Ann',
  Surname: 'Lee',
  Source: 'SourceWhale',
  EmailAddress: 'ann@lee.example',
  LegalBasis: 'legitimate-interest',
};

describe('the client over a real connection', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  const clientAt = (url: string): Firefish =>
    new TurnStage().client({
      clock: systemClock,
      fetch: globalThis.fetch,
      table: new MemoryTable(systemClock),
      config: { ...CONFIG, FIREFISH_API_URL: url, FIREFISH_TIMEOUT_MS: 1_000 },
    });

  async function serve(answer: RequestListener): Promise<string> {
    const server: Server = createServer((request, response) => {
      if (request.url?.endsWith('/token') === true) response.end('{"access_token":"x"}');
      else answer(request, response);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }

  test('creates, finds, reads and updates records, and writes notes', async () => {
    const simulator = new FirefishSimulator({
      clock: systemClock,
      rateLimits: CONFIG.FIREFISH_RATE_LIMITS,
      tokenLimits: CONFIG.FIREFISH_TOKEN_LIMITS,
    });
    simulator.addProfile({ clientId: 'acme', clientSecret: 'acme-secret' });
    const server = await startFirefishSimulator(simulator);
    closing.push(() => server.close());
    const client = clientAt(`${server.url}/`);
    const ref = await client.create('candidate', CANDIDATE);
    expect(await client.searchByEmail('candidate', ' ANN@lee.example ')).toMatchObject([{ Ref: ref }]);
    expect(await client.searchByDomain('candidate', 'lee.example', { exhaustive: true })).toMatchObject([
      { Ref: ref },
    ]);
    await client.update('candidate', ref, { JobTitle: 'CTO' });
    expect(await client.read('candidate', ref)).toMatchObject({ Ref: ref, JobTitle: 'CTO' });
    await client.addNote('candidate', ref, 'Replied to "Spring"');
    expect(await client.hasNote('candidate', ref, 'Replied to "Spring"', Date.now())).toBe(true);
    expect(await client.hasNote('candidate', ref, 'Replied', Date.now())).toBe(false);
    for (const fault of [
      { kind: 'drop', applied: true },
      { kind: 'hang', applied: true },
      { kind: 'hang' },
    ] as const) {
      simulator.faults.add(fault);
      await expect(client.create('candidate', CANDIDATE)).rejects.toMatchObject({
        name: 'UnknownOutcomeError',
      });
    }
    expect(simulator.state('acme').candidates).toHaveLength(3);
  });

  test('rejects an answer of more than 10 MB, however small it is compressed', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024, ' '));
    let answers = 0;
    const url = await serve((_request, response) => {
      answers += 1;
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);
    });
    const before = process.memoryUsage().rss;
    await expect(clientAt(url).create('candidate', CANDIDATE)).rejects.toMatchObject({
      name: 'UnknownOutcomeError',
    });
    expect(answers).toBe(1);
    expect(process.memoryUsage().rss - before).toBeLessThan(80 * 1024 * 1024);
  });

  test('knows that nothing was sent if the connection is refused, also for a creation', async () => {
    const url = await serve(() => undefined);
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const table = new MemoryTable(systemClock);
    const client = new TurnStage().client({
      ...{
        clock: systemClock,
        table,
        config: { ...CONFIG, FIREFISH_API_URL: `http://127.0.0.1:${String(port)}` },
      },
      fetch: (input, init) =>
        globalThis.fetch((input as string).includes('token') ? `${url}/token` : input, init),
    });
    await expect(client.create('candidate', CANDIDATE)).rejects.toMatchObject({ name: 'FailedError' });
  });
});
