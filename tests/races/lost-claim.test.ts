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
/** What a claim guards, once each; the soak has them all. */
const EVERY_DAY = [
  'create and create, only the second address in common',
  'change of address and create at the old one',
  'merge of two known persons and news of either',
  'opt-out and create',
  'company and news of it',
  'contact and company.created of its company',
  'campaign reply and merge',
  'one message to two workers',
];
const RACES = process.env['SOAK'] === undefined ? ALL.filter(({ name }) => EVERY_DAY.includes(name)) : ALL;

describe.each(RACES)('$name', (race) => {
  it('ends well where one of them is held up past its claim, and writes nothing after that', async () => {
    const first = await everyInterleaving(race, 'over');
    const second = await everyInterleaving({ ...race, first: race.second, second: race.first }, 'over');

    expect([first.wrong, second.wrong]).toEqual([{}, {}]);
    expect(first.runs + second.runs).toBeGreaterThan(10);
  }, 300_000);
});
