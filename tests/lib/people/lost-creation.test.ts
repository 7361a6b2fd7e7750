/** A creation whose answer was lost, and events that come while its outcome is unknown. */
import { expect, test } from '@jest/globals';
import { ann, annAsContact, at, say, seededCandidate } from '../../model/cases/case.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness, TENANT_ID } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const LOST = ['drop', 'hang', 'garbage'] as const;

test.each(
  LOST.flatMap((kind) => [[kind, 'candidates', ann()] as const, [kind, 'contacts', annAsContact()] as const]),
)(
  '%s on %s: notes from before the creation stay skipped, later ones are written',
  async (kind, of, person) => {
    const clock = new VirtualClock();
    const system = openHarness({ clock });
    system.simulator.faults.add({ kind, applied: true, endpoint: `POST /${of}` });
    await system.receive([say('e1', 10, 'record.created', person)]);
    const turn = system.makeInstance().handle({ tenantId: TENANT_ID }, 75_000);
    await clock.advance(3_000);
    const note = (id: string, minute: number, text: string) =>
      makeEvent('note.added', 0, {
        ...{ id, occurredAt: at(minute), record: person },
        note: { id: `note-${id}`, text, channel: 'call' },
      });

    // While it is not known yet whether the creation took effect.
    await system.receive([note('before', 5, 'Too early'), note('after', 15, 'In time')]);
    await clock.run(turn);
    await drainTurns(system, clock);

    expect(await system.outcome('before')).toMatchObject({ state: 'skipped', reason: 'not-in-firefish' });
    expect(await system.outcome('after')).toMatchObject({ state: 'synced' });
    const { [of]: records, actions } = system.simulator.state(AGENCY);
    expect(records).toHaveLength(1);
    expect(actions.map(({ Note }) => Note)).toEqual([expect.stringContaining('In time')]);
    expect(await system.outcome('e1')).toMatchObject({
      state: 'synced',
      actions: expect.arrayContaining([
        expect.objectContaining({ ref: records[0]!.Ref, operation: 'created' }),
      ]),
    });
  },
);

test('a lost creation is looked for by what it can have created, if people are not matched by address', async () => {
  const seed = { candidates: [{ ...seededCandidate(101, 'ann@x.example'), CreatedDaysAgo: 400 }] };
  const clock = new VirtualClock();
  const system = openHarness({ clock, settings: { mergeWithExisting: false } });
  system.simulator.seed(AGENCY, seed);
  await system.receive([say('e0', 9, 'record.created', ann({ candidateId: 'sw_other' }))]);
  await drainTurns(system, clock);
  // Neither an earlier record nor another person's record counts as the created one.
  for (const [kind, applied] of [
    ['before', false],
    ['after', true],
  ] as const) {
    system.simulator.faults.add({ kind: 'drop', applied, endpoint: 'POST /candidates' });
    const before = system.simulator.state(AGENCY).candidates.length;
    await system.receive([
      say(`e-${kind}`, 10, 'record.created', ann({ candidateId: `sw_${kind}`, lastName: kind })),
    ]);
    await drainTurns(system, clock);

    const { candidates } = system.simulator.state(AGENCY);
    expect(candidates).toHaveLength(before + 1);
    expect(candidates.at(-1)).toMatchObject({ Surname: kind });
    expect(await system.outcome(`e-${kind}`)).toMatchObject({
      actions: [{ ref: candidates.at(-1)!.Ref, operation: 'created' }],
    });
  }
});

test('a record whose address was replaced by a write of which the answer was lost counts as theirs from the old address on', async () => {
  const clock = new VirtualClock();
  const system = openHarness({ clock });
  system.simulator.seed(AGENCY, { candidates: [seededCandidate(101, 'old@x.example')] });
  system.simulator.faults.add({ kind: 'drop', applied: true, endpoint: 'PATCH /candidates/{ref}' });
  const first = say('e1', 10, 'record.updated', ann({ emails: ['old@x.example'] }));
  const note = makeEvent('note.added', 0, {
    ...{ id: 'e2', occurredAt: at(20), record: ann({ emails: ['old@x.example'] }) },
    note: { id: 'n', text: 'Between', channel: 'call' },
  });
  const last = say('e3', 30, 'record.updated', ann({ emails: ['new@x.example'], role: 'CTO' }));
  await system.receive([first, last]);
  await drainTurns(system, clock);
  await system.receive([note]);
  await drainTurns(system, clock);

  expect(await system.outcome('e2')).toMatchObject({ state: 'synced' });
  const { candidates, actions } = system.simulator.state(AGENCY);
  expect(candidates).toMatchObject([{ EmailAddress: 'new@x.example', JobTitle: 'CTO' }]);
  expect(actions.map(({ Note }) => Note)).toEqual([expect.stringContaining('Between')]);
});
