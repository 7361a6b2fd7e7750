/** What each event shows of one creation that holds what several of them said. */
import { expect, test } from '@jest/globals';
import { ann, say } from '../../model/cases/case.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test('of events that are worked on together, one created the record, and each of the others shows its own fields', async () => {
  const clock = new VirtualClock();
  const system = openHarness({ clock });
  await system.receive([
    say('new', 1, 'record.created', ann()),
    say('role', 2, 'record.updated', ann({ role: 'Chef' })),
    say('repeat', 3, 'record.updated', ann({ role: 'Chef' })),
    say('city', 4, 'record.updated', ann({ city: 'Leeds' })),
    makeEvent('marketing.opted_out', 5, { id: 'out', record: ann() }),
  ]);
  await drainTurns(system, clock);

  const { candidates } = system.simulator.state(AGENCY);
  expect(candidates).toEqual([expect.objectContaining({ JobTitle: 'Chef', EmailMarketing: false })]);
  const ref = candidates[0]!.Ref;
  const actionsOf = async (id: string) => (await system.outcome(id))?.actions;
  expect(await actionsOf('new')).toEqual([
    expect.objectContaining({ entity: 'candidate', ref, operation: 'created' }),
  ]);
  const rest = await Promise.all(['role', 'repeat', 'city', 'out'].map(actionsOf));
  expect(rest).toEqual([
    [{ entity: 'candidate', ref, operation: 'unchanged' }],
    [{ entity: 'candidate', ref, operation: 'updated', fields: ['JobTitle'] }],
    [expect.objectContaining({ entity: 'candidate', ref, operation: 'updated' })],
    [{ entity: 'candidate', ref, operation: 'opted_out' }],
  ]);
});
