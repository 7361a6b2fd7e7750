/** The verb `decide` from the operator's question to Firefish's end, with the real turn in virtual time. */
import { expect, test } from '@jest/globals';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY } from '../../support/harness.ts';
import { openTenant } from './stage.ts';

const ben = (more: Record<string, unknown> = {}) => ({
  record: ann({
    ...{ candidateId: 'sw-ben', kind: 'contact', company: 'Acme', firstName: 'Ben', lastName: 'Pike' },
    ...more,
  }),
});

/**
 * Ann is a contact and a candidate in Firefish; three events of Ben, who has her address, arrive in reverse order.
 */
async function openConflict() {
  const tenant = await openTenant();
  const seeded = { FirstName: 'Ann', Surname: 'Moor', EmailAddress: 'ann@client.example', JobTitle: 'Buyer' };
  tenant.harness.simulator.seed(AGENCY, {
    candidates: [{ Ref: 12, ...seeded }],
    contacts: [{ Ref: 12, ...seeded }],
  });
  const events = [
    makeEvent('record.created', 1, ben({ role: 'Lead' })),
    makeEvent('record.updated', 2, ben({ role: 'Head' })),
    makeEvent('note.added', 3, { ...ben(), note: { id: 'n', text: 'Rang', channel: 'call' } }),
  ] as const;
  for (const event of events.toReversed()) await tenant.push(event);
  const rows = () => {
    const { candidates, contacts, actions } = tenant.harness.simulator.state(AGENCY);
    const named = (of: readonly Record<string, unknown>[]) =>
      of.map(({ FirstName, Surname, JobTitle }) => [FirstName, Surname, JobTitle].join(' '));
    return {
      candidates: named(candidates),
      contacts: named(contacts),
      notes: actions.filter(({ Note }) => typeof Note === 'string').map((one) => one['ContactRef']),
    };
  };
  const states = async () =>
    Promise.all(events.map(async ({ id }) => (await tenant.harness.outcome(id))?.state));
  return { ...tenant, event: events[0].id, rows, states };
}

test('same-person links the named record, and all waiting events are worked on in event order', async () => {
  const { ask, verb, drain, event, rows, states } = await openConflict();
  const waiting = (await ask('decisions', {})) as { event: string; records: unknown }[];
  expect(waiting).toHaveLength(3);
  expect(waiting.find((one) => one.event === event)?.records).toEqual([
    { entity: 'candidate', ref: 12 },
    { entity: 'contact', ref: 12 },
  ]);
  await expect(ask('decide', { event, as: 'same-person' })).rejects.toThrow('candidate:12, contact:12');

  expect(await verb('decide', { event, as: 'same-person', ref: 'contact:12' })).toEqual({
    event,
    state: 'queued',
  });
  await drain();

  expect(await states()).toEqual(['synced', 'synced', 'synced']);
  expect(rows()).toEqual({ candidates: ['Ann Moor Buyer'], contacts: ['Ben Pike Head'], notes: [12] });
  expect(await ask('decisions', {})).toEqual([]);
  await expect(ask('decide', { event, as: 'someone-else' })).rejects.toThrow('does not wait');
});

test('someone-else creates a second person, permanently', async () => {
  const { verb, drain, push, event, rows, states, harness } = await openConflict();

  await verb('decide', { event, as: 'someone-else' });
  await drain();

  expect(await states()).toEqual(['synced', 'synced', 'synced']);
  const { candidates, contacts, notes } = rows();
  expect({ candidates, contacts }).toEqual({
    candidates: ['Ann Moor Buyer'],
    contacts: ['Ann Moor Buyer', 'Ben Pike Head'],
  });
  expect(notes).toHaveLength(1);
  const later = makeEvent('record.updated', 9, ben({ role: 'Boss' }));
  await push(later);
  expect((await harness.outcome(later.id))?.state).toBe('synced');
  expect(rows().contacts).toEqual(['Ann Moor Buyer', 'Ben Pike Boss']);
});
