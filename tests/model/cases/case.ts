/** A hand-made case: what was in Firefish, what happened, and the required end state of Firefish. */
import type { Kind, MarketingChannel, NoteChannel } from '../../../lib/events/event.ts';
import type { SourceWhaleEvent, SourceWhalePerson } from '../../support/former-event.ts';
import type { Settings } from '../../../lib/tenants/settings.ts';
import type { Expected } from '../expected.ts';
import type { Seed, SeedRecord } from '../ideal.ts';
import type { Edit } from '../model.ts';

export interface Case {
  /** The line of the contract that it tests. */
  name: string;
  settings?: Partial<Settings>;
  seed?: Partial<Seed>;
  /** In the order of delivery, with edits that people make in Firefish. */
  steps: (SourceWhaleEvent | Edit)[];
  expected: Expected;
  /** How events end: the state, and what the reason must say. */
  outcomes?: Record<string, { state: 'synced' | 'skipped'; reason?: RegExp }>;
}

export const isEdit = (step: SourceWhaleEvent | Edit): step is Edit => 'change' in step;
export const isEvent = (step: SourceWhaleEvent | Edit): step is SourceWhaleEvent => !isEdit(step);
export const seedOf = (seed: Partial<Seed> = {}): Seed => ({
  candidates: [],
  contacts: [],
  companies: [],
  ...seed,
});

/** The minute-th minute of the day of the cases. */
export const at = (minute: number): string =>
  new Date(Date.parse('2026-11-23T08:00:00.000Z') + minute * 60_000).toISOString();

type Person = Partial<SourceWhalePerson>;

/** Ann, the person of most cases; `undefined` removes a field. */
export const ann = (changes: Person = {}): SourceWhalePerson => ({
  candidateId: 'sw_ann',
  kind: 'candidate',
  firstName: 'Ann',
  lastName: 'Archer',
  emails: ['ann@x.example'],
  ...changes,
});
export const annAsContact = (changes: Person = {}): SourceWhalePerson =>
  ann({ kind: 'contact', company: 'Acme', ...changes });
/** Only who she is, without other fields. */
export const onlyId = (changes: Person = {}): SourceWhalePerson => ({
  candidateId: 'sw_ann',
  kind: 'candidate',
  ...changes,
});

type RecordType = 'record.created' | 'record.updated' | 'record.synced';
type Step = 'added' | 'replied' | 'interested';

const head = (id: string, minute: number) => ({ id, occurredAt: at(minute) });

export const say = (
  id: string,
  minute: number,
  type: RecordType,
  record: SourceWhalePerson,
  actor?: string,
): SourceWhaleEvent => ({
  ...head(id, minute),
  type,
  record,
  ...(actor !== undefined && { actor: { email: actor } }),
});
export const campaign = (
  id: string,
  minute: number,
  step: Step,
  record: SourceWhalePerson,
  name = 'Autumn',
): SourceWhaleEvent => ({
  ...head(id, minute),
  type: `campaign.${step}`,
  record,
  campaign: { id: `cmp_${name}`, name },
});
export const note = (
  id: string,
  minute: number,
  record: SourceWhalePerson,
  text: string,
  channel: NoteChannel = 'call',
): SourceWhaleEvent => ({
  ...head(id, minute),
  type: 'note.added',
  record,
  note: { id: `note_${id}`, text, channel },
});
const marketing =
  (type: 'marketing.opted_out' | 'marketing.opted_in') =>
  (
    id: string,
    minute: number,
    record: SourceWhalePerson,
    channels?: MarketingChannel[],
  ): SourceWhaleEvent => ({
    ...head(id, minute),
    type,
    record,
    marketing: { ...(channels !== undefined && { channels }) },
  });
export const optOut = marketing('marketing.opted_out');
export const optIn = marketing('marketing.opted_in');
export const flagEmail = (
  id: string,
  minute: number,
  record: SourceWhalePerson,
  email: string,
): SourceWhaleEvent => ({ ...head(id, minute), type: 'email.flagged', record, email });
export const flagPhone = (
  id: string,
  minute: number,
  record: SourceWhalePerson,
  phone: string,
): SourceWhaleEvent => ({ ...head(id, minute), type: 'phone.flagged', record, phone });
export const domainOut = (id: string, minute: number, domain: string): SourceWhaleEvent => ({
  ...head(id, minute),
  type: 'domain.opted_out',
  domain,
});
export const domainIn = (id: string, minute: number, domain: string): SourceWhaleEvent => ({
  ...head(id, minute),
  type: 'domain.opted_in',
  domain,
});
export const company = (
  id: string,
  minute: number,
  type: 'company.created' | 'company.updated',
  said: Extract<SourceWhaleEvent, { company: unknown }>['company'],
): SourceWhaleEvent => ({ ...head(id, minute), type, company: said });

export const edit = (minute: number, kind: Kind, address: string, change: Edit['change']): Edit => ({
  at: at(minute),
  kind,
  address,
  change,
});

/** A candidate who was in Firefish before. */
export const seeded = (Ref: number, EmailAddress: string, fields: Partial<SeedRecord> = {}): SeedRecord => ({
  Ref,
  CreatedDaysAgo: 400,
  FirstName: 'Ann Old',
  Surname: 'Record',
  EmailAddress,
  EmailMarketing: true,
  IsArchived: false,
  ...fields,
});
/** A candidate with the marketing fields that only candidates have. */
export const seededCandidate = (
  Ref: number,
  EmailAddress: string,
  fields: Partial<SeedRecord> = {},
): SeedRecord => seeded(Ref, EmailAddress, { SmsMarketing: true, PostalMarketing: true, ...fields });
export const seededContact = seeded;
