/** Short histories with every kind of write, for tests of crashes and of single failing calls. */
import { innerId } from '../../lib/events/inner-id.ts';
import type { SourceWhaleEvent } from './former-event.ts';
import type { Settings } from '../../lib/tenants/settings.ts';
import type { InternalEvent } from '../../lib/events/internal-event.ts';
import { ann, instant, makeEvent } from './events.ts';
import { AGENCY, type Harness, TENANT_ID } from './harness.ts';

type DecideEvent = Extract<InternalEvent, { type: 'internal.decide' }>;

export interface Scenario {
  name: string;
  settings?: Partial<Settings>;
  seed?: Parameters<Harness['simulator']['seed']>[1];
  /** Firefish refuses each request with this text. */
  refused?: string;
  /** Worked on before, without faults. */
  before?: SourceWhaleEvent[];
  events: SourceWhaleEvent[];
  /** Someone decides about contradicting names. */
  decision?: InternalEvent;
}

/** The refusal, if the scenario refuses the request. */
export async function refusalOf({ refused }: Scenario, request: Request): Promise<Response | undefined> {
  const isRefused = refused !== undefined && (await request.clone().text()).includes(refused);
  return isRefused ? Response.json({ Message: 'It is wrong.' }, { status: 400 }) : undefined;
}

/** Accepts the events of the scenario, after the earlier ones. */
export async function begin(harness: Harness, { events, decision }: Scenario): Promise<void> {
  if (events.length > 0) await harness.receive(events);
  if (decision !== undefined) await harness.intake.acceptInternal(TENANT_ID, decision);
}

const contact = { kind: 'contact', company: 'Acme Ltd' };

