import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../lib/clock.ts';
import type { Firefish } from '../../../lib/firefish/port.ts';
import type { UnknownOutcomeError } from '../../../lib/firefish/errors.ts';
import { MemoryTable } from '../../../lib/store/memory-table.ts';
import { startFirefishSimulator } from '../../../local/firefish-simulator/server.ts';
import { type Fault, FirefishSimulator } from '../../../local/firefish-simulator/simulator.ts';
import { CONFIG, Stage } from './stage.ts';

const CANDIDATE = {
  FirstName: 'Ann',
  Surname: 'Lee',
  Source: 'SourceWhale',
  EmailAddress: 'ann@lee.example',
  LegalBasis: 'legitimate-interest',
};

type FaultOf<T> = T extends unknown ? Omit<T, 'endpoint'> : never;

describe('a fault of Firefish', () => {
  let stage: Stage;
  let client: Firefish;

  beforeEach(async () => {
    stage = new Stage({ FIREFISH_TIMEOUT_MS: 2_000 });
    stage.addProfile();
    stage.simulator.seed('acme', { candidates: [{ Ref: 7, FirstName: 'Bo', Surname: 'Li' }] });
    client = stage.instance();
    await stage.clock.run(client.read('candidate', 7));
  });

  const ill: [string, FaultOf<Fault>, boolean][] = [
    ['a 500', { kind: 'status', status: 500 }, false],
    ['a 503', { kind: 'status', status: 503 }, false],
    ['a 408', { kind: 'status', status: 408 }, false],
    ['a redirect', { kind: 'status', status: 302, headers: { location: 'https://elsewhere.test/' } }, false],
    ['an HTML page', { kind: 'html' }, false],
    ['an HTML page that says 200', { kind: 'status', status: 200, body: '<html>Sorry</html>' }, false],
    ['a reset before', { kind: 'drop-before' }, false],
    ['a reset after', { kind: 'drop-after' }, true],
    ['a hang before', { kind: 'hang-before' }, false],
    ['a hang after', { kind: 'hang-after' }, true],
    ['garbage', { kind: 'garbage-after' }, true],
    ['an answer that is too late', { kind: 'slow', ms: 5_000 }, true],
  ];

  test.each(ill)('%s: a read may be done again later', async (_name, fault) => {
    stage.simulator.faults.add(fault);
    await expect(stage.clock.run(client.read('candidate', 7))).rejects.toMatchObject({
      name: 'UnavailableError',
      endpoint: 'GET /candidates/{ref}',
    });
    await expect(stage.clock.run(client.read('candidate', 7))).resolves.toMatchObject({ Ref: 7 });
  });

  test.each(ill)(
    '%s: a write may have been done, and the error says when it left',
    async (_name, fault, done) => {
      const sentAt = stage.clock.now();
      for (const [endpoint, write] of [
        ['POST /candidates', () => client.create('candidate', CANDIDATE)],
        ['PATCH /candidates/{ref}', () => client.update('candidate', 7, { JobTitle: 'CTO' })],
        ['POST /candidates/{ref}/activity/notes', () => client.addNote('candidate', 7, 'Hello')],
      ] as const) {
        stage.simulator.faults.add(fault);
        const error = await stage.clock.run(write().catch((one: unknown) => one));
        expect(error).toMatchObject({ name: 'UnknownOutcomeError', endpoint });
        expect((error as UnknownOutcomeError).sentAt).toBeGreaterThanOrEqual(sentAt);
        expect((error as UnknownOutcomeError).sentAt).toBeLessThanOrEqual(stage.clock.now());
      }
      const { candidates, actions } = stage.simulator.state('acme');
      expect(candidates).toHaveLength(done ? 2 : 1);
      const noted = actions.filter((action) => action['Note'] === 'Hello');
      expect(noted).toHaveLength(done ? 1 : 0);
      await expect(stage.clock.run(client.hasNote('candidate', 7, 'Hello', sentAt))).resolves.toBe(done);
    },
  );

  test('an answer that is late but in time is an answer', async () => {
    stage.simulator.faults.add({ kind: 'slow', ms: 1_500 });
    await expect(stage.clock.run(client.read('candidate', 7))).resolves.toMatchObject({ Ref: 7 });
  });

  test.each([400, 403, 405, 409, 415, 422])(
    'status %i is for good, with Firefish’s own words',
    async (status) => {
      stage.simulator.faults.add({
        kind: 'status',
        status,
        body: { Message: 'The request is invalid.', ModelState: { Surname: ['too long', 'odd'] } },
      });
      await expect(stage.clock.run(client.update('candidate', 7, { Surname: 'x' }))).rejects.toMatchObject({
        name: 'RefusedError',
        status,
        firefishMessage: 'The request is invalid.; Surname: ["too long","odd"]',
      });
    },
  );

  test('a refusal without words, or with a page of them, is one all the same', async () => {
    for (const body of ['', '<html><body>Forbidden</body></html>']) {
      stage.simulator.faults.add({ kind: 'status', status: 403, body });
      await expect(stage.clock.run(client.read('candidate', 7))).rejects.toMatchObject({
        name: 'RefusedError',
        firefishMessage: 'no message',
      });
    }
    stage.simulator.faults.add({ kind: 'status', status: 400, body: { Message: 'x'.repeat(2_000) } });
    const error = await stage.clock.run(client.read('candidate', 7).catch((one: unknown) => one));
    expect((error as { firefishMessage: string }).firefishMessage).toHaveLength(500);
  });

  test('a 404 for a record says that it is not there; for a path it is a refusal', async () => {
    await expect(stage.clock.run(client.read('candidate', 99))).rejects.toMatchObject({
      name: 'NotFoundError',
    });
    await expect(stage.clock.run(client.addNote('contact', 99, 'x'))).rejects.toMatchObject({
      name: 'NotFoundError',
    });
    stage.simulator.faults.add({ kind: 'status', status: 404 });
    await expect(stage.clock.run(client.create('candidate', CANDIDATE))).rejects.toMatchObject({
      name: 'RefusedError',
    });
  });

  test('a creation that is answered without a Ref has an unknown outcome', async () => {
    stage.simulator.faults.add({ kind: 'status', status: 201, body: { Id: 5 } });
    await expect(stage.clock.run(client.create('candidate', CANDIDATE))).rejects.toMatchObject({
      name: 'UnknownOutcomeError',
    });
  });
});

