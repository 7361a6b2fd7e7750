/**
 * A worker is held up at each of its calls for so long that its claim runs out: others find what it left and end
 * everything; when it goes on at last, it starts no write any more.
 */
import { describe, expect, it } from '@jest/globals';
import { COMPANIES, DELIVERIES, NOTES } from './companies-and-notes.ts';
import { MARKETING } from './marketing.ts';
import { PEOPLE } from './people.ts';
import { everyInterleaving } from './race.ts';

const ALL = [...PEOPLE, ...MARKETING, ...COMPANIES, ...NOTES, ...DELIVERIES];

describe.each(ALL)('$name', (race) => {
  it('ends well where one of them is held up past its claim, and writes nothing after that', async () => {
    const first = await everyInterleaving(race, 'over');
    const second = await everyInterleaving({ ...race, first: race.second, second: race.first }, 'over');

    expect([first.wrong, second.wrong]).toEqual([{}, {}]);
    expect(first.runs + second.runs).toBeGreaterThan(10);
  }, 60_000);
});
