/** Runs a scenario of scenarios.ts in which some calls fail, while the process lives. */
import { drainTurns } from './drain-turns.ts';
import { AGENCY, openHarness } from './harness.ts';
import { Passage } from './passage.ts';
import { begin, endState, refusalOf, type Scenario } from './scenarios.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Before the call took effect, or after. */
export type When = 'before' | 'after';

class FailedCallError extends Error {
  override name = 'FailedCallError';
}

const SLOW_MS = 2_000;

/** Calls to the table and the queue that fail, or take their time. */
class FailingCalls extends Passage {
  readonly calls: string[] = [];
  where: string[] = [];
  readonly #clock: VirtualClock;
  readonly #faults: Faults;

  constructor(clock: VirtualClock, faults: Faults) {
    super();
    this.#clock = clock;
    this.#faults = faults;
  }

  override async pass<T>(call: () => Promise<T>, name: string): Promise<T> {
    // Firefish's own calls fail on the network, below.
    if (/^(search|read|create|update|note|document|look)/.test(name)) return call();
    const at = this.calls.push(name);
    const when = this.#faults.call?.(at, name);
    if (this.#faults.slow?.(at) === true) {
      this.where.push(name);
      await this.#clock.sleep(SLOW_MS);
    }
    if (when !== undefined) this.where.push(name);
    if (when === 'before') throw new FailedCallError();
    const answer = await call();
    if (when !== undefined) throw new FailedCallError();
    return answer;
  }
}

export interface Faults {
  /** Whether a call to the table or the queue fails. @param at its number, from 1 */
  call?: (at: number, name: string) => When | undefined;
  /** Whether a call to the table or the queue takes two seconds: others look at what is half done. */
  slow?: (at: number) => boolean;
  /** Whether a request to Firefish fails; `conflict`: 409. */
  request?: (at: number) => When | 'conflict' | undefined;
}

export interface Run {
  end: { state: unknown; outcomes: unknown[] };
  /** The calls to the table and the queue, and how many requests to Firefish there were. */
  calls: readonly string[];
  requests: number;
  /** Milliseconds of the test's clock. */
  took: number;
  /** What failed. */
  where: string;
}

/** @throws Error if an event does not end within days */
export async function runScenario(scenario: Scenario, faults: Faults = {}): Promise<Run> {
  const { settings, seed, before = [], events } = scenario;
  const clock = new VirtualClock();
  const passage = new FailingCalls(clock, faults);
  let requests = 0;
  let counts = false;
  const harness = openHarness({
    clock,
    ...(settings === undefined ? {} : { settings }),
    network: async (request) => {
      if (!counts) return harness.simulator.handle(request);
      requests += 1;
      const when = faults.request?.(requests);
      if (when !== undefined) passage.where.push(`${request.method} ${new URL(request.url).pathname}`);
      // A definite failure has an answer in Firefish's own form; a lost answer has none.
      if (when === 'before')
        return Response.json({ Message: 'An error has occurred.', ExceptionMessage: 'x' }, { status: 500 });
      if (when === 'conflict') return Response.json({ Message: 'It is locked.' }, { status: 409 });
      const answer = (await refusalOf(scenario, request)) ?? (await harness.simulator.handle(request));
      if (when !== undefined) throw new TypeError('fetch failed');
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
  const end = { state: endState(harness), outcomes };
  return { end, calls: passage.calls, requests, took, where: passage.where.join(', ') };
}
