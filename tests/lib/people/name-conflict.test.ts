/** Names can veto: two people who share an address are not one person, and a person decides. */
import { innerId } from '../../../lib/events/inner-id.ts';
import { describe, expect, test } from '@jest/globals';
import { readAmbiguous, readDecisions } from '../../../lib/admin/events/decisions.ts';
import { eventOf, type SourceWhaleEvent } from '../../support/former-event.ts';
import type { InternalEvent } from '../../../lib/events/internal-event.ts';
import type { Settings } from '../../../lib/tenants/settings.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { instant, makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness, TENANT_ID } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

type Row = Record<string, unknown> & { Ref: number };

function open(seed: { candidates?: Row[]; contacts?: Row[] } = {}, settings: Partial<Settings> = {}) {
  const clock = new VirtualClock();
  const harness = openHarness({ clock, settings });
  const filled = (rows: Row[]): Row[] =>
    rows.map((row) => ({ CreatedDaysAgo: 10, EmailMarketing: true, ...row }));
  harness.simulator.seed(AGENCY, {
    candidates: filled(seed.candidates ?? []),
    contacts: filled(seed.contacts ?? []),
    companies: [],
  }); // rows as the seed's schema wants them
  const push = async (...events: SourceWhaleEvent[]): Promise<void> => {
    await clock.run(harness.receive(events));
    await drainTurns(harness, clock);
  };
  let decisions = 0;
  return {
    push,
    each: async (...events: SourceWhaleEvent[]): Promise<void> => {
      for (const event of events) await push(event);
    },
    outcome: async ({ id }: SourceWhaleEvent) => {
      const { state, reason, notes, actions } = (await harness.outcome(id)) as never as Record<
        string,
        unknown
      >;
      return { state, ...(reason === undefined ? {} : { reason }), notes, actions };
    },
    ended: async ({ id }: SourceWhaleEvent): Promise<string> => {
      const { state, reason } = (await harness.outcome(id)) as { state: string; reason?: string };
      return reason === undefined ? state : `${state}: ${reason}`;
    },
    decide: async (
      event: SourceWhaleEvent,
      as: 'same-person' | 'someone-else',
      match?: { kind: 'candidate' | 'contact'; ref: number },
    ): Promise<void> => {
      decisions += 1;
      const decision: InternalEvent = {
        ...{ type: 'internal.decide', id: innerId(`decision-${String(decisions)}`), occurredAt: instant(0) },
        ...{ eventId: innerId(event.id), as },
        ...(match === undefined ? {} : { match }),
      };
      await clock.run(harness.intake.acceptInternal(TENANT_ID, decision));
      await drainTurns(harness, clock);
    },
    waiting: () => clock.run(readDecisions(harness.table, TENANT_ID)),
    ambiguous: () => clock.run(readAmbiguous(harness.table, TENANT_ID)),
    contacts: () => harness.simulator.state(AGENCY).contacts as unknown as Row[],
    candidates: () => harness.simulator.state(AGENCY).candidates as unknown as Row[],
    ...{ harness, clock },
  };
}

const INFO = 'info@client.example';
const annMoor = { Ref: 201, FirstName: 'Ann', Surname: 'Moor', EmailAddress: INFO, JobTitle: 'Buyer' };
const person = (candidateId: string, name: string, rest: Record<string, unknown> = {}) => {
  const [firstName = '', ...last] = name.split(' ');
  const lastName = last.join(' ');
  return {
    record: {
      ...{ candidateId, kind: 'contact', company: 'Client', emails: [INFO] },
      ...(firstName !== '' && { firstName }),
      ...(lastName !== '' && { lastName }),
      ...rest,
    },
  };
};
const names = (rows: readonly Row[]): string[] =>
  rows.map(({ FirstName, Surname }) => [FirstName, Surname].filter(Boolean).join(' ')).sort();

