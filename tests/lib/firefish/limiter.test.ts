import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRateLimits } from '../../../lib/config.ts';
import type { Firefish } from '../../../lib/firefish/port.ts';
import { NotNowError } from '../../../lib/firefish/errors.ts';
import { limiterKey } from '../../../lib/store/keys.ts';
import { seededRandom, Stage } from './stage.ts';

const READ = 'GET /candidates/{ref}';

function newStage(limits?: string): { stage: Stage; ref: number } {
  const stage = new Stage(limits === undefined ? {} : { FIREFISH_RATE_LIMITS: parseRateLimits(limits) });
  stage.addProfile();
  stage.simulator.seed('acme', {
    candidates: [{ Ref: 7, FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@lee.example' }],
  });
  return { stage, ref: 7 };
}

/** Tries until it is done, coming back when told to, as worker and sweeper do between them. */
async function insist<T>(stage: Stage, call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof NotNowError)) throw error;
      await stage.clock.sleep(Math.max(1, error.retryAt - stage.clock.now()));
    }
  }
}

/** So many reads by these instances, each with several at once; answers how many seconds they took. */
async function readAll(stage: Stage, clients: Firefish[], reads: number, lanes = 5): Promise<number> {
  const start = stage.clock.now();
  let left = reads;
  const lane = async (client: Firefish): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await insist(stage, () => client.read('candidate', 7));
    }
  };
  const all = clients.flatMap((client) => Array.from({ length: lanes }, () => lane(client)));
  await stage.clock.run(Promise.all(all));
  return (stage.clock.now() - start) / 1000;
}

const twenty = (stage: Stage, skewMs: (index: number) => number): Firefish[] =>
  Array.from({ length: 20 }, (_, index) => stage.instance('acme', { skewMs: skewMs(index) }));

