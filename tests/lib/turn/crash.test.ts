import { describe, expect, test } from '@jest/globals';
import { CrashPoint } from '../../support/crash.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { openHarness } from '../../support/harness.ts';
import { begin, endState, refusalOf, type Scenario, SCENARIOS } from '../../support/scenarios.ts';
import { AGENCY } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

interface Run {
  end: { state: unknown; outcomes: unknown[] };
  /** From the crash on, in milliseconds. */
  took: number;
}

async function run(scenario: Scenario, crash: CrashPoint): Promise<Run> {
  const { settings, seed, before = [], events } = scenario;
  const clock = new VirtualClock();
  const harness = openHarness({
    clock,
    ...(settings === undefined ? {} : { settings }),
    network: async (request) => (await refusalOf(scenario, request)) ?? harness.simulator.handle(request),
  });
  if (seed !== undefined) harness.simulator.seed(AGENCY, seed);
  if (before.length > 0) {
    await clock.run(harness.receive(before));
    await drainTurns(harness, clock);
  }
  await clock.run(begin(harness, scenario));
  const instance = harness.makeInstance({ passage: crash });
  const took = await drainTurns(harness, clock, { instance, isDead: () => crash.dead });
  const outcomes = [];
  for (const { id } of [...before, ...events]) {
    const stored = await harness.outcome(id);
    const reason = stored !== undefined && 'reason' in stored ? stored.reason : undefined;
    outcomes.push({ id, state: stored?.state, reason });
  }
  return { end: { state: endState(harness), outcomes }, took };
}

/** A crashed function delays its tenant by the visibility timeout at most, or by the lease if it ends later. */
const LONGEST_DELAY_MS = 100_000;
/** A busy machine is slow with a hundred runs. */
const PATIENCE_MS = 180_000;

describe.each(SCENARIOS)('if the process ends at any await of: $name', (scenario) => {
  test.each(['before', 'after'] as const)(
    'the end state is that of a run without a crash (the process ended %s each call)',
    async (when) => {
      const counted = new CrashPoint();
      const { end: calm, took: calmTook } = await run(scenario, counted);
      const ending = scenario.refused === undefined ? /^synced$/ : /^(synced|failed)$/;
      for (const outcome of calm.outcomes)
        expect(outcome).toMatchObject({ state: expect.stringMatching(ending) });
      expect(counted.calls).toBeGreaterThan(5);
      for (let at = 1; at <= counted.calls; at += 1) {
        const crash = new CrashPoint(at, when);
        const crashed = await run(scenario, crash);
        expect({ at, died: crash.dead, ...crashed.end }).toEqual({ at, died: true, ...calm });
        expect(crashed.took - calmTook).toBeLessThan(LONGEST_DELAY_MS);
      }
    },
    PATIENCE_MS,
  );
});