describe('a record with a contradicting name', () => {
  test('is not changed, and the event waits with its ref', async () => {
    const { push, outcome, contacts, waiting } = open({ contacts: [annMoor] });
    const created = makeEvent('record.created', 1, person('ben', 'Ben Pike', { role: 'Lead' }));

    await push(created);

    expect(await outcome(created)).toMatchObject({
      ...{ state: 'skipped', reason: 'name-conflict', actions: [] },
      notes: ['name-conflict: contact 201'],
    });
    expect(contacts()).toMatchObject([{ Ref: 201, FirstName: 'Ann', Surname: 'Moor', JobTitle: 'Buyer' }]);
    expect(await waiting()).toEqual([
      { event: created.id, type: 'record.created', records: [{ entity: 'contact', ref: 201 }] },
    ]);
  });

  test('stays unchanged if the decision is someone-else, and a second record is created', async () => {
    const { push, decide, ended, contacts, waiting } = open({ contacts: [annMoor] });
    const created = makeEvent('record.created', 1, person('ben', 'Ben Pike'));
    const updated = makeEvent('record.updated', 2, person('ben', 'Ben Pike', { role: 'Lead' }));
    await push(created);
    await push(updated);
    expect([await ended(created), await ended(updated)]).toEqual([
      'skipped: name-conflict',
      'skipped: name-conflict',
    ]);

    await decide(created, 'someone-else');

    expect([await ended(created), await ended(updated)]).toEqual(['synced', 'synced']);
    expect(names(contacts())).toEqual(['Ann Moor', 'Ben Pike']);
    expect(contacts().find(({ FirstName }) => FirstName === 'Ben')).toMatchObject({ JobTitle: 'Lead' });
    expect(await waiting()).toEqual([]);
  });

  test('gets the new name and the later changes if the decision is same-person', async () => {
    const { push, decide, ended, contacts } = open({ contacts: [annMoor] });
    const created = makeEvent('record.created', 1, person('ben', 'Ben Pike'));
    const later = makeEvent('record.updated', 3, person('ben', 'Ben Pike', { role: 'Head' }));
    await push(later);
    await push(created);

    await decide(created, 'same-person', { kind: 'contact', ref: 201 });

    expect(contacts()).toMatchObject([{ Ref: 201, FirstName: 'Ben', Surname: 'Pike', JobTitle: 'Head' }]);
    expect([await ended(created), await ended(later)]).toEqual(['synced', 'synced']);
  });

  test.each([
    ['update', ['Ben Pike']],
    ['create', ['Ann Moor', 'Ben Pike']],
  ] as const)('is decided about at once if nameConflict is %s', async (nameConflict, left) => {
    const { push, ended, contacts } = open({ contacts: [annMoor] }, { nameConflict });
    const created = makeEvent('record.created', 1, person('ben', 'Ben Pike'));

    await push(created);

    expect(await ended(created)).toBe('synced');
    expect(names(contacts())).toEqual([...left]);
  });

  test('of someone new in the same request is in its preview, as the push then does it', async () => {
    const { push, ended, harness, clock } = open();
    const elsewhere = { emails: ['ben@client.example'] };
    const events = [
      makeEvent('record.created', 2, person('ben', 'Ben Pike')),
      makeEvent('record.created', 1, person('ann', 'Ann Moor')),
      makeEvent('record.updated', 3, person('ann', 'Ann Moor', { role: 'Buyer' })),
      makeEvent('marketing.opted_out', 4, person('ben', 'Ben Pike')),
      makeEvent('record.created', 5, person('cat', 'Cat Hill', elsewhere)),
      makeEvent('note.added', 6, {
        ...person('ben', 'Ben Pike'),
        note: { id: 'n1', text: 'Hello', channel: 'call' },
      }),
    ];
    const said = await clock.run(harness.preview(harness.tenant, events.map(eventOf)));

    await push(...events);

    const shown = events.map(({ id }) => said.get(id)).map((one) => [one?.state, one?.reason]);
    const done = await Promise.all(events.map(ended));
    expect(shown.map((parts) => parts.filter(Boolean).join(': '))).toEqual(done);
    expect(done).toEqual([
      'skipped: name-conflict',
      'synced',
      'synced',
      'synced',
      'synced',
      'skipped: name-conflict',
    ]);
    expect(said.get(events[0]?.id ?? '')?.notes).toEqual([
      `name-conflict: the record that ${String(events[1]?.id)} creates`,
    ]);
  });

  test('does not matter where addresses tie nobody together, in a preview either', async () => {
    const { push, outcome, harness, clock, contacts } = open({}, { mergeWithExisting: false });
    const events = [
      makeEvent('record.created', 1, person('ann', 'Ann Moor')),
      makeEvent('record.created', 2, person('ann-2', 'Ann Moor')),
      makeEvent('record.created', 3, person('ben', 'Ben Pike')),
    ];
    const said = await clock.run(harness.preview(harness.tenant, events.map(eventOf)));

    await push(...events);

    const done = await Promise.all(events.map(outcome));
    const created = { state: 'synced', actions: [{ operation: 'created' }] };
    expect(events.map(({ id }) => said.get(id))).toMatchObject([created, created, created]);
    expect(done).toMatchObject([created, created, created]);
    expect(contacts()).toHaveLength(3);
  });

  test('does not prevent a match with a record whose name agrees, and that match ends the wait', async () => {
    const benPike = { Ref: 202, FirstName: 'Ben', Surname: 'Pike', EmailAddress: 'ben@client.example' };
    const { push, ended, contacts, waiting } = open({ contacts: [annMoor, benPike] });
    const waits = makeEvent('record.updated', 1, person('ben', 'Ben Pike', { role: 'Lead' }));
    await push(waits);
    expect(await ended(waits)).toBe('skipped: name-conflict');

    const matches = makeEvent(
      'record.updated',
      2,
      person('ben', 'Ben Pike', { emails: ['ben@client.example', INFO] }),
    );
    await push(matches);

    expect([await ended(waits), await ended(matches)]).toEqual(['synced', 'synced']);
    expect(contacts()).toMatchObject([
      { Ref: 201, FirstName: 'Ann', JobTitle: 'Buyer' },
      { Ref: 202, FirstName: 'Ben', JobTitle: 'Lead' },
    ]);
    expect(await waiting()).toEqual([]);
  });

  test('does not prevent a note on the record whose name agrees, once that is found', async () => {
    const benPike = { Ref: 202, FirstName: 'Ben', Surname: 'Pike', EmailAddress: 'ben@client.example' };
    const { each, ended, contacts, harness } = open({ contacts: [annMoor, benPike] });
    const waits = makeEvent('record.updated', 1, person('ben', 'Ben Pike', { role: 'Lead' }));
    const note = makeEvent('note.added', 2, {
      ...person('ben', 'Ben Pike'),
      note: { id: 'n1', text: 'Called.', channel: 'call' },
    });
    const emails = ['ben@client.example', INFO];

    await each(waits, note, makeEvent('record.updated', 3, person('ben', 'Ben Pike', { emails })));

    expect([await ended(waits), await ended(note)]).toEqual(['synced', 'synced']);
    expect(contacts()).toHaveLength(2);
    expect(harness.simulator.state(AGENCY).actions).toHaveLength(1);
  });

  test('is opted out nevertheless, and never opted in', async () => {
    const { push, ended, contacts, harness } = open({ contacts: [annMoor] });
    const created = makeEvent('record.created', 1, person('ben', 'Ben Pike'));
    const out = makeEvent('marketing.opted_out', 2, person('ben', 'Ben Pike', {}));
    await push(created);

    await push({ ...out, marketing: {} } as SourceWhaleEvent);
    expect(contacts()).toMatchObject([{ Ref: 201, EmailMarketing: false, FirstName: 'Ann' }]);
    expect(await ended(out)).toBe('synced');

    const into = makeEvent('marketing.opted_in', 3, person('ben', 'Ben Pike'));
    await push(into);
    expect(await ended(into)).toBe('skipped: name-conflict');
    expect(contacts()).toMatchObject([{ Ref: 201, EmailMarketing: false }]);
    // Contacts have no field for SMS and post: the opt-out left a note, the opt-in none.
    expect(harness.simulator.state(AGENCY).actions).toMatchObject([
      { Note: expect.stringContaining('Opted out') },
    ]);
  });

  test('loses an address that is flagged as wrong', async () => {
    const { push, contacts } = open({ contacts: [annMoor] });
    await push(makeEvent('record.created', 1, person('ben', 'Ben Pike')));
    await push(makeEvent('email.flagged', 2, { ...person('ben', 'Ben Pike'), email: INFO }));
    expect(contacts()).toMatchObject([{ Ref: 201, FirstName: 'Ann', EmailAddress: null }]);
  });

  test('does not keep a link that was made while the name was missing', async () => {
    const { push, ended, contacts } = open({ contacts: [annMoor] });
    const note = makeEvent('note.added', 1, {
      ...person('ben', ''),
      note: { id: 'n1', text: 'Hello', channel: 'email' },
    });
    const created = makeEvent('record.created', 2, person('ben', 'Ben Pike'));

    await push(note);
    await push(created);

    expect(await ended(created)).toBe('skipped: name-conflict');
    expect(names(contacts())).toEqual(['Ann Moor']);
  });

  test('stays linked if the link was right before the name changed', async () => {
    const { push, ended, contacts } = open({ contacts: [annMoor] });
    await push(makeEvent('record.updated', 1, person('ann', 'Ann Moor')));
    const renamed = makeEvent('record.updated', 2, person('ann', 'Beth Pike'));
    await push(renamed);
    expect(await ended(renamed)).toBe('synced');
    expect(names(contacts())).toEqual(['Beth Pike']);
  });

  test.each([
    [{ FirstName: 'Ann' }, 'Ben Pike', 'skipped: name-conflict'],
    [{ FirstName: 'Ann' }, 'Ann Pike', 'synced'],
    [{ FirstName: 'Maria', Surname: 'de la Cruz' }, 'Juan de la Rosa', 'skipped: name-conflict'],
    [{ FirstName: 'Seán', Surname: 'O’Brien' }, 'Sean OBrien', 'synced'],
    [{ FirstName: 'Robert', Surname: 'Hale' }, 'Bob Hale', 'synced'],
    [{ FirstName: 'Mei', Surname: 'Chen' }, 'Chen Mei', 'synced'],
    [{ FirstName: '王伟' }, '王伟', 'synced'],
    [{ FirstName: 'Александр', Surname: 'Иванов' }, 'Alexander Ivanov', 'synced'],
  ])('with the name %j, and an event with the name %s: %s', async (before, name, wanted) => {
    const { push, ended } = open({ contacts: [{ Ref: 201, EmailAddress: INFO, ...before }] });
    const created = makeEvent('record.created', 1, person('x', name));
    await push(created);
    expect(await ended(created)).toBe(wanted);
  });
});

