import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRateLimits } from '../../../lib/config.ts';
import { instantOfCall, type Run, timeLeft } from '../../../lib/console/progress/time-left.ts';

const LIMITS = parseRateLimits('10/1s,200/1m,3000/1h');
const NOW = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const none = { endpoint: 'GET /candidates/search', runs: [], quarters: new Map<number, number>() };
const fresh = (open: number) => timeLeft({ open, ended: 0, windowMs: 300_000 }, [], LIMITS, NOW);

describe('the time left of a push', () => {
  test('is absent if no event is open', () => {
    expect(fresh(0)).toBeUndefined();
  });

  test('is seconds for a few new people', () => {
    expect(fresh(30)).toMatchObject({ seconds: 2, because: 'minute-limit' });
  });

  test('is ten minutes for two thousand new people, because of Firefish’s limit for a minute', () => {
    expect(fresh(2000)).toEqual({
      seconds: 559,
      because: 'minute-limit',
      endpoint: 'GET /candidates/search',
      text: 'About 10 minutes: Firefish allows 200 calls a minute to GET /candidates/search',
    });
  });

  test('is hours for ten thousand, because of the limit for an hour', () => {
    expect(fresh(10_000)).toMatchObject({
      because: 'hour-limit',
      text: 'About 3 hours and 5 minutes: Firefish allows 3,000 calls an hour to GET /candidates/search',
    });
  });

  test('includes the calls that were already made', () => {
    const runs: Run[] = [[NOW - 10_000, 200]];
    const left = timeLeft({ open: 20, ended: 0, windowMs: 300_000 }, [{ ...none, runs }], LIMITS, NOW);
    expect(left?.seconds).toBe(51);
  });

  test('depends on the calls that recent events took: none if nothing was written', () => {
    const left = timeLeft({ open: 1000, ended: 500, windowMs: MINUTE_MS }, [none], LIMITS, NOW);
    expect(left).toMatchObject({ seconds: 120, because: 'rate' });
  });
});

test('no window has more calls than its limit, and each call is as early as the limits allow', () => {
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
