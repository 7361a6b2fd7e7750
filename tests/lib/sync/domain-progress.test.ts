import { expect, test } from '@jest/globals';
import { drain } from '../../support/drain.ts';
import { makeEvent } from '../../support/events.ts';
import { AGENCY, inProcess } from '../../support/in-process.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const PEOPLE = 130;

test('a domain with more people than a minute’s limit is gone on with where it stopped, until nobody is left', async () => {
  const clock = new VirtualClock();
  const system = inProcess({ clock, rateLimits: '10/1s,50/1m' });
  system.simulator.seed(AGENCY, {
    candidates: Array.from({ length: PEOPLE }, (_, n) => ({
      ...{ FirstName: 'Ann', Surname: `Lee ${n}`, EmailMarketing: true },
      EmailAddress: `ann${n}@big.example`,
    })),
  });

  await system.receive([makeEvent('domain.opted_out', 1, { domain: 'big.example' })]);
  await drain(system, clock);

  const { candidates } = system.simulator.state(AGENCY);
  expect(candidates.filter(({ EmailMarketing }) => EmailMarketing !== false)).toEqual([]);
  const [event] = system.table.all().filter(({ type }) => type === 'domain.opted_out');
  expect(event).toMatchObject({ state: 'synced', notes: [`${PEOPLE} addresses at the domain`] });
  expect(event).not.toHaveProperty('progress');
  // The item keeps the first hundred, of all runs.
  expect(event?.['actions']).toHaveLength(100);
  expect(new Set((event?.['actions'] as { ref: number }[]).map(({ ref }) => ref)).size).toBe(100);
});
