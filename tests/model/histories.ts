/**
 * Random histories: few people who share addresses, so that all combinations occur. Each event is drawn independently,
 * with the times when it happened and when it arrives. So a failing history shrinks by losing events and keeps its
 * form.
 */
import fc from 'fast-check';
import type { Kind } from '../../lib/events/event.ts';
import type { SourceWhaleEvent, SourceWhalePerson } from '../support/former-event.ts';
import { readAddress } from '../../lib/events/reading/addresses.ts';
import { emailAddresses } from '../support/former-event.ts';
import type { Settings } from '../../lib/tenants/settings.ts';
import type { Seed, SeedRecord } from './ideal.ts';

export interface History {
  /** If they differ from the defaults. */
  settings: Partial<Settings>;
  seed: Seed;
  /** In the order of arrival, with repeats, as SourceWhale posts them. */
  batches: SourceWhaleEvent[][];
  workers: number;
  /** Everything arrives at once; otherwise each batch is worked on before the next one arrives. */
  rush: boolean;
  /** Decides how the workers interleave. */
  chance: number;
}

const PEOPLE = 4;
const MINUTES = 40;
const START = Date.parse('2026-11-22T08:00:00.000Z');

const domainOf = (person: number): string => (person % 2 === 0 ? 'x.example' : 'y.example');
const addressesOf = (person: number): [string, string] => [
  `a${String(person)}@${domainOf(person)}`,
  `b${String(person)}@z.example`,
];
const numbersOf = (person: number): [string, string, string] => [
  `+44 7700 90010${String(person)}`,
  `+44 7700 90020${String(person)}`,
  `+44 20 7946 002${String(person)}`,
];

// ---- one event ------------------------------------------------------------------------------------------

const TYPES = [
  'record.created',
  'record.updated',
  'record.synced',
  'campaign.added',
  'campaign.replied',
  'campaign.interested',
  'note.added',
  'marketing.opted_out',
  'marketing.opted_in',
  'email.flagged',
  'phone.flagged',
  'company.updated',
  'domain.opted_out',
  'domain.opted_in',
] as const;
const WEIGHTS = [7, 7, 2, 2, 3, 1, 5, 3, 2, 2, 1, 2, 1, 1];

/** Which addresses the event lists: `own` in either order, or one of another person after them. */
const listing = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('first', 'both', 'second', 'reversed') },
  { weight: 2, arbitrary: fc.constantFrom('none', 'empty', 'capitals') },
  { weight: 1, arbitrary: fc.constantFrom('foreign', 'foreignOnly') },
);

const sketch = fc.record({
  type: fc.oneof(
    ...TYPES.map((type, index) => ({ weight: WEIGHTS[index] ?? 1, arbitrary: fc.constant(type) })),
  ),
  person: fc.nat(PEOPLE - 1),
  other: fc.nat(PEOPLE - 1),
  minute: fc.nat(MINUTES),
  arrival: fc.nat(999),
  again: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(999) }),
  listing,
  flip: fc.oneof({ weight: 15, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  said: fc.record({
    names: fc.oneof(
      { weight: 5, arbitrary: fc.constant('both') },
      { weight: 2, arbitrary: fc.constantFrom('none', 'first', 'last') },
    ),
    version: fc.nat(3),
    role: fc.constantFrom(null, null, '', 'Tester', 'Lead', 'Head'),
    company: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('Acme', 'ACME ', 'Initech') },
      { weight: 1, arbitrary: fc.constantFrom(null, '') },
    ),
    phones: fc.constantFrom(null, null, 'mobile', 'all', 'landline', 'empty'),
    skills: fc.constantFrom(null, null, 'Go', 'Rust'),
    city: fc.constantFrom(null, null, 'Leeds', 'York'),
  }),
  channels: fc.constantFrom(null, null, ['email'] as const, ['sms'] as const, ['email', 'post'] as const),
});
type Sketch = typeof sketch extends fc.Arbitrary<infer Value> ? Value : never;

