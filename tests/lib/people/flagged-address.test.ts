/** People who are known by an address alone, and whose address is found wrong. */
import { expect, test } from '@jest/globals';
import { drainTurns } from '../../support/drain-turns.ts';
import { makeEvent } from '../../support/events.ts';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const ADDRESS = 'kim@client.example';
const kim = { candidateId: '', kind: 'candidate', emails: [ADDRESS] };

function open() {
  const clock = new VirtualClock();
  const harness = openHarness({ clock, random: () => 0.5 });
  const push = async (event: SourceWhaleEvent): Promise<string | undefined> => {
    await clock.run(harness.receive([event]));
    await drainTurns(harness, clock);
    return (await harness.outcome(event.id))?.state;
  };
  return { push, candidates: () => harness.simulator.state(AGENCY).candidates };
}

const created = (n: number, names: object): SourceWhaleEvent =>
  makeEvent('record.created', n, { record: { ...kim, ...names } });
const flagged = (n: number): SourceWhaleEvent =>
  makeEvent('email.flagged', n, { record: kim, email: ADDRESS });

test('each flag by an address alone ends, also the same again', async () => {
  const { push } = open();
  expect(await push(created(1, { firstName: 'Kim', lastName: 'Dale' }))).toBe('synced');
  expect(await push(flagged(2))).toBe('synced');
  expect(await push(flagged(3))).toMatch(/synced|skipped/);
  expect(await push(flagged(4))).toMatch(/synced|skipped/);
});

test('who has the address from the flag on is another person', async () => {
  const { push, candidates } = open();
  await push(created(1, { firstName: 'Kim', lastName: 'Dale' }));
  await push(flagged(2));
  expect(await push(created(3, { firstName: 'Kim', lastName: 'Dale', role: 'CTO' }))).toBe('synced');
  expect(candidates().map(({ JobTitle }) => JobTitle)).toEqual([null, 'CTO']);
});