const namesake = ann({ ...contact, candidateId: 'sw-ben', firstName: 'Ben', lastName: 'Pike', role: 'CTO' });
/** Two events of Ben wait, who shares Ann's address; someone decides about the first of them. */
function conflict(name: string, decided: Pick<DecideEvent, 'as' | 'match'>): Scenario {
  const waits = makeEvent('record.created', 1, { record: namesake });
  return {
    name,
    seed: {
      contacts: [{ Ref: 201, FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example' }],
    },
    before: [
      waits,
      makeEvent('note.added', 2, { record: namesake, note: { id: 'n2', text: 'Rang', channel: 'call' } }),
    ],
    events: [],
    decision: {
      ...{
        type: 'internal.decide',
        id: innerId('decision'),
        occurredAt: instant(3),
        eventId: innerId(waits.id),
      },
      ...decided,
    },
  };
}

const annLee = { Ref: 201, FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example' };
const benPike = { ...annLee, Ref: 202, FirstName: 'Ben', Surname: 'Pike', EmailMarketing: true };
const rang = { id: 'n9', text: 'Rang', channel: 'call' };

/** Firefish refuses a part. */
const REFUSED: Scenario[] = [
  {
    name: 'an opt-out and a value that Firefish refuses',
    refused: 'Wrong',
    seed: { contacts: [{ ...annLee, EmailMarketing: true }] },
    before: [makeEvent('record.updated', 1, { record: ann(contact) })],
    events: [
      makeEvent('record.updated', 2, { record: ann({ ...contact, role: 'Wrong' }) }),
      makeEvent('marketing.opted_out', 3, { record: ann(contact), marketing: {} }),
    ],
  },
  {
    name: 'a note that waited for the person and is refused',
    refused: 'Wrong',
    before: [makeEvent('note.added', 3, { record: ann(), note: { ...rang, text: 'Wrong' } })],
    events: [
      makeEvent('record.created', 1, { record: ann() }),
      makeEvent('note.added', 4, { record: ann(), note: { ...rang, id: 'n8' } }),
    ],
  },
];

/** People who share an address. */
const SHARING: Scenario[] = [
  {
    name: 'two people who share an address, their names contradict, and each has a record',
    seed: { contacts: [annLee, benPike] },
    events: [
      makeEvent('record.updated', 1, { record: ann({ ...contact, role: 'CEO' }) }),
      makeEvent('record.updated', 2, { record: namesake }),
      makeEvent('note.added', 3, { record: namesake, note: rang }),
    ],
  },
  {
    name: 'two people without ids who share an address, and whose names contradict',
    seed: { contacts: [annLee, benPike] },
    events: [
      makeEvent('record.updated', 1, { record: ann({ ...contact, candidateId: undefined, role: 'CEO' }) }),
      makeEvent('record.updated', 2, { record: { ...namesake, candidateId: undefined } }),
    ],
  },
  {
    name: 'a new candidate and a new contact who share an address, and whose names contradict',
    settings: { nameConflict: 'create' },
    events: [
      makeEvent('record.created', 1, { record: ann() }),
      makeEvent('record.created', 2, { record: namesake }),
    ],
  },
  {
    name: 'an opt-out of one of two people who share an address, with a new value',
    seed: { contacts: [{ ...annLee, EmailMarketing: true }, benPike] },
    before: [
      makeEvent('record.updated', 1, { record: ann(contact) }),
      makeEvent('record.updated', 2, { record: { ...namesake, role: 'CEO' } }),
    ],
    events: [
      makeEvent('record.updated', 3, { record: namesake }),
      makeEvent('marketing.opted_out', 4, { record: { candidateId: 'sw-ben' }, marketing: {} }),
    ],
  },
  {
    name: 'an id that had no name turns out to be someone else who shares the address',
    seed: { contacts: [annLee, benPike] },
    before: [
      makeEvent('record.updated', 1, { record: ann(contact) }),
      makeEvent('marketing.opted_out', 2, {
        record: { candidateId: 'sw-ben', emails: ['ann@client.example'] },
        marketing: {},
      }),
    ],
    events: [
      makeEvent('record.updated', 3, { record: namesake }),
      makeEvent('record.updated', 4, { record: ann({ ...contact, role: 'CEO' }) }),
    ],
  },
  {
    name: 'two ids of one person that is new',
    events: [
      makeEvent('record.created', 1, { record: ann() }),
      makeEvent('record.created', 2, { record: ann({ candidateId: 'sw-anne', role: 'CTO' }) }),
    ],
  },
  {
    name: 'an address that is wrong of one and right of another person',
    settings: { nameConflict: 'create' },
    before: [makeEvent('record.created', 1, { record: ann(contact) })],
    events: [
      makeEvent('email.flagged', 2, { record: ann(contact), email: 'ann@client.example' }),
      makeEvent('record.created', 3, { record: namesake }),
    ],
  },
  {
    name: 'an opt-out that names an address which was wrong of its person, and which another person has',
    settings: { nameConflict: 'create' },
    before: [
      makeEvent('record.created', 1, { record: ann(contact) }),
      makeEvent('email.flagged', 2, { record: ann(contact), email: 'ann@client.example' }),
      makeEvent('record.created', 3, { record: namesake }),
      makeEvent('marketing.opted_in', 4, { record: namesake, marketing: {} }),
    ],
    events: [makeEvent('marketing.opted_out', 5, { record: ann(contact), marketing: {} })],
  },
  {
    name: 'two people with one address, which ties nobody to anybody',
    settings: { mergeWithExisting: false },
    before: [makeEvent('record.created', 1, { record: ann() })],
    events: [
      makeEvent('record.created', 2, { record: ann({ candidateId: 'sw-anne', role: 'CTO' }) }),
      makeEvent('marketing.opted_out', 3, { record: { candidateId: 'sw-anne' }, marketing: {} }),
    ],
  },
];

export const SCENARIOS: Scenario[] = [
  ...REFUSED,
  ...SHARING,
  {
    name: 'a new candidate with a note',
    events: [
      makeEvent('record.created', 1, { record: ann() }),
      makeEvent('note.added', 2, { record: ann(), note: { id: 'n1', text: 'Called back', channel: 'call' } }),
    ],
  },
  {
    name: 'a new contact whose company is new as well',
    events: [makeEvent('record.created', 1, { record: ann(contact) })],
  },
  {
    name: 'an opt-out of someone who is candidate and contact, one of them archived',
    seed: {
      candidates: [
        { FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example', EmailMarketing: true },
      ],
      contacts: [
        {
          FirstName: 'Ann',
          Surname: 'Lee',
          EmailAddress: 'ann@client.example',
          EmailMarketing: true,
          IsArchived: true,
        },
      ],
    },
    events: [makeEvent('marketing.opted_out', 3, { record: ann(), marketing: {} })],
  },
  {
    name: 'two known persons who turn out to be one',
    before: [
      makeEvent('record.created', 1, { record: ann() }),
      makeEvent('record.created', 2, {
        record: ann({ candidateId: 'sw-anne', emails: ['anne@home.example'] }),
      }),
    ],
    events: [
      makeEvent('record.updated', 3, {
        record: ann({ role: 'CTO', emails: ['ann@client.example', 'anne@home.example'] }),
      }),
    ],
  },
  {
    name: "a candidate's only address that is wrong",
    before: [makeEvent('record.created', 1, { record: ann() })],
    events: [makeEvent('email.flagged', 2, { record: ann(), email: 'ann@client.example' })],
  },
  {
    name: 'a note that waits for the person',
    before: [
      makeEvent('note.added', 5, {
        record: ann(),
        note: { id: 'n5', text: 'Met at a fair', channel: 'other' },
      }),
    ],
    events: [makeEvent('record.created', 4, { record: ann() })],
  },
  {
    name: 'a new company',
    events: [
      makeEvent('company.created', 1, {
        company: { id: 'co-1', name: 'Nova GmbH', phone: '+49 30 1234567' },
      }),
    ],
  },
  {
    name: "a domain's opt-out",
    seed: {
      candidates: [
        { FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example', EmailMarketing: true },
      ],
      contacts: [
        { FirstName: 'Bob', Surname: 'Ray', EmailAddress: 'bob@client.example', EmailMarketing: true },
      ],
    },
    events: [makeEvent('domain.opted_out', 1, { domain: 'client.example' })],
  },
  {
    name: 'two known persons who turn out to be one, each with a record of either kind and an opt-out to come',
    settings: { newRecordsOptedOut: false },
    seed: {
      candidates: [{ FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example' }],
      contacts: [{ FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'anne@home.example' }],
    },
    before: [
      makeEvent('record.updated', 1, { record: ann({ role: 'CEO' }) }),
      makeEvent('record.updated', 2, {
        record: ann({ ...contact, candidateId: 'sw-anne', emails: ['anne@home.example'] }),
      }),
    ],
    events: [
      makeEvent('record.updated', 3, {
        record: ann({ emails: ['ann@client.example', 'anne@home.example'] }),
      }),
      makeEvent('marketing.opted_out', 4, {
        record: { candidateId: 'sw-anne', kind: 'contact' },
        marketing: {},
      }),
    ],
  },
  {
    name: 'an address that changes and a value that comes back',
    before: [makeEvent('record.created', 1, { record: ann({ role: 'CEO' }) })],
    events: [
      makeEvent('record.updated', 2, { record: ann({ role: 'CTO', emails: ['ann@new.example'] }) }),
      makeEvent('record.updated', 3, { record: ann({ role: 'CEO' }) }),
    ],
  },
  {
    name: 'a wrong address where another is known, and a wrong number',
    before: [
      makeEvent('record.created', 1, {
        record: ann({ emails: ['ann@client.example', 'ann@home.example'], phones: ['+44 7700 900101'] }),
      }),
    ],
    events: [
      makeEvent('email.flagged', 2, { record: ann(), email: 'ann@client.example' }),
      makeEvent('phone.flagged', 3, { record: ann(), phone: '+44 7700 900101' }),
    ],
  },
  {
    name: "a contact's only address that is wrong",
    before: [makeEvent('record.created', 1, { record: ann(contact) })],
    events: [makeEvent('email.flagged', 2, { record: ann(contact), email: 'ann@client.example' })],
  },
  {
    name: 'a campaign stage that allows a person, with events that were skipped before',
    settings: { addWhen: { candidate: 'replied', contact: 'replied' } },
    before: [makeEvent('record.created', 1, { record: ann({ role: 'CEO' }) })],
    events: [
      makeEvent('campaign.replied', 2, { record: ann(), campaign: { id: 'c1', name: 'Autumn' } }),
      makeEvent('note.added', 3, { record: ann(), note: { id: 'n3', text: 'Rang', channel: 'call' } }),
    ],
  },
  {
    name: 'an opt-in is taken back once the name contradicts that of the record',
    settings: { nameConflict: 'create' },
    seed: { contacts: [{ Ref: 201, FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example' }] },
    before: [
      makeEvent('marketing.opted_out', 1, { record: { emails: ['ann@client.example'] }, marketing: {} }),
      makeEvent('marketing.opted_in', 2, {
        record: { candidateId: 'sw-ben', emails: ['ann@client.example'] },
        marketing: {},
      }),
    ],
    events: [makeEvent('record.updated', 3, { record: namesake })],
  },
  {
    name: 'an opt-out of channels for which a contact has no field, and one besides as a note',
    settings: { optOutAsNote: true },
    before: [makeEvent('record.created', 1, { record: ann(contact) })],
    events: [
      makeEvent('marketing.opted_out', 2, {
        record: ann(contact),
        marketing: { channels: ['sms', 'email'] },
      }),
    ],
  },
  {
    name: 'a known company with news, found by name, then renamed',
    seed: { companies: [{ Name: 'Nova GmbH' }] },
    before: [makeEvent('company.created', 1, { company: { id: 'co-1', name: 'nova gmbh' } })],
    events: [
      makeEvent('company.updated', 2, {
        company: { id: 'co-1', name: 'Supernova', website: 'https://nova.example' },
      }),
    ],
  },
  {
    name: 'a contact who changes to a company that is new',
    before: [makeEvent('record.created', 1, { record: ann(contact) })],
    events: [makeEvent('record.updated', 2, { record: ann({ ...contact, company: 'Nova GmbH' }) })],
  },
  {
    name: "a domain's opt-out and a newer opt-in of one person there",
    seed: {
      candidates: [
        { FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example', EmailMarketing: true },
        { FirstName: 'Bob', Surname: 'Ray', EmailAddress: 'bob@client.example', EmailMarketing: true },
      ],
    },
    events: [
      makeEvent('domain.opted_out', 1, { domain: 'client.example' }),
      makeEvent('marketing.opted_in', 2, { record: ann(), marketing: {} }),
    ],
  },
  {
    name: 'an opt-out by an address that was taken off a person as wrong',
    before: [
      makeEvent('record.created', 1, { record: ann({ emails: ['ann@client.example', 'ann@home.example'] }) }),
      makeEvent('marketing.opted_in', 2, { record: ann(), marketing: {} }),
      makeEvent('email.flagged', 3, { record: ann(), email: 'ann@client.example' }),
      makeEvent('record.created', 4, {
        record: ann({
          candidateId: 'sw-bob',
          firstName: 'Bob',
          lastName: 'Ray',
          emails: ['ann@client.example'],
        }),
      }),
    ],
    // It reaches the person who has the address now, and the person who had it.
    events: [
      makeEvent('marketing.opted_out', 5, { record: { emails: ['ann@client.example'] }, marketing: {} }),
    ],
  },
  conflict('a decision that a record is the same person, with what waits for it', {
    as: 'same-person',
    match: { kind: 'contact', ref: 201 },
  }),
  conflict('a decision that a person is someone else, with what waits for it', { as: 'someone-else' }),
];

/** Firefish's end state without what differs between any two runs. */
export function endState(system: Harness): unknown {
  const { candidates, contacts, companies, actions } = system.simulator.state(AGENCY);
  const untimed = (records: readonly Record<string, unknown>[]): unknown =>
    records.map(({ Created, Updated, LastActionDate, ...record }) => ({
      ...record,
      timed: [Created, Updated, LastActionDate].length,
    }));
  return {
    candidates: untimed(candidates),
    contacts: untimed(contacts),
    companies: untimed(companies),
    // A note that is locked for a while comes after the next one.
    notes: actions
      .map(({ Note, CandidateRef, ContactRef }) => JSON.stringify({ Note, CandidateRef, ContactRef }))
      .sort(),
  };
}
