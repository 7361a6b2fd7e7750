import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Urgency, Work } from '../../../lib/events/urgency.ts';
import { NotNowError } from '../../../lib/firefish/errors.ts';
import { type Announcement, type LimiterMemory, RateLimiter } from '../../../lib/firefish/rate-limiter.ts';
import { parseRateLimits } from '../../../lib/config.ts';
import { SlidingWindows } from '../../../local/firefish-simulator/sliding-windows.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const LIMITS = parseRateLimits('10/1s,200/1m,3000/1h');
const BULK_LIMITS = '10/1s,195/1m,2950/1h';
const ENDPOINT = 'GET /candidates/search';

/** The shortest time in which this many calls of one endpoint can leave under these limits, the first at 0. */
function leastSeconds(calls: number, limits: string): number {
  const at: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    const windows = parseRateLimits(limits);
    at.push(
      Math.max(0, at.at(-1) ?? 0, ...windows.map((w) => (at[call - w.calls] ?? -Infinity) + w.windowMs)),
    );
  }
  return (at.at(-1) ?? 0) / 1000;
}

/** A Firefish that counts arrivals exactly, and one turn's limiter after another in front of it. */
class World {
  readonly clock = new VirtualClock();
  readonly #windows = new SlidingWindows(LIMITS);
  readonly random: () => number;
  limiter: RateLimiter;
  refused = 0;
  #nextTurn: Promise<unknown> = Promise.resolve();
  /** How long each call waited in line, by urgency. */
  readonly waits = new Map<Urgency, number[]>();
  lastLeft = 0;
  readonly #way: () => number;

  constructor(seed: number, way: (random: () => number) => number) {
    this.random = seededRandom(seed);
    this.#way = () => way(this.random);
    this.limiter = this.#make(undefined, 0, false);
  }

