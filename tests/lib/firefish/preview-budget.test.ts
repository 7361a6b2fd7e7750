/** Calls beside the turn: how fast they leave, and that a turn and other runs count them. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { parseRateLimits } from '../../../lib/config.ts';
import { type OtherCalls, PreviewBudget, readOtherCalls } from '../../../lib/firefish/preview-budget.ts';
import type {
  FirefishMemory,
  TenantFirefish,
  TenantFirefishDeps,
} from '../../../lib/firefish/tenant-firefish.ts';
import type { TenantId } from '../../../lib/ids.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { kept, TurnStage } from './turn-stage.ts';

const TENANT = 'acme' as TenantId;
const SEARCH = 'GET /contacts/search';

class Stage extends TurnStage {
  isTurnOpen = false;
  #turnsBegun = 0;
  /** What the turn saved last, and when. */
  #saved: { memory: FirefishMemory; at: number } | undefined;
  #asked = 0;

  #before(): Pick<TenantFirefishDeps, 'memory' | 'elapsedMs' | 'crashed'> {
    const { memory, at = 0 } = this.#saved ?? {};
    return {
      crashed: this.isTurnOpen,
      memory: memory && kept(memory),
      elapsedMs: Math.max(0, this.clock.now() - at - 2_000),
    };
  }

  async announce(): Promise<{ budget: PreviewBudget; others: OtherCalls }> {
    const { table, clock, config } = this;
    // As a turn's record says it.
    const begun = this.isTurnOpen ? undefined : this.#turnsBegun;
    const budget = new PreviewBudget({
      ...{ table, clock, tenantId: TENANT, limits: config.FIREFISH_RATE_LIMITS },
      isAlone: () => Promise.resolve(!this.isTurnOpen && this.#turnsBegun === begun),
    });
    return { budget, others: await budget.begin() };
  }

  /** So many searches of different domains. Answers how many were made before there was no more time, or a limit. */
  async preview(calls: number): Promise<number> {
    const before = this.#before();
    const { budget, others } = await this.announce();
    const firefish = this.turn({ ...before, pace: budget.pace });
    firefish.others(others);
    const done = await Promise.allSettled(
      Array.from({ length: calls }, () => {
        this.#asked += 1;
        return firefish.for({ urgency: 2 }).searchByEmail('contact', `a@b${this.#asked}.example`);
      }),
    );
    await firefish.end();
    await budget.end();
    return done.filter(({ status }) => status === 'fulfilled').length;
  }

  async openTurn(): Promise<TenantFirefish> {
    const before = this.#before();
    this.isTurnOpen = true;
    this.#turnsBegun += 1;
    const turn = this.turn(before);
    turn.others(await readOtherCalls(this.table, TENANT));
    return turn;
  }

  /** A turn with more to do than Firefish allows. */
  async flood(lastsMs: number): Promise<void> {
    const turn = await this.openTurn();
    const until = this.clock.now() + lastsMs;
    const places = Array.from({ length: 24 }, async (_, n) => {
      const firefish = turn.for({ urgency: 3 });
      while (this.clock.now() < until) {
        await firefish.searchByEmail('contact', `x@y${n}.example`).catch(() => this.clock.sleep(1_000));
      }
    });
    const save = (): void => {
      this.#saved = { memory: turn.memory(), at: this.clock.now() };
    };
    const looks = async (): Promise<void> => {
      for (let look = 1; this.clock.now() < until; look += 1) {
        await this.clock.sleep(500);
        turn.others(await readOtherCalls(this.table, TENANT));
        if (look % 6 === 0) save();
      }
    };
    await Promise.all([looks(), ...places]);
    await turn.end();
    save();
    this.isTurnOpen = false;
  }

  instantsOf(endpoint = SEARCH): number[] {
    return this.simulator.calls().flatMap((call) => (call.endpoint === endpoint ? [call.at] : []));
  }
}

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  stage.addProfile();
});

