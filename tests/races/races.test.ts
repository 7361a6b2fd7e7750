/** Every race, with either party held up at each of its calls. `docs/races.md` has a diagram of each. */
import { describe, expect, it } from '@jest/globals';
import { ADMINISTRATION } from './administration.ts';
import { COMPANIES, DELIVERIES, NOTES } from './companies-and-notes.ts';
import { MARKETING } from './marketing.ts';
import { PEOPLE } from './people.ts';
import { everyInterleaving } from './race.ts';

const ALL = [...PEOPLE, ...MARKETING, ...COMPANIES, ...NOTES, ...DELIVERIES, ...ADMINISTRATION];

describe.each(ALL)('$name', (race) => {
  it('ends well wherever one of them is held up while the other runs', async () => {
    const first = await everyInterleaving(race);
    const second = await everyInterleaving({ ...race, first: race.second, second: race.first });

    expect([first.wrong, second.wrong]).toEqual([{}, {}]);
    expect(first.runs + second.runs).toBeGreaterThan(10);
  }, 300_000);
});
