/**
 * Random histories through the real system in process: its end state must be the model's, in any order of
 * arrival, with repeats, with one to eight workers. The seed is fixed, so that a failure is a change's;
 * `SOAK=n` draws a new one for n times two thousand runs, `SEED` repeats a run.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { differencesFromIdeal } from './compare.ts';
import { describeHistory, histories, type History } from './histories.ts';
import { brokenInvariants } from './invariants.ts';
import { standingOfFirefish } from './standing.ts';
import { makeInProcessSystem } from './system.ts';
import { chanceOf } from './turns.ts';

const SOAK = Number(process.env['SOAK'] ?? 0);
const SEED = Number(process.env['SEED'] ?? (SOAK > 0 ? Date.now() % 2_000_000_000 : 20_261_123));
/** Short ones find most mistakes and shrink best; long ones find what takes many to meet. */
const SIZES = [
  { events: 14, runs: SOAK > 0 ? 1400 * SOAK : 60 },
  { events: 60, runs: SOAK > 0 ? 600 * SOAK : 12 },
];
/** For shrinking, where it is needed. */
const SPARE_MS = 300_000;

/** Everything that is wrong with how the system ended. */
async function differencesOf(history: History): Promise<string[]> {
  const { seed, settings, workers, rush, chance, batches } = history;
  const system = await makeInProcessSystem({ seed, settings, workers, random: chanceOf(chance) });
  for (const batch of batches) {
    await system.deliver(batch);
    if (!rush) await system.settle();
  }
  await system.settle();

  const standing = standingOfFirefish(system.simulatorState(), seed);
  const found = [...brokenInvariants(history, standing), ...differencesFromIdeal(history, standing)];
  for (const id of new Set(batches.flat().map((event) => event.id))) {
    const outcome = await system.outcome(id);
    if (outcome?.state === 'synced' || outcome?.state === 'skipped') continue;
    found.push(`${id} ended ${String(outcome?.state)}: ${String(outcome?.reason)}`);
  }
  return found;
}

describe('random histories', () => {
  it.each(SIZES)(
    `of up to $events events end as the model does ($runs runs, SEED=${String(SEED)})`,
    async ({ events, runs }) => {
      const property = fc.asyncProperty(histories(events), async (history) => {
        const found = await differencesOf(history);
        if (found.length > 0) throw new Error(`${found.join('\n')}\n\n${describeHistory(history)}`);
      });
      const result = await fc.check(property, { seed: SEED, numRuns: runs });

      expect(result.failed ? String(result.errorInstance) : '').toBe('');
    },
    SPARE_MS + SIZES.reduce((sum, { runs }) => sum + runs * 1000, 0),
  );
});
