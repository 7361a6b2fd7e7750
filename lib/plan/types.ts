/** What `plan` is given and what it answers: plain data, no I/O. */
import type { Target } from './notes.ts';
import type { Presence } from './presence.ts';
import type { Matching } from './matching.ts';
import type { EventId } from '../ids.ts';
import type { KnownDocument } from '../documents/documents.ts';
import type { DocumentFormat } from '../documents/formats.ts';
import type { Kind, PersonEvent } from '../events/event.ts';
import type { FirefishRecord, FoundRecords } from '../firefish/port.ts';
import type { Fields } from '../mapping/fields.ts';
import type { Settings } from '../tenants/settings.ts';
import type { Consents } from './consent.ts';
import type { EventAction, Outcome } from '../events/event-item.ts';
import type { AddressStart, AppliedConsent, PersonState, RecordKey } from './person-state.ts';
import type { Fallback } from './create.ts';
import type { EventOrder } from '../events/event-order.ts';

/** An event in hand: due, or skipped before and planned again now. */
export interface InHand {
  event: PersonEvent;
  order: EventOrder;
  /** Skipped before, since the person or a step was missing. */
  pending: boolean;
  /** Hashes of the addresses in its `record`, in its order. */
  addresses: string[];
  /** The hash of the address that an `email.flagged` is about. */
  flagged?: string;
}

/** What was read so far: nothing yet. `plan` says what else it needs to know. */
export const nothingKnown = () => ({
  /** Records with an address, by `searchName`. */
  searches: new Map<string, FoundRecords>(),
  profiles: new Map<RecordKey, FirefishRecord>(),
  /** Companies by normalised name; an empty list: there is none. Best match first. */
  companies: new Map<string, readonly number[]>(),
  /** Records that hold one of the person's addresses as a leftover of someone else's. */
  foreign: new Set<RecordKey>(),
  /** Records of people who share one of the addresses, and whose names contradict. */
  sharing: new Set<RecordKey>(),
  /** Addresses that were found wrong before the person named them: they match no record, and opt-outs go by them. */
  stopped: new Set<string>(),
  /** By the note's key, whether it is written. */
  notes: new Map<string, KnownNote>(),
  /** By the note's key, the version that was begun last. */
  versions: new Map<string, NoteVersion>(),
  /** Uploaded documents, by id. */
  documents: new Map<string, KnownDocument>(),
  /** Consent applied to records that share an address but were not taken for the person. */
  reached: new Map<RecordKey, AppliedConsent>(),
});
type KnownFacts = ReturnType<typeof nothingKnown>;

type ReadOnly<T> =
  T extends Map<infer K, infer V> ? ReadonlyMap<K, V> : T extends Set<infer V> ? ReadonlySet<V> : never;
export type Facts = { readonly [F in keyof KnownFacts]: ReadOnly<KnownFacts[F]> };

/**
 * A note that was begun may be written, or not: the record is looked through before it is written again. `to come`: the
 * event that leaves it is open, and leaves it itself.
 */
type KnownNote = 'none' | 'written' | 'to come' | { record: RecordKey; at: number };

/** Which words of a `note.added` were written last. */
export interface NoteVersion {
  order: EventOrder;
  /** Keyed hash of the words, spaces aside. */
  words: string;
  /** True where other words were written before. */
  isEdit: boolean;
}

/** A keyed hash of which many are kept: 8 bytes as base64url. */
export const shortHash = (hash: PlanInput['hash'], text: string): string => hash(text).slice(0, 11);

export const searchName = (kind: Kind, addressHash: string): string => `${kind} ${addressHash}`;

export type Need =
  /** `unlinked`: without the records that are linked to others; `exhaustive`: an opt-out depends on it. */
  | { need: 'search'; kind: Kind; addressHash: string; unlinked?: true; exhaustive?: true }
  | { need: 'profile'; kind: Kind; ref: number }
  | { need: 'company'; name: string }
  /** `saidBy`: the event that leaves it, which is not in hand. */
  | { need: 'note'; key: string; saidBy?: EventId }
  | { need: 'document'; documentId: string }
  | { need: 'reached'; kind: Kind; ref: number };

