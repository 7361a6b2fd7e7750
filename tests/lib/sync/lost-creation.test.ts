/** A creation whose answer was lost, and events that come while it is not known yet what became of it. */
import { expect, test } from '@jest/globals';
import { ann, annAsContact, at, say, seededCandidate } from '../../model/cases/case.ts';
import { drain } from '../../support/drain.ts';
import { makeEvent } from '../../support/events.ts';
import { AGENCY } from '../../support/in-process.ts';
import { openStage } from '../../support/stage.ts';

const LOST = ['drop-after', 'hang-after', 'garbage-after'] as const;

test.each(
  LOST.flatMap((kind) => [[kind, 'candidates', ann()] as const, [kind, 'contacts', annAsContact()] as const]),
)('%s on %s: notes of before the creation stay skipped, later ones are written', async (kind, of, person) => {
  const { system, clock } = await openStage();
  system.simulator.faults.add({ kind, endpoint: `POST /${of}`, times: 1 });
  await system.receive([say('e1', 10, 'record.created', person)]);
  const worker = system.makeWorker();
  await clock.run(worker.handle(system.queue.take(10)));
  const note = (id: string, minute: number, text: string) =>
    makeEvent('note.added', 0, {
      ...{ id, occurredAt: at(minute), record: person },
      note: { id: `note-${id}`, text, channel: 'call' },
    });

  // Until it can no longer land; and then by a worker who has not the creating event in hand.
  await clock.advance(60_000);
  await system.receive([note('before', 5, 'Too early'), note('after', 15, 'In time')]);
  const messages = Map.groupBy(system.queue.take(10), (message) => 'eventId' in message);
  await clock.run(worker.handle(messages.get(true) ?? []));
  await system.queue.send(messages.get(false) ?? []);
  await drain(system, clock);

  expect(await system.outcome('before')).toMatchObject({ state: 'skipped', reason: 'not-in-firefish' });
  expect(await system.outcome('after')).toMatchObject({ state: 'synced' });
  const { [of]: records, actions } = system.simulator.state(AGENCY);
  expect(records).toHaveLength(1);
  expect(actions.map(({ Note }) => Note)).toEqual([expect.stringContaining('In time')]);
  // Whoever looks up what became of it is not the one who made it.
  expect(await system.outcome('e1')).toMatchObject({
    state: 'synced',
    actions: expect.arrayContaining([
      expect.objectContaining({ ref: records[0]!.Ref, operation: 'created' }),
    ]),
  });
});

test('is looked for among what it can have made, where addresses tie nobody', async () => {
  const seed = { candidates: [{ ...seededCandidate(101, 'ann@x.example'), CreatedDaysAgo: 400 }] };
  const { system, clock } = await openStage({ seed, settings: { mergeWithExisting: false } });
  await system.receive([say('e0', 9, 'record.created', ann({ candidateId: 'sw_other' }))]);
  await drain(system, clock);
  // Neither is there before it could have been made, nor is what was made of somebody else hers.
  for (const kind of ['drop-before', 'drop-after'] as const) {
    system.simulator.faults.add({ kind, endpoint: 'POST /candidates', times: 1 });
    const before = system.simulator.state(AGENCY).candidates.length;
    await system.receive([
      say(`e-${kind}`, 10, 'record.created', ann({ candidateId: `sw_${kind}`, lastName: kind })),
    ]);
    await drain(system, clock);

    const { candidates } = system.simulator.state(AGENCY);
    expect(candidates).toHaveLength(before + 1);
    expect(candidates.at(-1)).toMatchObject({ Surname: kind });
    expect(await system.outcome(`e-${kind}`)).toMatchObject({
      actions: [{ ref: candidates.at(-1)!.Ref, operation: 'created' }],
    });
  }
});
