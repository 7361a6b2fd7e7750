import { describe, expect, it } from '@jest/globals';
import { judge, verdictLines } from '../../../local/demo/checks.ts';
import { addressOf, type Row } from '../../../local/demo/firefish-state.ts';
import type { Look } from '../../../local/demo/look.ts';
import { idealLook } from './ideal-firefish.ts';

const broken = (look: Look): string[] =>
  judge(look)
    .filter(({ problems }) => problems.length > 0)
    .map(({ name }) => name);

const at = (rows: readonly Row[], address: string): Row => rows.find((row) => addressOf(row) === address)!;
const lastOf = (rows: readonly Row[]): Row => rows.at(-1)!;

/** Everything that could go wrong, one at a time: a change of a right result, and the promise that must fail. */
const MISTAKES: [what: string, promise: RegExp, spoil: (look: Look) => void][] = [
  [
    'an event that never ended',
    /every event ended/,
    ({ outcomes }) => (outcomes.get('evt_00001')!.state = 'deferred'),
  ],
  [
    'a person who was skipped without need',
    /only what concerns/,
    ({ outcomes }) => Object.assign(outcomes.get('evt_00001')!, { state: 'skipped', reason: 'addWhen' }),
  ],
  [
    'a decision that was not carried out',
    /waits for a decision/,
    ({ outcomes }) =>
      Object.assign(outcomes.get('evt_00004')!, { state: 'skipped', reason: 'name-conflict' }),
  ],
  [
    'a record with another name that was changed before a decision',
    /as they were/,
    ({ after }) => (at(after.contacts, 'wei.nguyen24@acme.example').Surname = 'Nguyen'),
  ],
  [
    'a doubled person',
    /exactly once/,
    ({ after }) => after.candidates.push({ ...lastOf(after.candidates), Ref: 900 }),
  ],
  ['a person who was not created', /exactly once/, ({ after }) => after.contacts.pop()],
  [
    'a candidate made of someone who is a contact',
    /nobody was created/,
    ({ after }) => after.candidates.push({ Ref: 900, EmailAddress: 'bjorn.macleod0@gmail.com' }),
  ],
  [
    'a stranger',
    /nobody was created/,
    ({ after }) => after.contacts.push({ Ref: 900, EmailAddress: 'who@else.example' }),
  ],
  ['a lost record', /no record that was there/, ({ after }) => after.candidates.shift()],
  [
    'a near miss taken for the person',
    /as they were/,
    ({ after }) => (at(after.candidates, 'xzoe.garcialopez3@gmail.com').Surname = 'García López'),
  ],
  [
    'a field that an older event had won',
    /newest value/,
    ({ after }) => (at(after.contacts, 'bjorn.macleod0@gmail.com').JobTitle = 'Senior C++ / Rust Developer'),
  ],
  [
    'a mobile in the wrong field',
    /newest value/,
    ({ after }) => (at(after.contacts, 'zoe.garcialopez3@gmail.com').MobileNumber = ''),
  ],
  [
    'a contact without their company',
    /newest value/,
    ({ after }) => (at(after.contacts, 'zoe.garcialopez3@gmail.com').CompanyRef = 1),
  ],
  [
    'an old address',
    /stays unless/,
    ({ after }) =>
      (at(after.candidates, 'new.sw_1039@moved.example').EmailAddress = 'uma.osuilleabhain39@acme.example'),
  ],
  [
    'a flagged address',
    /stays unless/,
    ({ after }) =>
      (after.contacts.find((row) => row.EmailAddress === '')!.EmailAddress = 'tomas.khan79@sub.mail.example'),
  ],
  [
    'a field that nobody spoke of',
    /nobody spoke of/,
    ({ after }) => (at(after.candidates, 'jeanpaul.delacruz8@xn--bjrk-hra.example').IsArchived = true),
  ],
  ['a missing owner', /legal basis/, ({ after }) => (lastOf(after.candidates).OwnerUserEmail = null)],
  [
    'a lost opt-out',
    /opt-outs are in force/,
    ({ after }) => (at(after.contacts, 'hana.macleod2@acme.example').EmailMarketing = true),
  ],
  [
    'an opt-out that missed the duplicate',
    /opt-outs are in force/,
    ({ after }) =>
      (after.candidates.findLast(
        (row) => addressOf(row) === 'veronique.okafor32@sub.mail.example',
      )!.EmailMarketing = true),
  ],
  [
    'an opt-out by text message that was lost',
    /opt-outs are in force/,
    ({ after }) => (at(after.candidates, 'taylor81@private.example').SmsMarketing = true),
  ],
  [
    'an opt-in that was lost',
    /opt-ins are in force/,
    ({ after }) => (at(after.candidates, 'sarah.larsson67@acme.example').EmailMarketing = false),
  ],
  [
    'a new record that may be written to',
    /without a word/,
    ({ after }) => (at(after.candidates, 'chloe.muller42@acme.example').PostalMarketing = true),
  ],
  [
    'an opt-out that nobody asked for',
    /without a word/,
    ({ after }) => (at(after.contacts, 'zoe.garcialopez3@gmail.com').EmailMarketing = false),
  ],
  [
    'a stranger at the domain',
    /opted-out domain/,
    ({ after }) => (at(after.candidates, 'xandrew.osuilleabhain21@initech.example').EmailMarketing = true),
  ],
  [
    'a stranger elsewhere',
    /opted-out domain/,
    ({ after }) => (at(after.candidates, 'xzoe.garcialopez3@gmail.com').EmailMarketing = false),
  ],
  [
    'an opt-out without its note',
    /is in a note/,
    ({ after }) => (after.actions = after.actions.filter(({ Note }) => Note !== 'Opted out of sms')),
  ],
  [
    'a note twice',
    /each note/,
    ({ after }) =>
      after.actions.push({
        ...after.actions.find(({ Note }) => String(Note).includes('voicemail'))!,
        Ref: 900,
      }),
  ],
  [
    'a note on someone else',
    /each note/,
    ({ after }) => (after.actions.find(({ Note }) => String(Note).includes('voicemail'))!.CandidateRef = 1),
  ],
  [
    'a note that was cut',
    /each note/,
    ({ after }) => {
      for (const action of after.actions) action.Note = String(action.Note).replace(/ Second line.*/, '');
    },
  ],
  [
    'a campaign that was not noted',
    /reply to a campaign/,
    ({ after }) => (after.actions = after.actions.filter(({ Note }) => !String(Note).includes('Autumn'))),
  ],
  [
    'a doubled company',
    /company is there twice/,
    ({ after }) => after.companies.push({ Ref: 900, Name: 'ACME  ltd' }),
  ],
  [
    'a company out of thin air',
    /was named by/,
    ({ after }) => after.companies.push({ Ref: 900, Name: 'Acme' }),
  ],
  [
    'a company that was forgotten',
    /sent by themselves/,
    ({ after }) => (after.companies = after.companies.filter(({ Name }) => Name !== 'Nova Robotics GmbH')),
  ],
  ['gender in a field', /no trace/, ({ after }) => (lastOf(after.candidates).Title = 'Female')],
  [
    'a summary that the candidate sees',
    /candidate sees/,
    ({ after }) => (lastOf(after.candidates).CandidateSummary = 'weak'),
  ],
  ['a repeat that wrote', /second time/, (look) => (look.writesByRepeats = 1)],
  [
    'a repeat that changed something',
    /second time/,
    ({ repeated }) => (repeated.candidates[0]!.Title = 'Dr'),
  ],
];

describe('the demo’s check of Firefish', () => {
  it('finds no error if everything is right', () => {
    expect(judge(idealLook()).flatMap(({ problems }) => problems)).toEqual([]);
  });

  it.each(MISTAKES)('finds %s', (_, promise, spoil) => {
    const look = structuredClone(idealLook()) as Look & { outcomes: Map<string, never> };
    spoil(look);
    expect(broken(look)).toContainEqual(expect.stringMatching(promise));
  });

  it('shows a broken promise with the first five examples', () => {
    const problems = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];
    expect(
      verdictLines([
        { name: 'kept', problems: [] },
        { name: 'broken', problems },
      ]),
    ).toBe('✓ kept\n✗ broken\n    one\n    two\n    three\n    four\n    five\n    … and 2 more');
  });
});