  #make(memory: LimiterMemory | undefined, elapsedMs: number, crashed: boolean): RateLimiter {
    return new RateLimiter(LIMITS, this.clock, { memory, elapsedMs, crashed });
  }

  /**
   * Passes the state to another turn after a pause; the elapsed time is that of a clock that can be two seconds late.
   */
  async handOver(gapMs: number): Promise<void> {
    const memory = this.limiter.memory();
    this.limiter.end();
    this.#nextTurn = this.clock.sleep(gapMs);
    await this.#nextTurn;
    this.limiter = this.#make(memory, Math.max(0, gapMs - 2_000), false);
  }

  async crash(memory: LimiterMemory, savedAt: number): Promise<void> {
    this.limiter.end();
    this.#nextTurn = this.clock.sleep(Math.max(0, savedAt + 33_000 - this.clock.now()));
    await this.#nextTurn;
    this.limiter = this.#make(memory, this.clock.now() - savedAt - 2_000, true);
  }

  async call(work: Work, endpoint = ENDPOINT): Promise<void> {
    const asked = this.clock.now();
    await this.limiter.place(endpoint, this.limiter.ticket(work), () => {
      this.lastLeft = this.clock.now();
      const waits = this.waits.get(work.urgency) ?? [];
      waits.push(this.clock.now() - asked);
      this.waits.set(work.urgency, waits);
      return this.#send(endpoint);
    });
  }

  /** A call that the limiter does not know. */
  preview(): Promise<void> {
    return this.#send(ENDPOINT);
  }

  async #send(endpoint: string): Promise<void> {
    await this.clock.sleep(this.#way());
    const now = this.clock.now();
    if (this.#windows.opensAt(endpoint, now) > now) this.refused += 1;
    else this.#windows.count(endpoint, now);
    await this.clock.sleep(this.#way());
  }

  /**
   * Bulk work on this many places at once until that time, or for this many calls. Returns how many calls were made.
   */
  async flood({
    until = Infinity,
    calls = Infinity,
    places = 24,
  }: {
    until?: number;
    calls?: number;
    places?: number;
  }): Promise<number> {
    let [left, made] = [calls, 0];
    const lane = async (): Promise<void> => {
      for (; left > 0 && this.clock.now() < until;) {
        left -= 1;
        try {
          await this.call({ urgency: 3 });
          made += 1;
        } catch (error) {
          left += 1;
          if (error instanceof NotNowError) await this.clock.sleep(error.retryAt - this.clock.now());
          else await this.#nextTurn;
        }
      }
    };
    await Promise.all(Array.from({ length: places }, lane));
    return made;
  }
}

const wildly = (random: () => number): number => 5 + Math.floor(495 * random());
const steadily = (random: () => number): number => 3 + Math.floor(4 * random());
const HOUR_MS = 3_600_000;

describe('the rate limiter of a turn', () => {
  test.each([
    ['short', steadily, 180, 1.05],
    ['short', steadily, 2_900, 1.02],
    ['of any length', wildly, 2_900, 1.02],
  ] as const)(
    'lets calls leave as early as the limits allow: call times %s, %#',
    async (_, way, calls, factor) => {
      const world = new World(1, way);
      const begun = world.clock.now();
      await world.clock.run(world.flood({ calls }));
      expect(world.refused).toBe(0);
      expect((world.lastLeft - begun) / 1000 / leastSeconds(calls, BULK_LIMITS)).toBeLessThan(factor);
    },
  );

  test('causes no 429 and uses nearly all of the limits, with any call times, over turns of three hours', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.constantFrom(wildly, steadily),
        fc.integer({ min: 50, max: 900 }),
        async (seed, way, gapMs) => {
          const world = new World(seed, way);
          const until = world.clock.now() + 3 * HOUR_MS;
          let size = 0;
          const turns = async (): Promise<void> => {
            while (world.clock.now() < until) {
              await world.clock.sleep(45_000);
              size = Math.max(size, deflateRawSync(JSON.stringify(world.limiter.memory())).length);
              await world.handOver(gapMs);
            }
          };
          const [made] = await world.clock.run(Promise.all([world.flood({ until }), turns()]));
          expect(world.refused).toBe(0);
          expect(size).toBeLessThan(500);
          expect(made).toBeGreaterThan(0.98 * 3 * 2_950);
        },
      ),
      { numRuns: 2, endOnFailure: true },
    );
  }, 60_000);

  test('lets urgent calls leave within a second during a flood, as many as the reserve has', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.constantFrom(wildly, steadily), async (seed, way) => {
        const world = new World(seed, way);
        const until = world.clock.now() + HOUR_MS / 5;
        const urgent = async (): Promise<void> => {
          while (world.clock.now() < until) {
            await world.clock.sleep(13_000 + Math.floor(world.random() * 1_000));
            await world.call({ urgency: world.random() < 0.5 ? 1 : 2 });
          }
        };
        await world.clock.run(Promise.all([world.flood({ until }), urgent()]));
        expect(world.refused).toBe(0);
        const waits = [...(world.waits.get(1) ?? []), ...(world.waits.get(2) ?? [])].sort((a, b) => a - b);
        expect(waits.at(-1)).toBeLessThan(1_200);
        expect(waits[Math.floor(0.95 * waits.length)]).toBeLessThan(1_000);
      }),
      { numRuns: 4, endOnFailure: true },
    );
  }, 60_000);

  test('counts the unsaved seconds as used after a crash, causes no 429, and keeps the reserve', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.constantFrom(wildly, steadily),
        fc.integer({ min: 1, max: 5_900 }),
        async (seed, way, unsavedMs) => {
          const world = new World(seed, way);
          const until = world.clock.now() + 600_000;
          const turns = async (): Promise<void> => {
            while (world.clock.now() < until) {
              await world.clock.sleep(10_000 + Math.floor(20_000 * world.random()));
              const [memory, savedAt] = [world.limiter.memory(), world.clock.now()];
              await world.clock.sleep(unsavedMs);
              await world.crash(memory, savedAt);
              const begun = world.clock.now();
              await world.call({ urgency: 1 });
              expect(world.clock.now() - begun).toBeLessThan(2_500);
            }
          };
          await world.clock.run(Promise.all([world.flood({ until }), turns()]));
          expect(world.refused).toBe(0);
        },
      ),
      { numRuns: 6, endOnFailure: true },
    );
  }, 60_000);

  test('serves calls that become urgent while they wait, and the others in the order in which they came', async () => {
    const world = new World(1, steadily);
    const order: string[] = [];
    const works = new Map(['a', 'b', 'c', 'd'].map((name): [string, Work] => [name, { urgency: 3 }]));
    const calls = async (): Promise<void> => {
      await Promise.all(Array.from({ length: 10 }, () => world.call({ urgency: 3 })));
      const all = [...works].map(([name, work]) => world.call(work).then(() => order.push(name)));
      works.get('d')!.urgency = 1;
      works.get('c')!.urgency = 2;
      await Promise.all(all);
    };
    await world.clock.run(calls());
    expect(order).toEqual(['d', 'c', 'a', 'b']);
  });

  test('rejects a call that would wait longer than ten seconds, says until when, and only for its urgency', async () => {
    const world = new World(1, steadily);
    await world.clock.run(world.flood({ calls: 195 }));
    const call = world.call({ urgency: 3 });
    const error = await world.clock.run(call.catch((reason: unknown) => reason));
    expect(error).toMatchObject({ name: 'NotNowError', reason: 'limit', endpoint: ENDPOINT });
    const { retryAt } = error as NotNowError;
    expect(retryAt - world.clock.now()).toBeGreaterThan(30_000);
    expect(world.limiter.waiting(3)).toEqual({ reason: 'limit', until: retryAt });
    expect(world.limiter.waiting(2)).toBeUndefined();
    await world.clock.run(world.call({ urgency: 3 }, 'PATCH /candidates/{ref}'));
    await world.clock.advance(retryAt - world.clock.now() - 9_999);
    expect(world.limiter.waiting(3)).toBeUndefined();
    await world.clock.run(world.call({ urgency: 3 }));
    expect(world.refused).toBe(0);
  });

  test('blocks an endpoint after a 429 for as long as Firefish says, over turns, and no other endpoint', async () => {
    const world = new World(1, steadily);
    world.limiter.block(ENDPOINT, 8_000);
    await world.clock.run(world.handOver(1_000));
    const begun = world.clock.now();
    await world.clock.run(world.call({ urgency: 1 }, 'GET /contacts/search'));
    expect(world.lastLeft - begun).toBe(0);
    await world.clock.run(world.call({ urgency: 1 }));
    // The second between the turns is less than the clocks may differ: it does not count.
    expect(world.lastLeft - begun).toBeGreaterThanOrEqual(7_990);
  });

  test('leaves room for the calls that previews announce, and counts them', async () => {
    const world = new World(1, steadily);
    const until = world.clock.now() + 20_000;
    const others = async (): Promise<void> => {
      const announced: Announcement[] = [];
      while (world.clock.now() < until) {
        announced.push([world.clock.now(), 1, ENDPOINT]);
        world.limiter.others({ announced, until });
        await world.preview();
        await world.clock.sleep(1_600);
      }
    };
    await world.clock.run(Promise.all([world.flood({ until: until + 60_000 }), others()]));
    expect(world.refused).toBe(0);
  });

  test('counts the calls of a preview once, however many turns come after it', async () => {
    const world = new World(1, steadily);
    const begun = world.clock.now();
    const until = begun + 28_000;
    const endpoints = [ENDPOINT, 'PATCH /candidates/{ref}'];
    const announced = Array.from({ length: 36 }, (_, n): Announcement => [begun + n, 1, endpoints[n % 2]!]);
    world.limiter.others({ announced, until });
    await world.clock.advance(30_000);
    for (let turn = 0; turn < 20; turn += 1) {
      await world.clock.run(world.handOver(2_000));
      world.limiter.others({ announced, until });
      const asked = world.clock.now();
      await world.clock.run(world.call({ urgency: 2 }, endpoints[turn % 2]));
      expect(world.lastLeft - asked).toBe(0);
    }
  });

  test('rejects all waiting calls when the turn is over', async () => {
    const world = new World(1, steadily);
    world.limiter.block(ENDPOINT, 5_000);
    const waiting = Promise.allSettled([world.call({ urgency: 1 }), world.call({ urgency: 3 })]);
    await world.clock.advance(1_000);
    world.limiter.end();
    expect(await world.clock.run(waiting)).toMatchObject([
      { status: 'rejected', reason: { name: 'TurnOverError' } },
      { status: 'rejected', reason: { name: 'TurnOverError' } },
    ]);
  });
});