function emailsOf({ listing: how, person, other }: Sketch): string[] | undefined {
  const [first, second] = addressesOf(person);
  switch (how) {
    case 'first':
      return [first];
    case 'second':
      return [second];
    case 'both':
      return [first, second];
    case 'reversed':
      return [second, first];
    case 'capitals':
      return [` ${first.toUpperCase()}`];
    case 'foreign':
      return [first, addressesOf(other)[0]];
    case 'foreignOnly':
      return [addressesOf(other)[1]];
    case 'empty':
      return [];
    case 'none':
      return undefined;
  }
}

function phonesOf({ said, person }: Sketch): string[] | undefined {
  const [mobile, second, landline] = numbersOf(person);
  switch (said.phones) {
    case 'mobile':
      return [mobile];
    case 'all':
      return [second, landline, mobile];
    case 'landline':
      return [landline];
    case 'empty':
      return [];
    case null:
      return undefined;
  }
}

/** One kind per person, mostly. */
const kindOf = ({ person, flip }: Sketch): Kind => (person < 2 !== flip ? 'candidate' : 'contact');

function personOf(one: Sketch): SourceWhalePerson {
  const { said, person } = one;
  const [emails, phones] = [emailsOf(one), phonesOf(one)];
  const version = String(said.version);
  return {
    candidateId: `p${String(person)}`,
    kind: kindOf(one),
    ...(emails !== undefined && { emails }),
    ...(['both', 'first'].includes(said.names) && { firstName: `First V${version}` }),
    // The surname shows whose record it is, whatever happened to its address.
    ...(['both', 'last'].includes(said.names) && { lastName: `Of-p${String(person)}-v${version}` }),
    ...(said.role !== null && { role: said.role }),
    ...(said.company !== null && { company: said.company }),
    ...(phones !== undefined && { phones }),
    ...(said.skills !== null && { skills: [said.skills] }),
    ...(said.city !== null && { city: said.city }),
  };
}

function eventOf(one: Sketch, index: number): SourceWhaleEvent {
  const id = `e${String(index).padStart(2, '0')}`;
  const occurredAt = new Date(START + one.minute * 60_000).toISOString();
  const base = { id, occurredAt, actor: { email: `user${String(one.person)}@agency.example` } };
  const record = personOf(one);
  const [first, second] = addressesOf(one.person);
  switch (one.type) {
    case 'record.created':
    case 'record.updated':
    case 'record.synced':
      return { ...base, type: one.type, record };
    case 'campaign.added':
    case 'campaign.replied':
    case 'campaign.interested':
      return { ...base, type: one.type, record, campaign: { id: `c-${id}`, name: `Campaign <${id}>` } };
    case 'note.added':
      return {
        ...base,
        type: one.type,
        record,
        note: {
          id: `n-${id}`,
          text: `Note <${id}>`,
          channel: one.said.version === 0 ? 'email' : one.said.version === 1 ? 'sms' : 'call',
        },
      };
    case 'marketing.opted_out':
    case 'marketing.opted_in':
      return {
        ...base,
        type: one.type,
        record,
        marketing: one.channels === null ? {} : { channels: [...one.channels] },
      };
    case 'email.flagged':
      return { ...base, type: one.type, record, email: one.said.version < 2 ? first : second };
    case 'phone.flagged':
      return { ...base, type: one.type, record, phone: numbersOf(one.person)[1] };
    case 'company.updated':
      return {
        ...base,
        type: one.type,
        company: {
          id: one.person < 2 ? 'c1' : 'c2',
          name: one.person === 0 ? 'Acme' : one.person === 1 ? 'ACME' : 'Initech',
          ...(one.said.version > 0 && { website: `https://v${String(one.said.version)}.example` }),
          ...(one.said.phones === 'landline' && { phone: numbersOf(one.person)[2] }),
        },
      };
    case 'domain.opted_out':
    case 'domain.opted_in':
      return { ...base, type: one.type, domain: domainOf(one.person) };
  }
}

const listsAddress = (event: SourceWhaleEvent, address: string): boolean =>
  'record' in event && emailAddresses(event.record).includes(address);

