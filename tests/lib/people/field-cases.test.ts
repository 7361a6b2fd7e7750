/** The real-life examples that need Firefish's records, each through intake, turn and simulator. */
import { innerId } from '../../../lib/events/inner-id.ts';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readDecisions } from '../../../lib/admin/events/decisions.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { instant, makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness, TENANT_ID } from '../../support/harness.ts';
import { eventOf, type SourceWhaleEvent } from '../../support/former-event.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

interface Case {
  kind: string;
  given: { situation?: string };
  expect: unknown;
}

const file = new URL('../../support/field-cases.json', import.meta.url);
const CASES = JSON.parse(readFileSync(file, 'utf8')) as Case[];

type Row = Record<string, unknown>;
type Seed = Parameters<ReturnType<typeof openHarness>['simulator']['seed']>[1];
type Stage = ReturnType<typeof open>;

function open(seed: Seed = {}) {
  const clock = new VirtualClock();
  const harness = openHarness({ clock });
  harness.simulator.seed(AGENCY, seed);
  const rows = (collection: 'candidates' | 'contacts' | 'companies') =>
    harness.simulator.state(AGENCY)[collection].map((row) => ({ ...row }));
  const push = async (event: SourceWhaleEvent) => {
    await clock.run(harness.receive([event]));
    await drainTurns(harness, clock);
    return harness.outcome(event.id);
  };
  let minute = 0;
  return {
    ...{ harness, push, rows },
    /** Pushes an event of this person, a minute after the last one; returns how it ended. */
    say: (type: string, record: Row, more: Row = {}) =>
      push(makeEvent(type, (minute += 1), { record, ...more })),
    preview: async (type: string, record: Row) => {
      const event = eventOf(makeEvent(type, (minute += 1), { record }));
      return (await clock.run(harness.preview(harness.tenant, [event]))).get(event.id);
    },
    decide: async (eventId: string, as: 'same-person' | 'someone-else', ref?: number) => {
      const match = ref === undefined ? {} : { match: { kind: 'contact' as const, ref } };
      const decision = {
        type: 'internal.decide',
        id: innerId('decision'),
        occurredAt: instant(0),
        eventId: innerId(eventId),
        as,
      } as const;
      await clock.run(harness.intake.acceptInternal(TENANT_ID, { ...decision, ...match }));
      await drainTurns(harness, clock);
    },
    waiting: () => clock.run(readDecisions(harness.table, TENANT_ID)),
    edit: (collection: 'candidates' | 'contacts', change: Record<string, string>) => {
      const [record] = harness.simulator.state(AGENCY)[collection];
      if (record === undefined) throw new Error('nobody is there');
      harness.simulator.restore(AGENCY, { collection, record: { ...record, ...change } });
    },
    notes: () =>
      harness.simulator.state(AGENCY).actions.flatMap(({ Note }) => (typeof Note === 'string' ? [Note] : [])),
  };
}

const INFO = 'info@client.example';
const seeded = (Ref: number, name: string, EmailAddress = INFO, more: Row = {}): Row & { Ref: number } => {
  const [FirstName = '', ...last] = name.split(' ');
  return { Ref, FirstName, Surname: last.join(' '), EmailAddress, JobTitle: 'Buyer', ...more };
};
/** The first word is the first name; a person's id is their name. */
const person = (name: string, more: Row = {}): Row => {
  const [firstName, ...last] = name.split(' ');
  const lastName = last.length > 0 ? { lastName: last.join(' ') } : {};
  return {
    candidateId: name,
    kind: 'contact',
    company: 'Client',
    firstName,
    ...lastName,
    emails: [INFO],
    ...more,
  };
};
const candidate = (name: string, more: Row = {}): Row => person(name, { kind: 'candidate', ...more });
const called = (rows: readonly Row[]): string[] =>
  rows.map(
    ({ FirstName, Surname, JobTitle }) =>
      `${[FirstName, Surname].filter(Boolean).join(' ')}: ${String(JobTitle)}`,
  );

/** Ends in a conflict with the only contact, and changes nothing. */
async function conflicts(before: string, name: string): Promise<void> {
  const { say, rows } = open({ contacts: [seeded(201, before)] });
  expect(await say('record.created', person(name, { role: 'Lead' }))).toMatchObject({
    ...{ state: 'skipped', reason: 'name-conflict', notes: ['name-conflict: contact 201'] },
  });
  expect(called(rows('contacts'))).toEqual([`${before}: Buyer`]);
}

/** Is worked on, on the only record. */
async function matches(
  before: string,
  name: string,
  kind: 'candidate' | 'contact',
): Promise<Row | undefined> {
  const { say, rows } = open({ [`${kind}s`]: [seeded(201, before)] });
  expect(await say('record.created', person(name, { kind, role: 'Lead' }))).toMatchObject({
    state: 'synced',
  });
  expect(rows(`${kind}s`)).toMatchObject([{ Ref: 201, JobTitle: 'Lead' }]);
  return rows(`${kind}s`)[0];
}

