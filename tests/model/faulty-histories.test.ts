/**
 * Random histories while Firefish fails in every way that the simulator has, on any endpoint, and workers end at any
 * await: the end state is still the model's, and no event fails that would succeed without faults. `SOAK` and `SEED` as
 * for the histories without faults.
 */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Fault } from '../../local/firefish-simulator/simulator.ts';
import { CrashError } from '../support/crash.ts';
import { Passage } from '../support/passage.ts';
import { histories } from './histories.ts';
import { describeFailure, differencesOf } from './run-history.ts';
import { makeInProcessSystem, type Trouble } from './system.ts';
import { chanceOf } from './turns.ts';

const SOAK = Number(process.env['SOAK'] ?? 0);
const SEED = Number(process.env['SEED'] ?? (SOAK > 0 ? Date.now() % 2_000_000_000 : 20_261_124));
const RUNS = 10 * Math.max(1, SOAK);
const EVENTS = 8;

/**
 * The share of a worker's calls to table, queue and Firefish that end it, and the maximum number of ended workers in a
 * history.
 */
const DEADLY = 0.004;
const MOST_DEATHS = 2;

/** Final refusals are not faults: those events must fail. */
const PASSING_STATUSES = [302, 401, 408, 409, 429, 500, 502, 503, 504];
/** Pages of a proxy in front of Firefish: their status says nothing. */
const PAGES = [200, 400, 403, 404, 500, 502];
const ENDPOINTS = [
  ...[/search/, /^GET .*ref/, /^POST .(candidates|contacts|companies)$/, /^PATCH/, /notes$/, /token/, /./],
];
const endpoint = fc.constantFrom(...ENDPOINTS);
const times = fc.integer({ min: 1, max: 3 });
const fault: fc.Arbitrary<Fault> = fc.oneof(
  // Especially a lost answer after the request took effect.
  fc.record({
    kind: fc.constantFrom('drop', 'hang', 'garbage'),
    applied: fc.constant(true),
    endpoint: fc.constantFrom(/^POST .(candidates|contacts|companies)$/, /notes$/),
  }),
  fc.record({
    kind: fc.constant('html'),
    ...{ status: fc.constantFrom(...PAGES), applied: fc.boolean(), endpoint, times },
  }),
  fc.record({
    kind: fc.constantFrom('drop', 'hang', 'garbage'),
    ...{ applied: fc.boolean(), endpoint, times },
  }),
  fc.record({ kind: fc.constant('status'), status: fc.constantFrom(...PASSING_STATUSES), endpoint, times }),
  fc.record({ kind: fc.constant('slow'), ms: fc.constantFrom(5_000, 22_000), endpoint, times }),
  fc.record({ kind: fc.constant('rate-limit'), retryAfter: fc.constantFrom('2', '40'), endpoint, times }),
  // An outage: every call gets this answer, until there were enough calls.
  fc.record({ kind: fc.constant('status'), status: fc.constant(503), times: fc.constant(12) }),
);

class Life extends Passage {
  dead = false;
  readonly #random: () => number;
  readonly #mayDie: () => boolean;
  constructor(random: () => number, mayDie: () => boolean) {
    super();
    this.#random = random;
    this.#mayDie = mayDie;
  }

  override async pass<T>(call: () => Promise<T>): Promise<T> {
    const dies = !this.dead && this.#random() < DEADLY && this.#mayDie();
    const isAfter = dies && this.#random() < 0.5;
    if (dies && !isAfter) this.dead = true;
    this.#orDead();
    const answer = await call();
    if (isAfter) this.dead = true;
    this.#orDead();
    return answer;
  }

  #orDead(): void {
    if (this.dead) throw new CrashError();
  }
}

/** @param faults each comes with one batch of events, or strikes from the start */
function troubleOf(faults: readonly Fault[], chance: number): Trouble & { deaths: () => number } {
  const random = chanceOf(chance);
  const waiting = [...faults];
  let deaths = 0;
  const mayDie = (): boolean => deaths < MOST_DEATHS && (deaths += 1) > 0;
  return {
    strike: (simulator) => {
      for (const one of waiting.splice(0, 2 + Math.floor(random() * 4))) simulator.faults.add(one);
    },
    lifeOfWorker: () => new Life(random, mayDie),
    deaths: () => deaths,
  };
}

it(
  `${RUNS} histories of up to ${EVENTS} events, with faults and ended processes, end as the model does (SEED=${SEED})`,
  async () => {
    let deaths = 0;
    const cases = fc.record({
      history: histories(EVENTS),
      faults: fc.array(fault, { minLength: 3, maxLength: 12 }),
      chance: fc.nat(),
    });
    const property = fc.asyncProperty(cases, async ({ history, faults, chance }) => {
      const trouble = troubleOf(faults, chance);
      const found = await differencesOf(history, makeInProcessSystem, trouble);
      deaths += trouble.deaths();
      if (found.length === 0) return;
      const faultsText = faults.map((one) => JSON.stringify({ ...one, endpoint: String(one.endpoint) }));
      throw new Error(
        [describeFailure(found, history), 'faults:', ...faultsText, `chance ${chance}`].join('\n'),
      );
    });
    const result = await fc.check(property, { seed: SEED, numRuns: RUNS, endOnFailure: SOAK === 0 });

    expect(result.failed ? String(result.errorInstance) : '').toBe('');
    expect(deaths).toBeGreaterThan(RUNS / 10);
  },
  300_000 + RUNS * 1_000,
);
