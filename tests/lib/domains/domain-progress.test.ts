import { expect, test } from '@jest/globals';
import { drainTurns } from '../../support/drain-turns.ts';
import { makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const PEOPLE = 130;

test('the opt-out of a domain with more people than a minute’s limit continues where it stopped, until everyone is reached', async () => {
  const clock = new VirtualClock();
  const system = openHarness({ clock, rateLimits: '10/1s,50/1m' });
  system.simulator.seed(AGENCY, {
    candidates: Array.from({ length: PEOPLE }, (_, n) => ({
      ...{ FirstName: 'Ann', Surname: `Lee ${String(n)}`, EmailMarketing: true },
      EmailAddress: `ann${String(n)}@big.example`,
    })),
  });

  const optOut = makeEvent('domain.opted_out', 1, { domain: 'big.example' });
  await system.receive([optOut]);
  await drainTurns(system, clock);

  const { candidates } = system.simulator.state(AGENCY);
  expect(candidates.filter(({ EmailMarketing }) => EmailMarketing !== false)).toEqual([]);
  const event = await system.outcome(optOut.id);
  expect(event).toMatchObject({
    state: 'synced',
    notes: [`reached: ${String(PEOPLE)} addresses at the domain`],
  });
  expect(event).not.toHaveProperty('progress');
  // The item keeps the first hundred, of all turns.
  expect(event).toMatchObject({ actions: { length: 100 } });
});

test('the opt-out of a domain misses nobody if records are deleted while its pages are read', async () => {
  const clock = new VirtualClock();
  const system = openHarness({
    clock,
    network: (request) => {
      const url = new URL(request.url);
      if (url.searchParams.has('page-size')) url.searchParams.set('page-size', '100');
      return system.simulator.handle(new Request(url, request));
    },
  });
  const candidates = Array.from({ length: 250 }, (_, n) => ({
    ...{ FirstName: 'Ann', Surname: `Lee ${String(n)}`, EmailMarketing: true },
    EmailAddress: `ann${String(n)}@big.example`,
  }));
  system.simulator.seed(AGENCY, { candidates });
  system.simulator.faults.add({ kind: 'row-deleted', endpoint: 'GET /candidates/search', times: 3 });

  const optOut = makeEvent('domain.opted_out', 1, { domain: 'big.example' });
  await system.receive([optOut]);
  await drainTurns(system, clock);

  const left = system.simulator.state(AGENCY).candidates;
  expect(left).toHaveLength(candidates.length - 3);
  expect(left.filter(({ EmailMarketing }) => EmailMarketing !== false)).toEqual([]);
  expect(await system.outcome(optOut.id)).toMatchObject({ state: 'synced' });
});
