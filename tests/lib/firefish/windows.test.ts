import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeRuns, encodeRuns } from '../../../lib/firefish/runs-codec.ts';
import { add, compact, earliest, type Run, type Window } from '../../../lib/firefish/windows.ts';

const WINDOWS: Window[] = [
  { calls: 10, lengthMs: 1_100 },
  { calls: 200, lengthMs: 60_500 },
  { calls: 3000, lengthMs: 3_602_000 },
];
const START = Date.parse('2026-11-23T10:00:00Z');

/** The greatest number of these instants that any window of this length holds. */
function most(instants: readonly number[], lengthMs: number): number {
  let from = 0;
  let greatest = 0;
  for (const [to, instant] of instants.entries()) {
    while (instant - (instants[from] ?? 0) >= lengthMs) from += 1;
    greatest = Math.max(greatest, to - from + 1);
  }
  return greatest;
}

describe('sliding windows', () => {
  test('let the first ten calls go at once and the eleventh when the first is a window old', () => {
    const runs: Run[] = [];
    for (let call = 0; call < 10; call += 1) {
      expect(earliest(runs, WINDOWS, START)).toBe(START);
      add(runs, START);
    }
    expect(earliest(runs, WINDOWS, START)).toBe(START + 1_100);
  });

  test('hold no more than their number, whatever the pauses, the writes and the compaction', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(120_000), { minLength: 300, maxLength: 900 }), (pauses) => {
        let now = START;
        let runs: Run[] = [];
        const instants: number[] = [];
        for (const pause of pauses) {
          // Most pauses are none at all: bursts are what the limits are about.
          now = earliest(runs, WINDOWS, now + (pause % 7 === 0 ? pause : 0));
          add(runs, now);
          instants.push(now);
          runs = decodeRuns(encodeRuns(compact(runs, WINDOWS, now)));
        }
        for (const { calls, lengthMs } of WINDOWS)
          expect(most(instants, lengthMs)).toBeLessThanOrEqual(calls);
      }),
      { numRuns: 30 },
    );
  });

  test('lose less than three calls in a thousand to compaction, and keep an hour in 1.5 kB', () => {
    let now = START;
    let runs: Run[] = [];
    let bytes = 0;
    for (let call = 0; call < 6001; call += 1) {
      now = earliest(runs, WINDOWS, now);
      add(runs, now);
      runs = compact(runs, WINDOWS, now);
      bytes = Math.max(bytes, encodeRuns(runs).length);
    }
    expect(now - START).toBeLessThan(2 * 3_602_000 * 1.003);
    expect(bytes).toBeLessThan(1_500);
  });

  test('are the same after a way through bytes', () => {
    const run = fc.tuple(fc.nat(10_000_000), fc.integer({ min: 1, max: 500 }));
    fc.assert(
      fc.property(fc.array(run), (steps) => {
        let at = START;
        const runs = steps.map(([step, count]): Run => [(at += step), count]);
        expect(decodeRuns(encodeRuns(runs))).toEqual(runs);
      }),
    );
    expect(decodeRuns(undefined)).toEqual([]);
  });
});
