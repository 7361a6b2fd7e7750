/**
 * Random histories through the real system in process: its end state must be the model's, in any order of
 * arrival, with repeats, with one to eight workers. The seed is fixed, so that a failure is a change's;
 * `SOAK=n` draws a new one for n times as many, `SEED` repeats a run.
 */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { histories } from './histories.ts';
import { describeFailure, differencesOf } from './run-history.ts';
import { makeInProcessSystem } from './system.ts';

const SOAK = Number(process.env['SOAK'] ?? 0);
const SEED = Number(process.env['SEED'] ?? (SOAK > 0 ? Date.now() % 2_000_000_000 : 20_261_123));
/** For shrinking, where it is needed. */
const SPARE_MS = 300_000;
const MS_EACH = 1_000;

export function checkHistories(events: number, runs: number): void {
  const all = runs * Math.max(1, SOAK);
  it(
    `${all} histories of up to ${events} events end as the model does (SEED=${SEED})`,
    async () => {
      const property = fc.asyncProperty(histories(events), async (history) => {
        const found = await differencesOf(history, makeInProcessSystem);
        if (found.length > 0) throw new Error(describeFailure(found, history));
      });
      const result = await fc.check(property, { seed: SEED, numRuns: all });

      expect(result.failed ? String(result.errorInstance) : '').toBe('');
    },
    SPARE_MS + all * MS_EACH,
  );
}