/**
 * Flags are drawn only where the contract is clear: for an address that this person's own earlier event listed, and
 * that no other person lists. The hand-made cases test the rest.
 */
function isPlain(event: SourceWhaleEvent, all: readonly SourceWhaleEvent[]): boolean {
  if (event.type !== 'email.flagged') return true;
  const address = readAddress(event.email) ?? '';
  const id = event.record.candidateId;
  const strangers = all.some(
    (one) => 'record' in one && one.record.candidateId !== id && listsAddress(one, address),
  );
  const known = all.some(
    (one) =>
      'record' in one &&
      one.record.candidateId === id &&
      /^(record|campaign)/.test(one.type) &&
      listsAddress(one, address) &&
      one.occurredAt < event.occurredAt,
  );
  return known && !strangers;
}

// ---- what was in Firefish before --------------------------------------------------------------------------

const seedSketch = fc.record({
  contact: fc.boolean(),
  person: fc.nat(PEOPLE - 1),
  second: fc.boolean(),
  spelling: fc.constantFrom('same', 'same', 'capitals', 'near', 'nearEnd'),
  archived: fc.constantFrom(false, false, true),
  optedIn: fc.boolean(),
  title: fc.boolean(),
  age: fc.constantFrom(10, 400, 3000),
});
type SeedSketch = typeof seedSketch extends fc.Arbitrary<infer Value> ? Value : never;

function seedRecordOf(one: SeedSketch, Ref: number): SeedRecord {
  const address = addressesOf(one.person)[one.second ? 1 : 0];
  const spelt = {
    same: address,
    capitals: address.toUpperCase(),
    near: `x${address}`,
    nearEnd: `${address}.org`,
  };
  return {
    Ref,
    CreatedDaysAgo: one.age,
    // All people share a name word, because contradicting names are tested separately.
    FirstName: 'First Old',
    Surname: 'Of Record',
    EmailAddress: spelt[one.spelling],
    JobTitle: one.title ? 'Old title' : null,
    IsArchived: one.archived,
    EmailMarketing: one.optedIn,
    ...(!one.contact && { SmsMarketing: one.optedIn, PostalMarketing: true }),
  };
}

const seed = fc
  .record({ people: fc.array(seedSketch, { maxLength: 5 }), acme: fc.boolean() })
  .map(({ people, acme }): Seed => {
    const of = (contact: boolean, from: number): SeedRecord[] =>
      people.filter((one) => one.contact === contact).map((one, index) => seedRecordOf(one, from + index));
    return {
      candidates: of(false, 101),
      contacts: of(true, 201),
      companies: acme
        ? [{ Ref: 301, CreatedDaysAgo: 400, Name: 'Acme', Website: 'https://old.example' }]
        : [],
    };
  });

// ---- settings ---------------------------------------------------------------------------------------------

const addWhen = fc.constantFrom('always', 'always', 'added', 'replied', 'interested', 'never');
/** `undefined` means the default: a shrunk history keeps only the settings that matter. */
const unlikely = <Value>(arbitrary: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const someSettings = fc
  .record({
    addWhen: unlikely(fc.record({ candidate: addWhen, contact: addWhen })),
    onlyNotesForSynced: unlikely(fc.constant(true)),
    noteChannels: unlikely(fc.constant(['call', 'email'])),
    campaignNotes: unlikely(fc.constantFrom(['added'], [], ['added', 'replied', 'interested'])),
    updatePolicy: unlikely(
      fc.constantFrom(
        { default: 'ifBlank', fields: { EmailAddress: 'always' } },
        { default: 'always', fields: { JobTitle: 'ifBlank', Surname: 'never' } },
      ),
    ),
    mandatoryFields: unlikely(fc.constant({ candidate: ['CurrentCompanyName'], contact: ['FirstName'] })),
    createCompanies: unlikely(fc.constant(false)),
    newRecordsOptedOut: unlikely(fc.constant(false)),
    optOutAsNote: unlikely(fc.constant(true)),
    defaultOwnerEmail: unlikely(fc.constant('desk@agency.example')),
  })
  .map(
    (all) =>
      // Only what is set; each value belongs to its setting.
      Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Partial<Settings>,
  );
const settings = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Partial<Settings>>({}) },
  { weight: 2, arbitrary: someSettings },
);