export interface PlanInput {
  person: PersonState;
  /** In event order. */
  events: readonly InHand[];
  facts: Facts;
  /** The newest consent by channel, over all that is known of the person. */
  consents: Consents;
  /** The newest of it that holds for others with one of the addresses. */
  optOuts: Consents;
  /** True where consent must reach every record with one of the addresses: an opt-out, a domain's consent. */
  reachAll: boolean;
  /** Records that were brought in line with the newest consent before anything was looked up. */
  early: ReadonlySet<RecordKey>;
  /** What Firefish has refused of this person's writes in this turn. */
  refused: ReadonlySet<Fallback>;
  settings: Settings;
  hash: (value: string) => string;
  /** Epoch milliseconds. */
  now: number;
}

/** Whose action an operation is, once it is done. */
export interface Credit {
  eventId: EventId;
  operation: EventAction['operation'];
  fields?: string[];
}

interface Write {
  kind: Kind;
  fields: Fields;
  /** The contact's company, to be made first where there is none. */
  newCompany?: string;
  /** By field, the hash of what is sent. */
  sent: Record<string, string>;
  marketing: AppliedConsent;
  credits: Credit[];
}

export interface CreateOperation extends Write {
  do: 'create';
  eventId: EventId;
  since: EventOrder;
}
export interface UpdateOperation extends Write {
  do: 'update';
  ref: number;
  /** Where the record's address began. */
  start?: AddressStart;
  /** Set where it only takes a wrong address off: what Firefish may refuse, and then the address is kept. */
  blanksAddress?: true;
  /** Someone else's by its name: it shares an address. */
  isVetoed?: true;
}
export interface NoteOperation {
  do: 'note';
  kind: Kind;
  /** Absent: the record that this plan creates. */
  ref?: number;
  text: string;
  /** Identifies the note among those written on the person. */
  key: string;
  /** An earlier try, whose answer is not known. */
  begun?: Extract<KnownNote, object>;
  version?: NoteVersion;
  /** The event's own instant, epoch milliseconds. */
  occurredAt: number;
  /** Consent that counts as applied to the record once the note is written, and not before. */
  marketing?: AppliedConsent;
  credits: Credit[];
}
export interface DocumentOperation {
  do: 'document';
  kind: 'candidate';
  /** Absent: the record that this plan creates. */
  ref?: number;
  documentId: string;
  type: 'CV' | 'Other';
  /** Not where the candidate has a CV by then. */
  onlyIfNone: boolean;
  step: DocumentStep;
  credits: Credit[];
}
export type DocumentStep =
  /** `hadCv`: whether the candidate has a CV so far; absent where that is not asked. */
  | { kind: 'send'; name: string; format: DocumentFormat; hadCv?: boolean }
  /** Firefish has it: what is kept of it goes. */
  | { kind: 'clean-up' }
  /** The answer of an earlier try was lost, and nothing in Firefish can say whether it arrived: a person must look. */
  | { kind: 'ask' };
export type Operation = CreateOperation | UpdateOperation | NoteOperation | DocumentOperation;

export interface Plan {
  operations: Operation[];
  /** By event id; actions of operations are added as these are done. */
  outcomes: Record<string, Outcome>;
  /** The person as these events leave it, except for what the operations do. */
  person: PersonState;
  /** Events that wait for the person or a step. */
  waiting: { eventId: EventId; order: EventOrder }[];
  /** Addresses that are wrong: their entries no longer lead to the person. */
  flags: { addressHash: string; order: EventOrder }[];
}

/** A plan in the making: what all its parts read, and what they gather for one another. */
export interface Draft {
  input: PlanInput;
  person: PersonState;
  matching: Matching;
  presence: Presence;
  targets: readonly Target[];
  /** What must be known before there can be a plan. */
  needs: Need[];
  /** What the outcomes of events say besides, such as that an owner was refused. */
  outcomeNotes: { eventId: EventId; text: string }[];
  /** What new consent leaves where there is no field for it. */
  consentNotes: NoteOperation[];
  /** Consent, by its order, whose event is open and leaves the note itself: the record has not heard it before that. */
  toCome: Set<EventOrder>;
  /** Keys of the notes that this plan writes: of two events with one note, one writes it. */
  plannedNotes: Set<string>;
  /** By the note's key, the version that this plan leaves. */
  versions: Map<string, NoteVersion>;
  /** Ids of events with an older version of a note than is written. */
  older: Set<EventId>;
}

/** The plan, or what must be read before there can be one. */
export type Planned = { needs: Need[] } | { needs: []; plan: Plan };
