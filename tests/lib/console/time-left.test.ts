import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRateLimits } from '../../../lib/config.ts';
import { instantOfCall, type Run, timeLeft } from '../../../lib/console/time-left.ts';

const LIMITS = parseRateLimits('10/1s,200/1m,3000/1h');
const NOW = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const none = { endpoint: 'GET /candidates/search', runs: [], quarters: new Map<number, number>() };
const fresh = (open: number) => timeLeft({ open, ended: 0, windowMs: 300_000 }, [], LIMITS, NOW);

describe('the time that a push still takes', () => {
  test('is nothing where nothing is open', () => {
    expect(fresh(0)).toBeUndefined();
  });

  test('of a few new people is seconds', () => {
    expect(fresh(30)).toMatchObject({ seconds: 2, because: 'minute-limit' });
  });

  test('of two thousand new people is ten minutes of Firefish’s limit a minute', () => {
    expect(fresh(2000)).toEqual({
      seconds: 559,
      because: 'minute-limit',
      endpoint: 'GET /candidates/search',
      text: 'About 10 minutes: Firefish allows 200 calls a minute to GET /candidates/search',
    });
  });

  test('of ten thousand is hours of its limit an hour', () => {
    expect(fresh(10_000)).toMatchObject({
      because: 'hour-limit',
      text: 'About 3 hours and 5 minutes: Firefish allows 3,000 calls an hour to GET /candidates/search',
    });
  });

  test('counts the calls that were made already', () => {
    const runs: Run[] = [[NOW - 10_000, 200]];
    const left = timeLeft({ open: 20, ended: 0, windowMs: 300_000 }, [{ ...none, runs }], LIMITS, NOW);
    expect(left?.seconds).toBe(51);
  });

  test('follows what events have taken of late: nothing, where nothing was to be written', () => {
    const left = timeLeft({ open: 1000, ended: 500, windowMs: MINUTE_MS }, [none], LIMITS, NOW);
    expect(left).toMatchObject({ seconds: 120, because: 'rate' });
  });
});

test('no window ever holds more calls than it may, and each call is as early as that allows', () => {
  const limits = [
    { calls: 3, windowMs: 10 },
    { calls: 5, windowMs: 40 },
  ];
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 20 }),
      (ago, n) => {
        const past = ago.map((ms) => NOW - ms).sort((a, b) => a - b);
        // Past calls that broke the limits are no history of ours.
        fc.pre(
          limits.every(({ calls, windowMs }) =>
            past.every((at, i) => i < calls || at - past[i - calls]! >= windowMs),
          ),
        );
        const runs = past.map((at): Run => [at, 1]);
        const all = [...past];
        for (let call = 1; call <= n; call += 1) {
          const at = instantOfCall(runs, limits, call, NOW);
          const tooEarly = (instant: number): boolean =>
            limits.some(
              ({ calls, windowMs }) => all.length >= calls && instant - all[all.length - calls]! < windowMs,
            );
          expect(tooEarly(at)).toBe(false);
          expect(at === Math.max(NOW, all.at(-1) ?? 0) || tooEarly(at - 1)).toBe(true);
          all.push(at);
        }
      },
    ),
  );
});