describe('people in SourceWhale who share an address', () => {
  test('are two people if their names contradict: each gets a separate record', async () => {
    const benPike = { Ref: 202, FirstName: 'Ben', Surname: 'Pike', EmailAddress: INFO };
    const { each, contacts } = open({ contacts: [annMoor, benPike] });
    await each(
      makeEvent('record.updated', 1, person('ann', 'Ann Moor', { role: 'Head' })),
      makeEvent('record.updated', 2, person('ben', 'Ben Pike', { role: 'Lead' })),
    );
    expect(contacts()).toMatchObject([
      { Ref: 201, FirstName: 'Ann', JobTitle: 'Head' },
      { Ref: 202, FirstName: 'Ben', JobTitle: 'Lead' },
    ]);
  });

  test.each(['ann', undefined])(
    'do not become one if the work on the first fails before anything is stored of them (id %s)',
    async (candidateId) => {
      const benPike = { ...annMoor, Ref: 202, FirstName: 'Ben', Surname: 'Pike' };
      const { push, contacts, ended, harness } = open({ contacts: [annMoor, benPike] });
      const search = { status: 409, endpoint: 'GET /candidates/search', times: 1 };
      harness.simulator.faults.add({ kind: 'status', ...search });
      const ben = makeEvent('record.updated', 1, person('ben', 'Ben Pike', { role: 'Lead' }));
      const anns = person('ann', 'Ann Moor', { role: 'CTO', candidateId });
      const annUpdated = makeEvent('record.updated', 2, anns);

      await push(ben, annUpdated);

      expect([await ended(ben), await ended(annUpdated)]).toEqual(['synced', 'synced']);
      expect(contacts()).toMatchObject([
        { FirstName: 'Ann', JobTitle: 'CTO' },
        { FirstName: 'Ben', JobTitle: 'Lead' },
      ]);
    },
  );

  test('do not become one if a manager’s list has the assistant’s address', async () => {
    const boss = { Ref: 201, FirstName: 'Max', Surname: 'Orr', EmailAddress: 'boss@client.example' };
    const pa = { Ref: 202, FirstName: 'Kim', Surname: 'Dale', EmailAddress: 'pa@client.example' };
    const { each, contacts } = open({ contacts: [boss, pa] });
    await each(
      makeEvent(
        'record.updated',
        1,
        person('boss', 'Max Orr', { emails: ['boss@client.example', 'pa@client.example'], role: 'CEO' }),
      ),
      makeEvent('record.updated', 2, person('pa', 'Kim Dale', { emails: ['pa@client.example'], role: 'PA' })),
    );
    expect(contacts()).toMatchObject([
      { Ref: 201, FirstName: 'Max', JobTitle: 'CEO', EmailAddress: 'boss@client.example' },
      { Ref: 202, FirstName: 'Kim', JobTitle: 'PA', EmailAddress: 'pa@client.example' },
    ]);
  });

  test('are matched on the side (candidate or contact) where the name agrees', async () => {
    const { push, ended, contacts, candidates } = open({
      candidates: [{ Ref: 101, FirstName: 'Max', Surname: 'Orr', EmailAddress: 'max@client.example' }],
      contacts: [{ Ref: 201, FirstName: 'Kim', Surname: 'Dale', EmailAddress: 'pa@client.example' }],
    });
    const updated = makeEvent(
      'record.updated',
      1,
      person('max', 'Max Orr', { emails: ['max@client.example', 'pa@client.example'], role: 'CTO' }),
    );
    await push(updated);
    expect(await ended(updated)).toBe('synced');
    expect(candidates()).toMatchObject([{ Ref: 101, JobTitle: 'CTO' }]);
    expect(names(contacts())).toEqual(['Kim Dale']);
  });

  test('opt each other out, and only a newer opt-in of a person opts that person’s record in again', async () => {
    const benPike = { Ref: 202, FirstName: 'Ben', Surname: 'Pike', EmailAddress: INFO };
    const { each, contacts } = open({ contacts: [annMoor, benPike] });
    const word = (type: string, at: number, id: string, name: string): SourceWhaleEvent =>
      makeEvent(type, at, person(id, name));
    await each(
      word('record.updated', 1, 'ann', 'Ann Moor'),
      word('record.updated', 2, 'ben', 'Ben Pike'),
      word('marketing.opted_out', 3, 'ben', 'Ben Pike'),
    );
    expect(contacts()).toMatchObject([{ EmailMarketing: false }, { EmailMarketing: false }]);
    await each(word('marketing.opted_in', 5, 'ann', 'Ann Moor'));
    expect(contacts()).toMatchObject([{ EmailMarketing: true }, { EmailMarketing: false }]);
    // Late, and older than Ann's own opt-in.
    await each(word('marketing.opted_out', 4, 'ben', 'Ben Pike'));
    expect(contacts()).toMatchObject([{ EmailMarketing: true }, { EmailMarketing: false }]);
  });

  test.each([
    ['the opt-out comes last', ['ben', 'ann', 'out']],
    ['the opt-out comes first', ['out', 'ann', 'ben']],
    ['the other person comes first', ['ann', 'ben', 'out']],
    ['the address comes last', ['out', 'ben', 'ann']],
  ])('are opted out by the address also if the opt-out names only the id and %s', async (_, order) => {
    const { each, contacts, harness } = open({ contacts: [annMoor] });
    const said: Record<string, (at: number) => SourceWhaleEvent> = {
      ann: (at) => makeEvent('record.updated', at, person('ann', 'Ann Moor')),
      ben: (at) => makeEvent('record.updated', at, person('ben', 'Ben Pike')),
      out: (at) => makeEvent('marketing.opted_out', at, { record: { candidateId: 'ben' } }),
    };
    await each(...order.flatMap((name, place) => said[name]?.(place + 1) ?? []));
    expect(contacts()).toMatchObject([{ FirstName: 'Ann', EmailMarketing: false }]);
    expect(harness.simulator.state(AGENCY).candidates).toEqual([]);
  });

  test('are opted out by the address, and the event says if a record of the other refuses it', async () => {
    const { each, outcome, harness, contacts } = open();
    const opted = makeEvent('marketing.opted_out', 3, person('ben', 'Ben Pike'));
    const again = makeEvent('marketing.opted_out', 4, person('ben', 'Ben Pike'));
    await each(
      makeEvent('record.created', 0, person('ann', 'Ann Moor')),
      makeEvent('record.created', 1, person('ben', 'Ben Pike')),
      makeEvent('marketing.opted_in', 2, person('ann', 'Ann Moor')),
    );
    const refusal = { kind: 'status', status: 400, endpoint: 'PATCH /contacts/{ref}', times: 1 } as const;
    harness.simulator.faults.add(refusal);

    await each(opted, again);

    expect(await outcome(opted)).toMatchObject({
      ...{ state: 'failed', reason: 'refused PATCH /contacts/{ref} 400: contact:1' },
    });
    expect(await outcome(again)).toMatchObject({ state: 'synced', notes: ['name-conflict: contact 1'] });
    expect(contacts()).toMatchObject([{ FirstName: 'Ann', EmailMarketing: false }]);
  });

  test('are opted out by an address that one of them gets from another id that is the same person', async () => {
    const { each, contacts } = open({ contacts: [annMoor] });
    const own = 'ben@home.example';
    await each(
      makeEvent('marketing.opted_out', 1, { record: { candidateId: 'ben-1', emails: [own] } }),
      makeEvent('record.updated', 2, person('ann', 'Ann Moor')),
      makeEvent('record.updated', 3, person('ben-2', 'Ben Pike')),
    );
    expect(contacts()).toMatchObject([{ EmailMarketing: true }]);
    await each(makeEvent('record.updated', 4, person('ben-2', 'Ben Pike', { emails: [own] })));
    expect(contacts()).toMatchObject([{ FirstName: 'Ann', EmailMarketing: false }]);
  });

  test('are separated if an id that had no name gets a contradicting name', async () => {
    const { each, ended, contacts } = open({ contacts: [annMoor] });
    const note = makeEvent('note.added', 2, {
      ...person('ben', ''),
      note: { id: 'n1', text: 'Hello', channel: 'email' },
    });
    const created = makeEvent('record.created', 3, person('ben', 'Ben Pike', { role: 'Lead' }));
    await each(makeEvent('record.updated', 1, person('ann', 'Ann Moor')), note, created);
    expect(await ended(created)).toBe('skipped: name-conflict');
    expect(contacts()).toMatchObject([{ FirstName: 'Ann', Surname: 'Moor', JobTitle: 'Buyer' }]);
    const opted = makeEvent('marketing.opted_in', 4, person('ben', 'Ben Pike'));
    await each(opted);
    expect(await ended(opted)).toBe('skipped: name-conflict');
  });

  test('are separated also if both ids had no name, and the other id was known before', async () => {
    const { each, ended, contacts } = open({ contacts: [annMoor] });
    const note = (at: number, rest: Record<string, unknown>): SourceWhaleEvent =>
      makeEvent('note.added', at, {
        ...rest,
        note: { id: `n${String(at)}`, text: 'Hello', channel: 'email' },
      });
    const created = makeEvent('record.created', 4, person('ben', 'Ben Pike', { role: 'Lead' }));
    await each(
      note(1, { record: { candidateId: 'ann' } }),
      note(2, person('ben', '')),
      makeEvent('record.updated', 3, person('ann', 'Ann Moor')),
      created,
    );
    expect(await ended(created)).toBe('skipped: name-conflict');
    expect(contacts()).toMatchObject([{ FirstName: 'Ann', Surname: 'Moor', JobTitle: 'Buyer' }]);
  });
});