describe('over a real connection', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function overHttp(): Promise<{ stage: Stage; simulator: FirefishSimulator; client: Firefish }> {
    const stage = new Stage();
    const simulator = new FirefishSimulator({
      clock: systemClock,
      rateLimits: CONFIG.FIREFISH_RATE_LIMITS,
      tokenLimits: CONFIG.FIREFISH_TOKEN_LIMITS,
    });
    simulator.addProfile({ clientId: 'acme', clientSecret: 'acme-secret' });
    const server = await startFirefishSimulator(simulator);
    closing.push(() => server.close());
    const client = stage.instance('acme', {
      clock: systemClock,
      fetch: globalThis.fetch,
      table: new MemoryTable(systemClock),
      config: { ...CONFIG, FIREFISH_API_URL: `${server.url}/`, FIREFISH_TIMEOUT_MS: 300 },
    });
    return { stage, simulator, client };
  }

  test('creates, finds, reads, updates and notes', async () => {
    const { simulator, client } = await overHttp();
    const ref = await client.create('candidate', CANDIDATE);
    expect(await client.searchByEmail('candidate', ' ANN@lee.example ')).toMatchObject([{ Ref: ref }]);
    await client.update('candidate', ref, { JobTitle: 'CTO' });
    expect(await client.read('candidate', ref)).toMatchObject({ Ref: ref, JobTitle: 'CTO' });
    await client.addNote('candidate', ref, 'Replied to "Spring"');
    expect(await client.hasNote('candidate', ref, 'Replied to "Spring"', Date.now())).toBe(true);
    expect(await client.hasNote('candidate', ref, 'Replied', Date.now())).toBe(false);
    expect(simulator.calls().filter(({ endpoint }) => endpoint.includes('token'))).toHaveLength(1);
  });

  test('a reset and a hang after a write leave its outcome unknown', async () => {
    const { simulator, client } = await overHttp();
    await client.create('candidate', CANDIDATE);
    for (const kind of ['drop-after', 'hang-after', 'hang-before'] as const) {
      simulator.faults.add({ kind });
      await expect(client.create('candidate', CANDIDATE)).rejects.toMatchObject({
        name: 'UnknownOutcomeError',
      });
    }
    expect(simulator.state('acme').candidates).toHaveLength(3);
  });

  test('a refused connection and an unknown name mean that nothing was sent, for writes as well', async () => {
    const { stage } = await overHttp();
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    await new Promise((resolve) => taken.close(resolve));
    for (const url of [`http://127.0.0.1:${String(port)}`, 'http://nowhere.invalid']) {
      const answers = stage.fetch;
      // A token there is; only the call itself meets nobody.
      const fetch: typeof globalThis.fetch = (input, init) =>
        (input as string).includes('token') ? answers(input, init) : globalThis.fetch(input, init);
      stage.addProfile();
      const client = stage.instance('acme', {
        clock: systemClock,
        fetch,
        table: new MemoryTable(systemClock),
        config: { ...CONFIG, FIREFISH_API_URL: url, FIREFISH_TIMEOUT_MS: 5_000 },
      });
      await expect(client.update('candidate', 7, { JobTitle: 'CTO' })).rejects.toMatchObject({
        name: 'UnavailableError',
        endpoint: 'PATCH /candidates/{ref}',
      });
    }
  });
});
