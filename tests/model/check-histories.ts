/**
 * Random histories through the real system in process: its end state must be the model's, in any order of arrival, with
 * repeats, with one to eight workers. Six hundred of them in four files, which run side by side. The seed is fixed, so
 * that a failure comes from a change. `SOAK=n` draws a new seed for n times as many, `SEED` repeats a run, `SHRINK=1`
 * shrinks a failing history.
 */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { histories } from './histories.ts';
import { describeFailure, differencesOf } from './run-history.ts';
import { makeInProcessSystem } from './system.ts';

const SOAK = Number(process.env['SOAK'] ?? 0);
const SEED = Number(process.env['SEED'] ?? (SOAK > 0 ? Date.now() % 2_000_000_000 : 20_261_123));
/** Finds the smallest history that differs, which takes minutes. */
const SHRINK = process.env['SHRINK'] !== undefined;
const EVENTS = 60;
const RUNS = 150 * Math.max(1, SOAK);
/** For shrinking, if it is needed. */
const SPARE_MS = 300_000;
const MS_EACH = 1_000;

export function checkHistories({ part }: { part: number }): void {
  const seed = SEED + part;
  it(
    `${RUNS} histories of up to ${EVENTS} events end as the model does (SEED=${SEED}, part ${part})`,
    async () => {
      const property = fc.asyncProperty(histories(EVENTS), async (history) => {
        const found = await differencesOf(history, makeInProcessSystem);
        if (found.length > 0) throw new Error(describeFailure(found, history));
      });
      const result = await fc.check(property, { seed, numRuns: RUNS, endOnFailure: !SHRINK });

      expect(result.failed ? String(result.errorInstance) : '').toBe('');
    },
    SPARE_MS + RUNS * MS_EACH,
  );
}
