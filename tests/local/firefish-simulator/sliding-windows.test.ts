import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { SlidingWindows } from '../../../local/firefish-simulator/sliding-windows.ts';

const LIMITS = [
  { calls: 2, windowMs: 10 },
  { calls: 5, windowMs: 60 },
];

test('no window of a limit has more calls than allowed, and no call is refused that the window has room for', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(15), { maxLength: 200, size: 'max' }), (pauses) => {
      const windows = new SlidingWindows(LIMITS);
      const permitted: number[] = [];
      let now = 0;
      for (const pause of pauses) {
        now += pause;
        const fits = LIMITS.every(
          ({ calls, windowMs }) => permitted.filter((time) => time > now - windowMs).length < calls,
        );
        expect(windows.opensAt('key', now) <= now).toBe(fits);
        if (!fits) continue;
        windows.count('key', now);
        permitted.push(now);
      }
    }),
    { numRuns: 200 },
  );
});
