/**
 * A write that reaches Firefish after its caller has given it up: whoever comes next waits until it can no longer
 * land, and looks before writing.
 */
import { describe, expect, it } from '@jest/globals';
import { COMPANIES, DELIVERIES, NOTES } from './companies-and-notes.ts';
import { MARKETING } from './marketing.ts';
import { PEOPLE } from './people.ts';
import { type Party, runLateLanding } from './race.ts';

/** Who writes: acts do not. */
const writes = (party: Party): boolean => typeof party !== 'function';
const ALL = [...PEOPLE, ...MARKETING, ...COMPANIES, ...NOTES, ...DELIVERIES].filter(
  ({ first, second }) => writes(first) && writes(second),
);

describe.each(ALL)('$name', (race) => {
  it('ends well whichever write lands late', async () => {
    for (const one of [race, { ...race, first: race.second, second: race.first }]) {
      for (let n = 1; ; n += 1) {
        const wrong = await runLateLanding(one, n);
        if (wrong === undefined) break;
        expect({ n, wrong }).toEqual({ n, wrong: [] });
      }
    }
  }, 120_000);
});
