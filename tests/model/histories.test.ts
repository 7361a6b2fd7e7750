/**
 * Random histories through the real system in process: its end state must be the model's, in any order of
 * arrival, with repeats, with one to eight workers. The seed is fixed, so that a failure is a change's;
 * `SOAK=n` draws a new one for n times two thousand runs, `SEED` repeats a run.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { histories } from './histories.ts';
import { describeFailure, differencesOf } from './run-history.ts';
import { makeInProcessSystem } from './system.ts';

const SOAK = Number(process.env['SOAK'] ?? 0);
const SEED = Number(process.env['SEED'] ?? (SOAK > 0 ? Date.now() % 2_000_000_000 : 20_261_123));
/** Short ones find most mistakes and shrink best; long ones find what takes many to meet. */
const SIZES = [
  { events: 14, runs: SOAK > 0 ? 1400 * SOAK : 60 },
  { events: 60, runs: SOAK > 0 ? 600 * SOAK : 12 },
];
/** For shrinking, where it is needed. */
const SPARE_MS = 300_000;

describe('random histories', () => {
  it.each(SIZES)(
    `of up to $events events end as the model does ($runs runs, SEED=${String(SEED)})`,
    async ({ events, runs }) => {
      const property = fc.asyncProperty(histories(events), async (history) => {
        const found = await differencesOf(history, makeInProcessSystem);
        if (found.length > 0) throw new Error(describeFailure(found, history));
      });
      const result = await fc.check(property, { seed: SEED, numRuns: runs });
      console.info(`${String(result.numRuns)} histories of up to ${String(events)} events ran`);

      expect(result.failed ? String(result.errorInstance) : '').toBe('');
    },
    SPARE_MS + SIZES.reduce((sum, { runs }) => sum + runs * 1000, 0),
  );
});
