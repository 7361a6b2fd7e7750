/**
 * One call to the table, the queue or Firefish fails once while the process lives: before it took effect, or after. (A
 * failure that the SDK's own retries hide never gets here.) The end state is that of a run without the failure, and it
 * is reached soon.
 */
import { describe, expect, test } from '@jest/globals';
import { drainTurns } from '../../support/drain-turns.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { Passage } from '../../support/passage.ts';
import { begin, endState, type Scenario, SCENARIOS } from '../../support/scenarios.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

type When = 'before' | 'after';

class FailedCallError extends Error {
  override name = 'FailedCallError';
}

/** Fails one call of table or queue. */
class FailingCall extends Passage {
  calls = 0;
  where = '';
  readonly #at: number;
  readonly #when: When;

  constructor(at = Infinity, when: When = 'before') {
    super();
    this.#at = at;
    this.#when = when;
  }

  override async pass<T>(call: () => Promise<T>, name: string): Promise<T> {
    // Firefish's own calls fail on the network, below.
    if (/^(search|read|create|update|note|document|look)/.test(name)) return call();
    this.calls += 1;
    const mine = this.calls === this.#at;
    if (mine) this.where = name;
    if (mine && this.#when === 'before') throw new FailedCallError();
    const answer = await call();
    if (mine) throw new FailedCallError();
    return answer;
  }
}

interface Failing {
  passage: FailingCall;
  /** Which request to Firefish fails; none by default. */
  request?: { at: number; when: When };
}

interface Run {
  end: { state: unknown; outcomes: unknown[] };
  requests: number;
  took: number;
  where: string;
}

async function run(scenario: Scenario, { passage, request: failing }: Failing): Promise<Run> {
  const { settings, seed, before = [], events } = scenario;
  const clock = new VirtualClock();
  let requests = 0;
  let where = '';
  let counts = false;
  const harness = openHarness({
    clock,
    ...(settings === undefined ? {} : { settings }),
    network: async (request) => {
      if (!counts) return harness.simulator.handle(request);
      requests += 1;
      const mine = requests === failing?.at;
      if (mine) where = `${request.method} ${new URL(request.url).pathname}`;
      // A definite failure has an answer in Firefish's own form; a lost answer has none.
      if (mine && failing.when === 'before')
        return Response.json({ Message: 'An error has occurred.', ExceptionMessage: 'x' }, { status: 500 });
      const answer = await harness.simulator.handle(request);
      if (mine) throw new TypeError('fetch failed');
      return answer;
    },
  });
  if (seed !== undefined) harness.simulator.seed(AGENCY, seed);
  if (before.length > 0) {
    await clock.run(harness.receive(before));
    await drainTurns(harness, clock);
  }
  await clock.run(begin(harness, scenario));
  counts = true;
  const took = await drainTurns(harness, clock, { instance: harness.makeInstance({ passage }) });
  const outcomes = [];
  for (const { id } of [...before, ...events]) {
    const stored = await harness.outcome(id);
    const reason = stored !== undefined && 'reason' in stored ? stored.reason : undefined;
    outcomes.push({ id, state: stored?.state, reason });
  }
  return { end: { state: endState(harness), outcomes }, requests, took, where: where || passage.where };
}

const LONGEST_DELAY_MS = 100_000;
const PATIENCE_MS = 180_000;

describe.each(SCENARIOS)('if one call fails in: $name', (scenario) => {
  test.each(['before', 'after'] as const)(
    'a call to a table or queue that fails %s it took effect does not change the end state',
    async (when) => {
      const counted = new FailingCall();
      const calm = await run(scenario, { passage: counted });
      for (let at = 1; at <= counted.calls; at += 1) {
        const passage = new FailingCall(at, when);
        const failed = await run(scenario, { passage });
        expect({ at, where: failed.where, ...failed.end }).toEqual({ at, where: failed.where, ...calm.end });
        expect({ where: failed.where, late: failed.took - calm.took > LONGEST_DELAY_MS }).toEqual({
          where: failed.where,
          late: false,
        });
      }
    },
    PATIENCE_MS,
  );

  test.each(['before', 'after'] as const)(
    'a call to Firefish that fails %s it took effect does not change the end state, and a definite failure costs seconds',
    async (when) => {
      const calm = await run(scenario, { passage: new FailingCall() });
      for (let at = 1; at <= calm.requests; at += 1) {
        const failed = await run(scenario, { passage: new FailingCall(), request: { at, when } });
        expect({ at, where: failed.where, ...failed.end }).toEqual({ at, where: failed.where, ...calm.end });
        const longest = when === 'before' ? 3_000 : 30_000;
        expect({ where: failed.where, late: failed.took - calm.took > longest }).toEqual({
          where: failed.where,
          late: false,
        });
      }
    },
    PATIENCE_MS,
  );
});
