import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type AlertState, CLAIM_MS, nextStep, OVER_AFTER_MS } from '../../../lib/alerts/alert-state.ts';

const MINUTE = 60_000;

/**
 * One minute: whether the problem exists, and whether the process ends before sending, after sending, or not at all.
 */
interface Minute {
  holds: boolean;
  dies: 'never' | 'before telling' | 'after telling';
}

/** Sweeps once a minute; returns what was sent and what is stored in the end. */
function sweep(minutes: readonly Minute[]) {
  let state: AlertState | undefined;
  const told: { at: number; what: 'raised' | 'over' }[] = [];
  minutes.forEach(({ holds, dies }, minute) => {
    const now = minute * MINUTE;
    const step = nextStep(state, holds ? now : undefined, now);
    if (step.kind === 'keep') state = step.state;
    if (step.kind !== 'tell') return;
    state = step.claim;
    if (dies === 'before telling') return;
    told.push({ at: minute, what: step.state });
    if (dies === 'never') state = step.then;
  });
  return { told, state };
}
const calm = (...holds: boolean[]): Minute[] => holds.map((one) => ({ holds: one, dies: 'never' }));
const run = (count: number, holds: boolean): boolean[] => Array.from({ length: count }, () => holds);
const QUIET = OVER_AFTER_MS / MINUTE;

describe('an alert', () => {
  test('is sent once, however long it lasts, and once when it is over', () => {
    const { told, state } = sweep(calm(...run(60, true), ...run(30, false)));
    expect(told).toEqual([
      { at: 0, what: 'raised' },
      { at: 60 + QUIET, what: 'over' },
    ]);
    expect(state).toBeUndefined();
  });

  test('that comes and goes within ten minutes stays one alert', () => {
    const flapping = Array.from({ length: 12 }, () => [true, ...run(QUIET - 1, false)]).flat();
    expect(sweep(calm(...flapping)).told).toEqual([{ at: 0, what: 'raised' }]);
  });

  test('that comes back after it was over is sent again', () => {
    const twice = [true, ...run(QUIET + 2, false), true];
    expect(sweep(calm(...twice)).told.map(({ what }) => what)).toEqual(['raised', 'over', 'raised']);
  });

  test('is sent by one of two sweeps that see it at the same moment: the other finds it claimed', () => {
    const first = nextStep(undefined, 0, 0);
    expect(first.kind).toBe('tell');
    const claimed = first.kind === 'tell' ? first.claim : undefined;
    expect(nextStep(claimed, 0, CLAIM_MS - 1)).toEqual({ kind: 'nothing' });
  });

  test.each(['before telling', 'after telling'] as const)(
    'is sent by the next sweep if the process that claimed it ended %s',
    (dies) => {
      const { told } = sweep([{ holds: true, dies }, ...calm(true, true, true)]);
      expect(told.at(-1)).toEqual({ at: 1, what: 'raised' });
    },
  );

  test('that begins again while its end is being sent is sent again, because silence would be wrong', () => {
    const ending: Minute[] = [...calm(true, ...run(QUIET, false)), { holds: false, dies: 'after telling' }];
    expect(sweep([...ending, ...calm(true)]).told.map(({ what }) => what)).toEqual([
      'raised',
      'over',
      'raised',
    ]);
  });

  const minute = fc.record<Minute>({
    holds: fc.boolean(),
    dies: fc.constantFrom<Minute['dies']>('never', 'never', 'never', 'before telling', 'after telling'),
  });

  test('never leaves the wrong state as the last mail, whichever process ends at any time', () => {
    fc.assert(
      fc.property(fc.array(minute, { maxLength: 120 }), fc.boolean(), (history, holds) => {
        const settled = sweep([...history, ...calm(...run(2 * QUIET + 4, holds))]);
        const last = settled.told.at(-1)?.what;
        const wasEver = history.some((one) => one.holds);
        if (holds) expect(last).toBe('raised');
        else expect(last).toBe(wasEver ? 'over' : undefined);
        expect(settled.state === undefined).toBe(!holds);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is never sent twice in a row if no process ends', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (history) => {
        const words = sweep(calm(...history)).told.map(({ what }) => what);
        expect(words).toEqual(words.map((_, index) => (index % 2 === 0 ? 'raised' : 'over')));
      }),
      { numRuns: 2_000 },
    );
  });
});