async function openConflict(): Promise<Stage & { eventId: string }> {
  const stage = open({ contacts: [seeded(201, 'Ann Moor', INFO, { EmailMarketing: true })] });
  const event = makeEvent('record.created', 1, { record: person('Ben Pike') });
  await stage.push(event);
  return { ...stage, eventId: event.id };
}

const [PRIVATE, WORK] = ['private@home.example', 'work@client.example'];

/** By a part of the situation. */
const SITUATIONS: Record<string, () => Promise<unknown>> = {
  'two companies named Harbor': async () => {
    const companies = [
      { Ref: 301, Name: 'Harbor', CreatedDaysAgo: 400 },
      { Ref: 302, Name: 'Harbor', CreatedDaysAgo: 10 },
    ];
    const { say, rows } = open({ companies });
    expect(await say('record.created', person('Kim Dale', { company: 'Harbor' }))).toMatchObject({
      notes: expect.arrayContaining(['ambiguous: companies 301, 302; 302 was used']),
    });
    expect(rows('contacts')).toMatchObject([{ CompanyRef: 302 }]);
  },
  'Harbor was made by us, then merged': async () => {
    const { say, rows, preview, harness } = open({ companies: [{ Ref: 301, Name: 'Harbor Group' }] });
    await say('record.created', person('Ann Moor', { company: 'Harbor' }));
    const harbor = rows('companies').find(({ Name }) => Name === 'Harbor');
    harness.simulator.merge(AGENCY, 'companies', { from: Number(harbor?.['Ref']), into: 301 });
    const other = person('Kim Dale', { company: 'Harbor', emails: ['kim@client.example'] });
    expect(await preview('record.created', other)).toMatchObject({
      ...{ state: 'synced', actions: [{ entity: 'contact', operation: 'created' }] },
    });
    expect(await say('record.created', other)).toMatchObject({ state: 'synced' });
    expect(rows('contacts')).toHaveLength(2);
  },
  'Firefish contact Ann Moor <info@client.example>; record.created contact Ben Pike': async () => {
    await conflicts('Ann Moor', 'Ben Pike');
    const other = await openConflict();
    await other.decide(other.eventId, 'someone-else');
    expect(called(other.rows('contacts'))).toEqual(['Ann Moor: Buyer', 'Ben Pike: null']);
    const same = await openConflict();
    await same.decide(same.eventId, 'same-person', 201);
    expect(called(same.rows('contacts'))).toEqual(['Ben Pike: Buyer']);
  },
  'Firefish contacts Ann Moor and Ben Pike, both': async () => {
    const { say, rows } = open({ contacts: [seeded(201, 'Ann Moor'), seeded(202, 'Ben Pike')] });
    expect(await say('record.updated', person('Ben Pike', { role: 'Lead' }))).toMatchObject({
      state: 'synced',
    });
    expect(called(rows('contacts'))).toEqual(['Ann Moor: Buyer', 'Ben Pike: Lead']);
  },
  'Robert Hale': () => matches('Robert Hale', 'Bob Hale', 'candidate'),
  'Mei Chen': () => matches('Mei Chen', 'Chen Mei', 'candidate'),
  'linked person changes name altogether': async () => {
    const { say, rows } = open({ contacts: [seeded(201, 'Ann Moor')] });
    await say('record.updated', person('Ann Moor'));
    const renamed = person('Beth Pike', { candidateId: 'Ann Moor' });
    expect(await say('record.updated', renamed)).toMatchObject({ state: 'synced' });
    expect(called(rows('contacts'))).toEqual(['Beth Pike: Buyer']);
  },
  'name-conflict and marketing.opted_out': async () => {
    const { say, rows, waiting } = await openConflict();
    expect(await say('marketing.opted_out', person('Ben Pike'))).toMatchObject({ state: 'synced' });
    expect(rows('contacts')).toMatchObject([{ FirstName: 'Ann', EmailMarketing: false }]);
    expect(await waiting()).toHaveLength(1);
  },
  boss: async () => {
    const [boss, pa] = ['boss@client.example', 'pa@client.example'];
    const { say, rows } = open({ contacts: [seeded(201, 'Max Orr', boss), seeded(202, 'Kim Dale', pa)] });
    await say('record.updated', person('Max Orr', { emails: [boss, pa] }));
    await say('record.updated', person('Kim Dale', { emails: [pa] }));
    await say('record.updated', person('Kim Dale', { emails: [pa], role: 'Assistant' }));
    expect(called(rows('contacts'))).toEqual(['Max Orr: Buyer', 'Kim Dale: Assistant']);
    expect(rows('contacts')).toMatchObject([{ EmailAddress: boss }, { EmailAddress: pa }]);
  },
  'Ann and no Surname; record.created Ben Pike': () => conflicts('Ann', 'Ben Pike'),
  'Ann and no Surname; record.created Ann Pike': async () => {
    expect(await matches('Ann', 'Ann Pike', 'contact')).toMatchObject({ Surname: 'Pike' });
  },
  'Maria de la Cruz': () => conflicts('Maria de la Cruz', 'Juan de la Rosa'),
  王伟: () => matches('王伟', '王伟', 'candidate'),
  "Seán O'Brien": () => matches("Seán O'Brien", 'Sean OBrien', 'contact'),
  'a candidate Max Orr': async () => {
    const [max, pa] = ['max@client.example', 'pa@client.example'];
    const { say, rows } = open({
      candidates: [seeded(101, 'Max Orr', max)],
      contacts: [seeded(201, 'Kim Dale', pa)],
    });
    const updated = candidate('Max Orr', { emails: [max, pa], role: 'Lead' });
    expect(await say('record.updated', updated)).toMatchObject({ state: 'synced' });
    expect(called(rows('candidates'))).toEqual(['Max Orr: Lead']);
    expect(called(rows('contacts'))).toEqual(['Kim Dale: Buyer']);
  },
  'note.added for a new candidateId': async () => {
    const { say, rows } = open({ contacts: [seeded(201, 'Ann Moor')] });
    const nameless = { candidateId: 'Ben Pike', kind: 'contact', emails: [INFO] };
    await say('note.added', nameless, { note: { id: 'n', text: 'Rang', channel: 'call' } });
    expect(await say('record.created', person('Ben Pike'))).toMatchObject({ reason: 'name-conflict' });
    expect(called(rows('contacts'))).toEqual(['Ann Moor: Buyer']);
  },
  'Александр Иванов': () => matches('Александр Иванов', 'Alexander Ivanov', 'candidate'),
  'candidate in Firefish with private@': async () => {
    const { say, rows } = open({
      candidates: [seeded(101, 'Kim Dale', PRIVATE)],
      contacts: [seeded(201, 'Kim Dale', WORK)],
    });
    await say('record.updated', candidate('Kim Dale', { emails: [WORK, PRIVATE] }));
    expect(rows('candidates')).toMatchObject([{ EmailAddress: PRIVATE }]);
    expect(rows('contacts')).toMatchObject([{ EmailAddress: WORK }]);
  },
  'was once listed by SourceWhale; the newest list': async () => {
    const { say, rows } = open({ candidates: [seeded(101, 'Kim Dale', PRIVATE)] });
    await say('record.updated', candidate('Kim Dale', { emails: [PRIVATE] }));
    await say('record.updated', candidate('Kim Dale', { emails: [WORK, 'kim@other.example'] }));
    expect(rows('candidates')).toMatchObject([{ EmailAddress: WORK }]);
  },
  'a recruiter typed another address': async () => {
    const { say, rows, edit } = open({ candidates: [seeded(101, 'Kim Dale', PRIVATE)] });
    await say('record.updated', candidate('Kim Dale', { emails: [PRIVATE] }));
    edit('candidates', { EmailAddress: 'typed@else.example' });
    await say('record.updated', candidate('Kim Dale', { emails: [PRIVATE], role: 'Lead' }));
    expect(rows('candidates')).toMatchObject([{ EmailAddress: 'typed@else.example', JobTitle: 'Lead' }]);
  },
  'the same note.id twice': async () => {
    const { say, notes } = open({ candidates: [seeded(101, 'Kim Dale')] });
    for (const text of ['First words', 'First words', 'Other words', 'Other  words'])
      await say('note.added', candidate('Kim Dale'), { note: { id: 'n', text, channel: 'call' } });
    expect(notes()).toEqual([
      expect.stringContaining('First words'),
      expect.stringMatching(/edited[^]*Other words/i),
    ]);
  },
  'the person is not in Firefish': async () => {
    const { say, rows } = open();
    const campaign = { id: 'c', name: 'Autumn' };
    expect(await say('campaign.finished', candidate('Kim Dale'), { campaign })).toMatchObject({
      ...{ state: 'skipped', reason: 'not-in-firefish' },
    });
    expect(rows('candidates')).toEqual([]);
  },
};

const situationOf = ({ given }: Case): string => given.situation ?? '';
const needsFirefish = (one: Case): boolean =>
  ['veto', 'address-stays'].includes(one.kind) ||
  (['company', 'note', 'campaign'].includes(one.kind) && situationOf(one) !== '');

describe('what SourceWhale really sends', () => {
  it.each(CASES.filter(needsFirefish).map((one) => [situationOf(one), one] as const))(
    '%s',
    async (situation) => {
      const parts = Object.keys(SITUATIONS).filter(
        (part) => situation.startsWith(part) || situation.includes(part),
      );
      const [part] = parts.sort((a, b) => b.length - a.length);

      await SITUATIONS[part ?? '']?.();

      expect(part).toBeDefined();
      expect.hasAssertions();
    },
  );

  it('is covered: each case is tried once', () => {
    expect(CASES.filter(needsFirefish)).toHaveLength(Object.keys(SITUATIONS).length);
  });
});
