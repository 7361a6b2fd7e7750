/** Flagged addresses: whose they are after the flag, and what replaces them on a record. */
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
  const harness = openHarness({ clock });
  const pushAll = async (events: readonly SourceWhaleEvent[]): Promise<void> => {
    await clock.run(harness.receive([...events]));
    await drainTurns(harness, clock);
  };
  const push = async (event: SourceWhaleEvent): Promise<string | undefined> => {
    await pushAll([event]);
    return (await harness.outcome(event.id))?.state;
  };
  const { simulator } = harness;
  return {
    ...{ push, pushAll },
    simulator,
    outcome: (id: string) => harness.outcome(id),
    candidates: () => simulator.state(AGENCY).candidates,
  };
}

const created = (n: number, names: object): SourceWhaleEvent =>
  makeEvent('record.created', n, { record: { ...kim, ...names } });
const flagged = (n: number): SourceWhaleEvent =>
  makeEvent('email.flagged', n, { record: kim, email: ADDRESS });

test('a flag that has only an address ends, and so does its repeat', async () => {
  const { push } = open();
  expect(await push(created(1, { firstName: 'Kim', lastName: 'Dale' }))).toBe('synced');
  expect(await push(flagged(2))).toBe('synced');
  expect(await push(flagged(3))).toMatch(/synced|skipped/);
  expect(await push(flagged(4))).toMatch(/synced|skipped/);
});

test('a person who has the address after the flag is another person', async () => {
  const { push, candidates } = open();
  await push(created(1, { firstName: 'Kim', lastName: 'Dale' }));
  await push(flagged(2));
  expect(await push(created(3, { firstName: 'Kim', lastName: 'Dale', role: 'CTO' }))).toBe('synced');
  expect(candidates().map(({ JobTitle }) => JobTitle)).toEqual([null, 'CTO']);
});

const withEmails = (n: number, type: string, emails: string[], more: object = {}): SourceWhaleEvent =>
  makeEvent(type, n, {
    ...{ record: { candidateId: '1', kind: 'candidate', firstName: 'Kim', lastName: 'Dale', emails } },
    ...more,
  });

test.each([
  ['that SourceWhale has dropped', withEmails(2, 'record.updated', ['b@x.example'])],
  [
    'that only a note has named',
    withEmails(2, 'note.added', ['n@x.example'], { note: { id: 'n', text: 'Hello', channel: 'call' } }),
  ],
])('no address replaces a wrong one %s', async (_, second) => {
  const { push, candidates } = open();
  const first = second.type === 'note.added' ? 'b@x.example' : 'a@x.example';
  await push(withEmails(1, 'record.created', [first]));
  await push(second);
  await push(withEmails(3, 'email.flagged', ['b@x.example'], { email: 'b@x.example' }));
  // Firefish refuses an empty one for a candidate.
  expect(candidates().map(({ EmailAddress }) => EmailAddress)).toEqual(['b@x.example']);
});

test.each([
  ['by the address', makeEvent('marketing.opted_out', 3, { record: { emails: ['a@x.example'] } })],
  ['of its domain', makeEvent('domain.opted_out', 3, { domain: 'x.example' })],
])('an opt-out %s reaches the person whose address it was', async (_, optOut) => {
  for (const [there, kept] of [
    [['a@x.example'], 'a@x.example'],
    [['a@x.example', 'b@y.example'], 'b@y.example'],
  ] as const) {
    const { push, candidates } = open();
    await push(withEmails(0, 'record.created', [...there]));
    await push(withEmails(1, 'marketing.opted_in', [...there]));
    await push(withEmails(2, 'email.flagged', [...there], { email: 'a@x.example' }));
    expect(candidates()).toMatchObject([{ EmailAddress: kept, EmailMarketing: true }]);
    await push(optOut);
    expect(candidates()).toMatchObject([{ EmailMarketing: false }]);
  }
});

test('an opt-out by an address that was taken off the same person says what it did', async () => {
  const { push, outcome } = open();
  await push(withEmails(1, 'record.created', ['a@x.example', 'b@x.example']));
  await push(withEmails(2, 'marketing.opted_in', ['b@x.example']));
  await push(withEmails(3, 'email.flagged', ['b@x.example'], { email: 'a@x.example' }));
  const optOut = withEmails(4, 'marketing.opted_out', ['a@x.example']);
  await push(optOut);
  expect(await outcome(optOut.id)).toMatchObject({
    actions: [{ entity: 'candidate', operation: 'opted_out' }],
  });
});