describe('an id that had no name, and whose name contradicts now', () => {
  test('is not the first person’s any more: an opt-in by that id is not theirs', async () => {
    const { each, contacts } = open({}, { nameConflict: 'create' });
    await each(
      makeEvent('record.created', 1, person('ann', 'Ann Moor')),
      makeEvent('record.updated', 2, person('ben', '')),
      makeEvent('record.created', 3, person('ben', 'Ben Pike')),
      makeEvent('marketing.opted_in', 4, { record: { candidateId: 'ben' } }),
      makeEvent('record.updated', 5, person('ann', 'Ann Moor', { emails: [INFO, 'ann@client.example'] })),
    );

    const marketing = contacts().map(({ FirstName, EmailMarketing }) => [FirstName, EmailMarketing]);
    expect(Object.fromEntries(marketing)).toEqual({ Ann: false, Ben: true });
  });

  test('keeps the address that it said, so that its opt-out reaches everyone who has it', async () => {
    const { each, ended, contacts } = open({ contacts: [annMoor] });
    const note = (at: number, rest: Record<string, unknown>): SourceWhaleEvent =>
      makeEvent('note.added', at, { ...rest, note: { id: `n${at}`, text: 'Hello', channel: 'email' } });
    const later = note(3, person('ben', 'Ben Pike', { emails: [] }));
    await each(
      note(1, person('ben', '')),
      makeEvent('record.updated', 2, person('ann', 'Ann Moor')),
      later,
      makeEvent('marketing.opted_out', 4, { record: { candidateId: 'ben' } }),
    );
    expect(await ended(later)).toBe('skipped: name-conflict');
    expect(contacts()).toMatchObject([{ FirstName: 'Ann', EmailMarketing: false }]);
  });
});

describe('of several matching records, the one that is used', () => {
  const twin = { FirstName: 'Ann', EmailAddress: INFO };

  test('has more words of the name in common, then is not archived, and the notes say so', async () => {
    const { push, outcome, contacts, ambiguous } = open({
      contacts: [
        { ...twin, Ref: 201, Surname: 'Pike' },
        { ...twin, Ref: 202, Surname: 'Moor', IsArchived: true },
        { ...twin, Ref: 203, Surname: 'Hale' },
      ],
    });
    const updated = makeEvent('record.updated', 1, person('ann', 'Ann Moor', { role: 'Lead' }));
    await push(updated);
    expect((await outcome(updated)).notes).toEqual([
      'ambiguous: contacts 201, 202, 203; 202 was used',
      'matched: contact 202 by e-mail address',
    ]);
    expect(contacts().find(({ Ref }) => Ref === 202)).toMatchObject({ JobTitle: 'Lead' });
    expect(await ambiguous()).toEqual([
      {
        ...{ event: updated.id, type: 'record.updated', used: { entity: 'contact', ref: 202 } },
        records: [201, 202, 203].map((ref) => ({ entity: 'contact', ref })),
      },
    ]);
  });
});