describe('the shared limiter', () => {
  test('lets 500 calls of one instance go in little more than the limits ask for, at one write each', async () => {
    const { stage } = newStage();
    const random = seededRandom(1);
    stage.table.latencyMs = () => 4 + 10 * random();
    stage.latencyMs = () => 80 * random();
    const seconds = await readAll(stage, [stage.instance()], 500);
    expect(stage.refusedByLimit()).toBe(0);
    // Two full minutes and nine seconds. Each minute costs 0.6 s more, each of the last ten bursts 0.2 s.
    expect(seconds).toBeLessThan(129 * 1.03);
    expect(stage.table.puts).toBeLessThan(500 * 1.05);
  });

  // The whole hour, where the last burst of 200 calls weighs little: in the soak test.
  const [calls, fewestSeconds] = process.env['SOAK'] === undefined ? [410, 120] : [3000, 859];
  test.each([
    ['agree', 0, 1.03],
    ['are off by up to a second', 1000, 1.1],
  ])(
    'never goes over the limits with twenty instances whose clocks %s, and little below them',
    async (_agreement, skew, slowness) => {
      const { stage } = newStage();
      const random = seededRandom(2);
      stage.table.latencyMs = () => 4 + 10 * random();
      stage.latencyMs = () => 80 * random();
      const clients = twenty(stage, () => Math.round((2 * random() - 1) * skew));
      const seconds = await readAll(stage, clients, calls, 3);
      expect(stage.refusedByLimit()).toBe(0);
      expect(seconds).toBeLessThan(fewestSeconds * slowness);
    },
    600_000,
  );

  test('never goes over the limits for any interleaving, skew, latency and pause', async () => {
    const some = {
      seed: fc.nat(),
      instances: fc.integer({ min: 1, max: 20 }),
      skew: fc.constantFrom(0, 20, 400, 1000),
      tableMs: fc.constantFrom(0, 5, 60, 300),
      wayMs: fc.constantFrom(0, 30, 100),
      pauseMs: fc.constantFrom(0, 50, 700, 4000),
    };
    await fc.assert(
      fc.asyncProperty(fc.record(some), async ({ seed, instances, skew, tableMs, wayMs, pauseMs }) => {
        const { stage } = newStage('5/1s,30/10s');
        const random = seededRandom(seed);
        stage.table.latencyMs = () => tableMs * random();
        stage.latencyMs = () => wayMs * random();
        const one = async (): Promise<void> => {
          const client = stage.instance('acme', { skewMs: Math.round((2 * random() - 1) * skew) });
          for (let call = 0; call < 8; call += 1) {
            await stage.clock.sleep(Math.floor(pauseMs * random()));
            await insist(stage, () => client.read('candidate', 7));
          }
        };
        await stage.clock.run(Promise.all(Array.from({ length: instances }, one)));
        expect(stage.refusedByLimit()).toBe(0);
      }),
      { numRuns: process.env['SOAK'] === undefined ? 15 : 500 },
    );
  }, 600_000);

  test('refuses what would have to wait too long, takes no place for it, and says when its turn would be', async () => {
    const { stage } = newStage('3/1s,6/1m');
    const client = stage.instance();
    const start = stage.clock.now();
    const ends = Promise.allSettled(Array.from({ length: 9 }, () => client.read('candidate', 7)));
    const refused = (await stage.clock.run(ends)).flatMap((end) =>
      end.status === 'rejected' ? [end.reason as NotNowError] : [],
    );
    expect(refused).toHaveLength(3);
    for (const error of refused) {
      expect(error).toBeInstanceOf(NotNowError);
      expect(error.reason).toBe('limit');
      expect((error.retryAt - start) / 1000).toBeGreaterThanOrEqual(60.5);
      expect((error.retryAt - start) / 1000).toBeLessThan(62);
    }
    await stage.clock.run(stage.clock.sleep(62_000));
    await stage.clock.run(Promise.all(Array.from({ length: 6 }, () => client.read('candidate', 7))));
    expect(stage.refusedByLimit()).toBe(0);
  });

  test.each([
    ['in seconds', () => '90'],
    ['as an HTTP date', (now: number) => new Date(now + 90_000).toUTCString()],
  ])(
    'keeps back all instances until Retry-After, given %s, after a surprise 429',
    async (_form, retryAfter) => {
      const { stage } = newStage();
      const [first, second] = [stage.instance(), stage.instance('acme', { skewMs: -900 })];
      const start = stage.clock.now();
      await stage.clock.run(second.read('candidate', 7));
      stage.simulator.faults.add({ kind: 'rate-limit', retryAfter: retryAfter(start), endpoint: READ });
      const told = (await stage.clock.run(
        first.read('candidate', 7).catch((error: unknown) => error),
      )) as NotNowError;
      expect(told).toMatchObject({ name: 'NotNowError', reason: 'limit', status: 429, endpoint: READ });
      expect(told.retryAt - start).toBeGreaterThanOrEqual(90_000);
      expect(told.retryAt - start).toBeLessThan(93_000);
      const arrived = stage.simulator.calls().length;
      await expect(stage.clock.run(second.read('candidate', 7))).rejects.toMatchObject({ reason: 'limit' });
      expect(stage.simulator.calls()).toHaveLength(arrived);
      // Another endpoint is not concerned.
      await stage.clock.run(second.searchByEmail('candidate', 'ann@lee.example'));
      await stage.clock.run(insist(stage, () => second.read('candidate', 7)));
      expect(stage.simulator.calls().at(-1)!.at - start).toBeGreaterThanOrEqual(90_000);
    },
  );

  test('waits out a surprise 429 of a second within the call', async () => {
    const { stage } = newStage();
    stage.simulator.faults.add({ kind: 'rate-limit', retryAfter: '1', endpoint: READ });
    await stage.clock.run(stage.instance().read('candidate', 7));
    const [refused, done] = stage.simulator.calls().filter(({ endpoint }) => endpoint === READ);
    expect(done!.at - refused!.at).toBeGreaterThanOrEqual(1000);
  });

  test('lets a write leave no later than its caller may', async () => {
    const { stage } = newStage('1/1s,200/1m');
    const client = stage.instance();
    await stage.clock.run(client.update('candidate', 7, { JobTitle: 'First' }));
    const startBy = stage.clock.now() + 500;
    await expect(
      stage.clock.run(client.update('candidate', 7, { JobTitle: 'Second' }, { startBy })),
    ).rejects.toMatchObject({ name: 'NotNowError', reason: 'limit' });
    expect(stage.simulator.state('acme').candidates[0]!['JobTitle']).toBe('First');
    await stage.clock.run(client.update('candidate', 7, { JobTitle: 'Third' }, { startBy: startBy + 5_000 }));
    expect(stage.simulator.state('acme').candidates[0]!['JobTitle']).toBe('Third');
  });

  test('keeps the calls of an hour in an item of a few kilobytes', async () => {
    const { stage } = newStage('100/1s,1000/1h');
    await readAll(stage, [stage.instance()], 1000, 50);
    const item = (await stage.table.get(limiterKey('acme', READ)))!;
    const bytes = Object.values(item).reduce<number>(
      (sum, value) => sum + (value instanceof Uint8Array ? value.length : 10),
      0,
    );
    expect(bytes).toBeLessThan(3_000);
  });

  test('knows an old call to ten seconds, however many instances have gone on with the item since', async () => {
    const { stage } = newStage('10/1s,300/1h');
    const start = stage.clock.now();
    let before: Firefish | undefined;
    for (let turn = 0; turn < 30; turn += 1) {
      const client = stage.instance();
      if (before !== undefined) client.hearClockWord?.(before.clockWord?.(0) ?? []);
      await stage.clock.advance(1_000);
      // So many writes alone, and it begins a new era.
      for (let call = 0; call < 10; call += 1) await stage.clock.run(client.read('candidate', 7));
      before = client;
    }
    await stage.clock.advance(60_000);
    const told = (await stage.clock.run(
      stage
        .instance()
        .read('candidate', 7)
        .catch((error: unknown) => error),
    )) as NotNowError;
    expect(told).toMatchObject({ name: 'NotNowError', reason: 'limit' });
    expect(told.retryAt - start).toBeLessThan(3_602_000 + 20_000);
  });

  test.each([['3/1s'], ['3/1m'], ['3/1h']])(
    'keeps %s also where one instance’s calls took long to arrive and the next one’s none',
    async (limits) => {
      const { stage } = newStage(limits);
      const slow = stage.instance('acme', {
        fetch: async (input, init) => {
          await stage.clock.sleep(190);
          return stage.fetch(input, init);
        },
      });
      const quick = stage.instance();
      await stage.clock.run(slow.searchByEmail('candidate', 'ann@lee.example'));
      const reads = [slow, slow, slow, quick, quick, quick].map((client) =>
        insist(stage, () => client.read('candidate', 7)),
      );
      await stage.clock.run(Promise.all(reads));
      expect(stage.refusedByLimit()).toBe(0);
    },
  );

  test('gives up a place whose write took so long that others were let go meanwhile', async () => {
    const { stage } = newStage('3/1s,100/1m');
    const [slow, other] = [stage.instance(), stage.instance()];
    await stage.clock.run(Promise.all([slow.read('candidate', 7), other.read('candidate', 7)]));
    await stage.clock.advance(5_000);
    const put = stage.table.put.bind(stage.table);
    let first = true;
    stage.table.put = async (item, expected) => {
      const written = await put(item, expected);
      if (first && item.sk === READ) {
        first = false;
        await stage.clock.sleep(1_300);
      }
      return written;
    };
    const three = (client: Firefish): Promise<unknown>[] =>
      Array.from({ length: 3 }, () => insist(stage, () => client.read('candidate', 7)));
    const late = three(slow);
    await stage.clock.advance(100);
    await stage.clock.run(Promise.all([...late, ...three(other)]));
    expect(stage.refusedByLimit()).toBe(0);
  });

  test('lets nothing go that had its place already when a surprise 429 came', async () => {
    const { stage } = newStage('1/1s,100/1m');
    const client = stage.instance();
    stage.simulator.faults.add({ kind: 'rate-limit', retryAfter: '30', endpoint: READ });
    const start = stage.clock.now();
    const both = Array.from({ length: 2 }, () => insist(stage, () => client.read('candidate', 7)));
    await stage.clock.run(Promise.all(both));
    const after = stage.simulator.calls().filter(({ endpoint, at }) => endpoint === READ && at > start);
    for (const { at } of after) expect(at - start).toBeGreaterThanOrEqual(30_000);
  });

  test('tells every waiting call when the table fails', async () => {
    const { stage } = newStage();
    const client = stage.instance();
    await stage.clock.run(client.read('candidate', 7));
    const broken = new Error('no table');
    stage.table.put = () => Promise.reject(broken);
    const ends = await stage.clock.run(
      Promise.allSettled([client.read('candidate', 7), client.read('candidate', 7)]),
    );
    for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: broken });
  });
});
