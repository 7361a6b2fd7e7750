/**
 * The events that SourceWhale sends, as the rest of the system sees them: read and tidied by `readEvent`, with nothing
 * left to check. Each type has only what it uses. `gender` and `dominantRace` are never in it.
 */
import type { EventId } from '../ids.ts';
import type { Instant } from './instant.ts';

export const KINDS = ['candidate', 'contact'] as const;
export const CHANNELS = ['email', 'sms', 'post'] as const;
export const NOTE_CHANNELS = [
  'email',
  'linkedin',
  'inmail',
  'call',
  'sms',
  'whatsapp',
  'meeting',
  'task',
  'other',
] as const;
/** Stages of a campaign that can create a person, in the order in which they can happen. */
export const CREATING_STAGES = [
  'added',
  'messaged',
  'opened',
  'clicked',
  'replied',
  'interested',
  'meeting_booked',
] as const;
/** Stages that change nothing of the person: at most they write a note. */
export const END_STAGES = ['not_interested', 'bounced', 'finished'] as const;
export const CAMPAIGN_STAGES = [...CREATING_STAGES, ...END_STAGES] as const;
export const ORIGINS = ['user', 'automation'] as const;
export const DOCUMENT_TYPES = ['cv', 'other'] as const;

export type Kind = (typeof KINDS)[number];
export type MarketingChannel = (typeof CHANNELS)[number];
export type NoteChannel = (typeof NOTE_CHANNELS)[number];
export type CampaignStage = (typeof CAMPAIGN_STAGES)[number];
export type Origin = (typeof ORIGINS)[number];
export type DocumentType = (typeof DOCUMENT_TYPES)[number];

export type EndStage = (typeof END_STAGES)[number];
export type CreatingStage = (typeof CREATING_STAGES)[number];

/** Absent: not sent. `null`: cleared. Otherwise the value, never empty. */
export type Clearable<Value> = Value | null;

/** The person that an event is about. It has `candidateId`, `emails` or both. */
export interface PersonIds {
  candidateId?: string;
  kind?: Kind;
  /** In comparison form (lower case, ASCII domain, NFC), each once, in the order in which they were sent. */
  emails: string[];
}

/** Ids and the name, which can veto a match. */
export interface NamedPerson extends PersonIds {
  firstName?: string;
  lastName?: string;
  /** A name of one word, which may be either half: for comparing, never written. */
  oneWordName?: string;
}

/** All data of a person in an event. A name, an address and a company are never cleared. */
export interface Person extends NamedPerson {
  kind: Kind;
  /** Set if an empty list was sent. */
  emailsCleared?: true;
  title?: Clearable<string>;
  role?: Clearable<string>;
  /** Its exact name. A text that means no company ("n/a") counts as not sent. */
  company?: string;
  /** One number in each, as typed. */
  phones?: Clearable<string[]>;
  /** `https://www.linkedin.com/in/…` */
  linkedIn?: Clearable<string>;
  location?: Clearable<string>;
  city?: Clearable<string>;
  state?: Clearable<string>;
  postcode?: Clearable<string>;
  country?: Clearable<string>;
  summary?: Clearable<string>;
  skills?: Clearable<string[]>;
  source?: string;
}

export interface Campaign {
  id: string;
  name: string;
  step?: string;
}

export interface Note {
  id: string;
  /** Plain text. Empty: there is nothing to write. */
  text: string;
  channel: NoteChannel;
  /** The sender's name of a channel that is not one of ours, for the note's heading. */
  channelWord?: string;
  outcome?: string;
}

export interface DocumentReference {
  documentId: string;
  name: string;
  type: DocumentType;
}

/** Absent parts were not sent; `null`: cleared. */
export interface CompanyAddress {
  line1?: Clearable<string>;
  line2?: Clearable<string>;
  line3?: Clearable<string>;
  city?: Clearable<string>;
  state?: Clearable<string>;
  postcode?: Clearable<string>;
  country?: Clearable<string>;
}

export interface Company {
  id: string;
  /** Exact. Absent for a `company.updated` without a usable name, which is allowed only for a linked company. */
  name?: string;
  /** In comparison form. */
  domain?: Clearable<string>;
  website?: Clearable<string>;
  phone?: Clearable<string>;
  /** One text cannot be split without guessing: it is `line1`. */
  address?: CompanyAddress;
}

interface Base {
  id: EventId;
  /** As the sender sent it. */
  occurredAt: Instant;
  /** When it takes effect: `occurredAt`, or its arrival if that is earlier. */
  effectiveAt: Instant;
  actor?: { email: string };
  origin: Origin;
}

export interface RecordEvent extends Base {
  type: 'record.created' | 'record.updated' | 'record.synced';
  record: Person;
}
export interface CampaignEvent extends Base {
  type: `campaign.${CreatingStage}`;
  record: Person;
  campaign: Campaign;
}
export interface CampaignEndEvent extends Base {
  type: `campaign.${EndStage}`;
  record: NamedPerson;
  campaign: Campaign;
}
export interface NoteEvent extends Base {
  type: 'note.added';
  record: NamedPerson;
  note: Note;
}
export interface DocumentEvent extends Base {
  type: 'document.added';
  record: NamedPerson;
  document: DocumentReference;
}
/**
 * An opt-out is matched by ids and addresses only. An opt-in also needs the name, because a person who shares an
 * address must not opt another person in.
 */
export interface OptOutEvent extends Base {
  type: 'marketing.opted_out';
  record: PersonIds;
  /** At least one. */
  channels: MarketingChannel[];
  reason?: string;
}
export interface OptInEvent extends Base {
  type: 'marketing.opted_in';
  record: NamedPerson;
  /** At least one. */
  channels: MarketingChannel[];
  reason?: string;
}
export interface EmailFlaggedEvent extends Base {
  type: 'email.flagged';
  record: PersonIds;
  /** In comparison form. */
  email: string;
}
export interface PhoneFlaggedEvent extends Base {
  type: 'phone.flagged';
  /** `country`: the country of a national number. */
  record: PersonIds & { country?: string };
  /** As typed. */
  phone: string;
}
export interface CompanyCreatedEvent extends Base {
  type: 'company.created';
  company: Company & { name: string };
}
export interface CompanyUpdatedEvent extends Base {
  type: 'company.updated';
  company: Company;
}
export interface DomainEvent extends Base {
  type: 'domain.opted_out' | 'domain.opted_in';
  /** In comparison form. */
  domain: string;
}

export type MarketingEvent = OptOutEvent | OptInEvent;
export type CompanyEvent = CompanyCreatedEvent | CompanyUpdatedEvent;
export type Event =
  | RecordEvent
  | CampaignEvent
  | CampaignEndEvent
  | NoteEvent
  | DocumentEvent
  | MarketingEvent
  | EmailFlaggedEvent
  | PhoneFlaggedEvent
  | CompanyEvent
  | DomainEvent;
export type EventType = Event['type'];
/** An event about one person: every type but the company's and the domain's. */
export type PersonEvent = Extract<Event, { record: unknown }>;
/** Events that write fields, and can create. */
export type FieldEvent = RecordEvent | CampaignEvent;

/** In one POST. */
export const MAX_EVENTS = 500;