test.each([
  ['was known', [withEmails(1, 'record.created', [ADDRESS, 'right@client.example'])]],
  ['was unknown', []],
])(
  'an address that was flagged for a person who %s matches no record any more, and opt-outs still go by it',
  async (_, before) => {
    const { push, candidates, simulator } = open();
    for (const event of before) await push(event);
    await push(withEmails(10, 'email.flagged', [], { email: ADDRESS }));
    const elsewhere = { Ref: 900, FirstName: 'Ann', Surname: 'Moor', EmailAddress: ADDRESS };
    simulator.seed(AGENCY, { candidates: [{ ...elsewhere, EmailMarketing: true }] });
    const record = { kind: 'candidate', firstName: 'Ann', lastName: 'Moor', emails: [ADDRESS] };
    const other = { record: { ...record, candidateId: '2', role: 'CTO' } };

    await push(makeEvent('record.updated', 20, other));
    expect(candidates().find(({ Ref }) => Ref === 900)).toMatchObject({ JobTitle: null });
    expect(candidates().filter(({ JobTitle }) => JobTitle === 'CTO')).toMatchObject([
      { Surname: 'Moor', EmailAddress: ADDRESS },
    ]);

    await push(makeEvent('marketing.opted_out', 30, { ...other, marketing: {} }));
    expect(candidates().find(({ Ref }) => Ref === 900)).toMatchObject({ EmailMarketing: false });
  },
);

test.each([
  ['newer', 30],
  ['older', 5],
])('an opt-out that is %s than a flag goes by the flagged address too, if it names it', async (_, n) => {
  for (const candidateId of ['1', undefined]) {
    const { push, candidates, simulator } = open();
    const record = { candidateId, kind: 'candidate', emails: [ADDRESS, 'right@client.example'] };
    const there = { FirstName: 'Kim', Surname: 'Dale', EmailAddress: ADDRESS, EmailMarketing: true };
    const rows = [1, 2].map((Ref) => ({ ...there, Ref }));
    simulator.seed(AGENCY, { candidates: rows });
    await push(makeEvent('email.flagged', 10, { record, email: ADDRESS }));
    await push(makeEvent('marketing.opted_out', n, { record }));
    expect(candidates().map(({ EmailMarketing }) => EmailMarketing)).toEqual([false, false]);
    expect(
      candidates()
        .map(({ EmailAddress }) => EmailAddress)
        .sort(),
    ).toEqual([ADDRESS, 'right@client.example']);
  }
});

test('an opt-out that names a flagged address holds for another person who has it', async () => {
  for (const isEarly of [true, false]) {
    const { push, candidates } = open();
    await push(withEmails(1, 'record.created', [ADDRESS, 'right@client.example']));
    await push(withEmails(10, 'email.flagged', [ADDRESS], { email: ADDRESS }));
    const other = {
      candidateId: '2',
      kind: 'candidate',
      firstName: 'Ann',
      lastName: 'Moor',
      emails: [ADDRESS],
    };
    const appears = makeEvent('record.created', 20, { record: other });
    const optOut = withEmails(30, 'marketing.opted_out', [ADDRESS, 'right@client.example']);
    for (const event of isEarly ? [appears, optOut] : [optOut, appears]) await push(event);
    expect(candidates()).toMatchObject([
      { Surname: 'Dale', EmailMarketing: false },
      { Surname: 'Moor', EmailMarketing: false },
    ]);
  }
});

test('an address that is flagged for one id ties nobody to the person of another id who has it', async () => {
  const ann = { kind: 'candidate', firstName: 'Kim', lastName: 'Dale', candidateId: 'a', emails: [ADDRESS] };
  const ben = { ...ann, candidateId: 'b', emails: ['kim.dale@home.example'] };
  const events = [
    makeEvent('record.created', 1, { record: ann }),
    makeEvent('record.created', 2, { record: ben }),
    makeEvent('email.flagged', 3, { record: { ...ben, emails: [] }, email: ADDRESS }),
    makeEvent('marketing.opted_in', 4, { record: ben, marketing: {} }),
  ];
  for (const isAtOnce of [true, false]) {
    const { push, pushAll, candidates } = open();
    if (isAtOnce) await pushAll(events);
    else for (const event of events) await push(event);
    const consents = candidates().map(({ EmailAddress, EmailMarketing }) => [EmailAddress, EmailMarketing]);
    expect(new Map(consents as [string, boolean][])).toEqual(
      new Map([
        [ADDRESS, false],
        ['kim.dale@home.example', true],
      ]),
    );
  }
});
