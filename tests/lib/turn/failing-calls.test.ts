/**
 * Calls to the table, the queue or Firefish fail while the process lives: before they took effect, or after. (A failure
 * that the SDK's own retries hide never gets here.) The end state is that of a run without the failure, and after one
 * failure it is reached soon.
 */
import { describe, expect, test } from '@jest/globals';
import { runScenario, type When } from '../../support/run-scenario.ts';
import { SCENARIOS } from '../../support/scenarios.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const LONGEST_DELAY_MS = 100_000;
const PATIENCE_MS = 180_000;
const RUNS = 25 * Math.max(1, Number(process.env['SOAK'] ?? 0));

describe.each(SCENARIOS)('if one call fails in: $name', (scenario) => {
  test.each(['before', 'after'] as const)(
    'a call to a table or queue that fails %s it took effect does not change the end state',
    async (when) => {
      const calm = await runScenario(scenario);
      for (const [place, name] of calm.calls.entries()) {
        // A read takes no effect.
        if (when === 'after' && /^(get|query) /.test(name)) continue;
        const at = place + 1;
        const failed = await runScenario(scenario, { call: (one) => (one === at ? when : undefined) });
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
      const calm = await runScenario(scenario);
      for (let at = 1; at <= calm.requests; at += 1) {
        const failed = await runScenario(scenario, { request: (one) => (one === at ? when : undefined) });
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

  test(
    'a call to a table or queue that takes two seconds does not change the end state',
    async () => {
      const calm = await runScenario(scenario);
      for (let at = 1; at <= calm.calls.length; at += 1) {
        const { where, end } = await runScenario(scenario, { slow: (one) => one === at });
        expect({ at, where, ...end }).toEqual({ at, where, ...calm.end });
      }
    },
    PATIENCE_MS,
  );

  test(
    `several calls that fail do not change the end state (${RUNS} runs, \`SOAK=n\` for more)`,
    async () => {
      const random = seededRandom(RUNS);
      const pick = <T>(of: readonly [T, ...T[]]): T => of[Math.floor(random() * of.length)] ?? of[0];
      const calm = await runScenario(scenario);
      for (let run = 0; run < RUNS; run += 1) {
        const calls = new Map<number, When>();
        const requests = new Map<number, When | 'conflict'>();
        for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1) {
          // Some are calls that only the failures before them cause.
          if (random() < 0.5)
            calls.set(1 + Math.floor(random() * (calm.calls.length + 10)), pick(['before', 'after']));
          else
            requests.set(
              1 + Math.floor(random() * (calm.requests + 3)),
              pick(['before', 'after', 'conflict']),
            );
        }
        const faults = { call: (at: number) => calls.get(at), request: (at: number) => requests.get(at) };
        const { end } = await runScenario(scenario, faults);
        const which = JSON.stringify([[...calls], [...requests]]);
        expect({ which, ...end }).toEqual({ which, ...calm.end });
      }
    },
    PATIENCE_MS,
  );
});

test('a decision that is tried again at the very instant at which its wait ends opens the event for good', async () => {
  const [scenario] = SCENARIOS.filter(({ decision }) => decision !== undefined);
  let failures = 2;
  const { took } = await runScenario(scenario ?? SCENARIOS[0]!, {
    call: (_at, name) => (name.startsWith('put e#evt') && failures-- > 0 ? 'before' : undefined),
  });
  expect(took).toBeLessThan(60_000);
});