// ---- the whole --------------------------------------------------------------------------------------------

/** The order of arrival: each event at its drawn place, and a repeat at its second one. */
function arrivals(sketches: readonly Sketch[], events: readonly SourceWhaleEvent[]): SourceWhaleEvent[] {
  const kept = new Set(events.filter((event) => isPlain(event, events)));
  return sketches
    .flatMap((one, index) => {
      const event = events[index];
      if (event === undefined || !kept.has(event)) return [];
      const again = one.again === null ? [] : [{ arrival: one.again, event }];
      return [{ arrival: one.arrival, event }, ...again];
    })
    .sort((a, b) => a.arrival - b.arrival)
    .map(({ event }) => event);
}

function inBatches(events: readonly SourceWhaleEvent[], size: number): SourceWhaleEvent[][] {
  const batches: SourceWhaleEvent[][] = [];
  for (let from = 0; from < events.length; from += size) batches.push(events.slice(from, from + size));
  return batches;
}

export const histories = (maxEvents = 60): fc.Arbitrary<History> =>
  fc
    .record({
      settings,
      seed,
      sketches: fc.array(sketch, { minLength: 1, maxLength: maxEvents, size: 'max' }),
      batchSize: fc.integer({ min: 1, max: 12 }),
      workers: fc.integer({ min: 1, max: 8 }),
      rush: fc.boolean(),
      chance: fc.nat(1_000_000),
    })
    .map(({ sketches, batchSize, ...rest }) => ({
      ...rest,
      batches: inBatches(arrivals(sketches, sketches.map(eventOf)), batchSize),
    }));

// ---- for people to read -----------------------------------------------------------------------------------

function subject(event: SourceWhaleEvent): string {
  if ('domain' in event) return event.domain;
  if ('company' in event) return JSON.stringify(event.company);
  const { candidateId, kind, ...said } = event.record;
  const rest = Object.entries(said).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const extra = [
    'email' in event ? `flags ${event.email}` : '',
    'phone' in event ? `flags ${event.phone}` : '',
    'marketing' in event ? (event.marketing.channels?.join('+') ?? 'all channels') : '',
    'note' in event ? `"${event.note.text}" by ${event.note.channel}` : '',
  ].filter(Boolean);
  return [candidateId, kind, ...extra, ...rest].join(' ');
}

/** A timeline: what was in Firefish, then each event in the order of arrival with its time. */
export function describeHistory({
  settings: said,
  seed: before,
  batches,
  workers,
  rush,
  chance,
}: History): string {
  const seeded = (what: string, records: readonly SeedRecord[]): string[] =>
    records.map(({ Ref, CreatedDaysAgo, ...fields }) => {
      const shown = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      return `  ${what} ${String(Ref)} (${String(CreatedDaysAgo)} days old) ${shown.join(' ')}`;
    });
  const seen = new Set<string>();
  const lines = batches.map((batch, index) =>
    batch
      .map((event) => {
        const repeat = seen.has(event.id) ? ' (again)' : '';
        seen.add(event.id);
        const minute = event.occurredAt.slice(11, 16);
        const what = repeat === '' ? subject(event) : '';
        return `  batch ${String(index + 1)}  ${event.id} at ${minute} ${event.type}${repeat} ${what}`;
      })
      .join('\n'),
  );
  return [
    `settings ${JSON.stringify(said)}, ${String(workers)} workers, ${rush ? 'all at once' : 'batch by batch'}, chance ${String(chance)}`,
    'in Firefish before:',
    ...seeded('candidate', before.candidates),
    ...seeded('contact', before.contacts),
    ...seeded('company', before.companies),
    'arriving:',
    ...lines,
  ].join('\n');
}