describe('calls beside the turn', () => {
  test('are made by one run at a time', async () => {
    const { budget } = await stage.clock.run(stage.announce());
    await expect(stage.clock.run(stage.announce())).rejects.toMatchObject({ name: 'PreviewBusyError' });
    await stage.clock.run(budget.end());
    await stage.clock.run(stage.announce());
  });

  test('leave at most once a second for each endpoint while a turn is open', async () => {
    stage.isTurnOpen = true;
    expect(await stage.clock.run(stage.preview(5))).toBe(5);
    const instants = stage.instantsOf();
    const gaps = instants.slice(1).map((at, n) => at - instants[n]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
  });

  test('are 150 of one endpoint in 25 seconds while no turn is open', async () => {
    stage.latencyMs = () => 100;
    const begun = stage.clock.now();
    expect(await stage.clock.run(stage.preview(150))).toBe(150);
    expect(stage.clock.now() - begun).toBeLessThan(25_000);
    expect(stage.refusedByLimit()).toBe(0);
  });

  test('end with the time of a request', async () => {
    stage.isTurnOpen = true;
    const begun = stage.clock.now();
    const made = await stage.clock.run(stage.preview(50));
    expect(made).toBeGreaterThan(10);
    expect(made).toBeLessThan(50);
    expect(stage.clock.now() - begun).toBeLessThan(28_000);
  });

  test('of one run after another keep the limits of a minute, and of an hour', async () => {
    stage = new Stage({ FIREFISH_TOKEN_LIMITS: parseRateLimits('1000/1m') });
    stage.addProfile();
    const until = stage.clock.now() + 65 * 60_000;
    let longest = 0;
    while (stage.clock.now() < until) {
      await stage.clock.run(stage.preview(120));
      await stage.clock.advance(20_000);
      const { announced } = await stage.clock.run(readOtherCalls(stage.table, TENANT));
      longest = Math.max(longest, announced.length);
    }
    expect(stage.refusedByLimit()).toBe(0);
    // They are not held back without need.
    expect(stage.instantsOf().length).toBeGreaterThan(2_900);
    // The item stays small.
    expect(longest).toBeLessThan(300);
  }, 60_000);

  test.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'keep the limits together with a turn that begins meanwhile, and with the one after it (%i)',
    async (seed) => {
      const random = seededRandom(seed);
      stage.latencyMs = () => Math.round(50 + random() * 200);
      const turns = async (): Promise<void> => {
        await stage.clock.sleep(Math.round(random() * 8_000));
        await stage.flood(9_000);
        await stage.clock.sleep(3_000);
        await stage.flood(40_000);
      };
      const previews = async (): Promise<void> => {
        for (let run = 0; run < 3; run += 1) await stage.preview(40);
      };
      await stage.clock.run(Promise.all([turns(), previews()]));
      expect(stage.refusedByLimit()).toBe(0);
    },
  );

  test.each(Array.from({ length: 10 }, (_, seed) => seed))(
    'keep the limits together with a turn that uses them up (%i)',
    async (seed) => {
      const random = seededRandom(seed);
      stage.latencyMs = () => Math.round(20 + random() * 200);
      const previews = async (): Promise<void> => {
        await stage.clock.sleep(Math.round(random() * 18_000));
        for (let run = 0; run < 2; run += 1) await stage.preview(40);
      };
      await stage.clock.run(Promise.all([stage.flood(70_000), previews()]));
      expect(stage.refusedByLimit()).toBe(0);
    },
  );

  test('hold up urgent work that begins meanwhile for no more than four seconds', async () => {
    const preview = stage.preview(100);
    await stage.clock.advance(5_200);
    const turn = await stage.openTurn();
    const begun = stage.clock.now();
    let took = Infinity;
    const urgent = turn.for({ urgency: 1 }).searchByEmail('contact', 'a@urgent.example');
    await stage.clock.run(urgent.then(() => (took = stage.clock.now() - begun)));
    expect(took).toBeLessThanOrEqual(4_000);
    await stage.clock.run(preview);
    expect(stage.refusedByLimit()).toBe(0);
  });
});
