/**
 * What is kept of one person, so that events may come in any order: pure data and its pure changes.
 * Every part is a maximum, a minimum or a union by stamp, so two histories of one person can be merged.
 */
import type { MarketingChannel, Kind } from '../events/event.ts';
import { earlier, FROM_THE_BEGINNING, later, type Stamp } from './stamp.ts';
import type { Outcome } from './outcome.ts';
import type { CampaignStep } from '../tenants/settings.ts';

/** `candidate:123` */
export type RecordKey = `${Kind}:${number}`;

export interface AddressState {
  /** Keyed hash of the address's domain: part of its item's key. */
  domainHash: string;
  /** The earliest event that tied the address to the person; `NOT_YET` where only Firefish does so far. */
  since: Stamp;
  /** The wrong-address event: from then on it neither matches nor is sent. */
  flagged?: Stamp;
}

/** A Firefish record that is this person. */
export interface LinkedRecord {
  kind: Kind;
  ref: number;
  /** Hashes of the person's addresses by which it was found; none for a record that we created. */
  matchedBy: string[];
  /** The event from which on a record that we created would have existed in order of `occurredAt`. */
  createdSince?: Stamp;
  /** The id of the event that created it. */
  createdBy?: string;
  /** Per Firefish field, the keyed hash of the value last sent, or found there already. */
  sent: Record<string, string>;
  /** Per marketing channel, the word last applied. */
  marketing: Partial<Record<MarketingChannel, Stamp>>;
}

export interface Said {
  stamp: Stamp;
  /** Keyed hash of the value. */
  hash: string;
}

export interface CreateIntent {
  kind: Kind;
  eventId: string;
  /** Of that event: it may not be in hand for whoever finds what it created. */
  since: Stamp;
  /** When it was begun, epoch milliseconds. */
  at: number;
  /** Epoch milliseconds from which on the creation can no longer land unseen. */
  settlesAt: number;
}

export interface NoteIntent {
  record: RecordKey;
  /** When the attempt was made, epoch milliseconds. */
  at: number;
}

export interface PersonState {
  personId: string;
  /** Persons who turned out to be this one and are being taken over: whoever claims this one goes on with it. */
  absorbing: string[];
  /** SourceWhale's ids of the person, with the earliest event that used each. */
  candidateIds: Record<string, Stamp>;
  /** By keyed hash of the address. */
  addresses: Record<string, AddressState>;
  /** The newest list of addresses: hashes in the sender's order. */
  emails?: { stamp: Stamp; hashes: string[] };
  /** By kind and Firefish field: the newest saying. */
  said: Record<Kind, Record<string, Said>>;
  /** Flagged numbers, by keyed hash of their digits. */
  flaggedPhones: Record<string, Stamp>;
  records: LinkedRecord[];
  /** The earliest event of each campaign step, and of a recruiter's own push. */
  steps: Partial<Record<CampaignStep | 'synced', Stamp>>;
  /** Events that were skipped for want of the person or of a step, and are planned again when it comes. */
  pending: Record<string, Stamp>;
  /** When a side without a match was last looked up (epoch milliseconds), and by which addresses. */
  lookups: Partial<Record<Kind, { at: number; hashes: string[] }>>;
  /** Addresses that came since words on marketing last reached every record that has one of them. */
  unreached: string[];
  /** Records that share an address but were not taken for the person: the words last applied to them. */
  reached: Record<RecordKey, LinkedRecord['marketing']>;
  /** True once the person's records were found deleted in Firefish. */
  gone: boolean;
  /** Keyed hashes of the ids of notes that are written, newest last. */
  noted: string[];
  createIntents: CreateIntent[];
  /** By the note's key (`noteKey`). */
  noteIntents: Record<string, NoteIntent>;
  /** A write's answer was lost: nothing more is written before this instant (epoch milliseconds). */
  unsettledUntil?: number;
  /** What came of the events of the last round, kept until their own items say so. */
  outcomes: Record<string, Outcome>;
  /** The events that were about the person, newest last: for whoever asks what became of them. */
  eventIds?: string[];
}

/** So many of a person's events are found again. */
const EVENT_IDS_KEPT = 100;
const withEventIds = (ids: readonly string[] = [], more: readonly string[] = []): string[] =>
  [...new Set([...ids, ...more])].slice(-EVENT_IDS_KEPT);

/** The person with these among their events. */
export const heardOf = (person: PersonState, eventIds: readonly string[]): PersonState => ({
  ...person,
  eventIds: withEventIds(person.eventIds, eventIds),
});

export const newPerson = (personId: string): PersonState => ({
  personId,
  absorbing: [],
  candidateIds: {},
  addresses: {},
  said: { candidate: {}, contact: {} },
  flaggedPhones: {},
  records: [],
  steps: {},
  pending: {},
  lookups: {},
  unreached: [],
  reached: {},
  gone: false,
  noted: [],
  createIntents: [],
  noteIntents: {},
  outcomes: {},
});

export const recordKey = ({ kind, ref }: { kind: Kind; ref: number }): RecordKey => `${kind}:${ref}`;

export function recordOf(key: RecordKey): { kind: Kind; ref: number } {
  const [kind, ref] = key.split(':');
  // As `recordKey` writes it.
  return { kind: kind as Kind, ref: Number(ref) };
}

/** Hashes of the addresses that still match. */
export const liveAddresses = (person: PersonState): string[] =>
  Object.entries(person.addresses)
    .filter(([, address]) => address.flagged === undefined)
    .map(([hash]) => hash);

/** The event from which on this record counted as the person's. */
export function recordSince(person: PersonState, record: LinkedRecord): Stamp {
  const matched = record.matchedBy
    .map((hash) => person.addresses[hash]?.since)
    .filter((since) => since !== undefined)
    .reduce<Stamp | undefined>(
      (first, since) => (first === undefined ? since : earlier(first, since)),
      undefined,
    );
  if (matched === undefined) return record.createdSince ?? FROM_THE_BEGINNING;
  return record.createdSince === undefined ? matched : earlier(matched, record.createdSince);
}

const mergeBy = <T>(
  a: Record<string, T>,
  b: Record<string, T>,
  pick: (a: T, b: T) => T,
): Record<string, T> => {
  const merged = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const mine = merged[key];
    merged[key] = mine === undefined ? value : pick(mine, value);
  }
  return merged;
};

const newestSaid = (a: Said, b: Said): Said => (b.stamp > a.stamp ? b : a);

/** Hashes in the order in which they were first said, which every order of merging ends in. */
function mergeAddress(a: AddressState, b: AddressState): AddressState {
  const flagged =
    a.flagged === undefined ? b.flagged : b.flagged === undefined ? a.flagged : earlier(a.flagged, b.flagged);
  return { ...a, since: earlier(a.since, b.since), ...(flagged === undefined ? {} : { flagged }) };
}

function mergeRecord(a: LinkedRecord, b: LinkedRecord): LinkedRecord {
  return {
    ...a,
    ...b,
    matchedBy: [...new Set([...a.matchedBy, ...b.matchedBy])],
    sent: { ...b.sent, ...a.sent },
    marketing: mergeBy<Stamp>(a.marketing, b.marketing, later),
  };
}

/** Two known persons turn out to be one: `into` takes over all that is known of `from`. */
export function mergePersons(into: PersonState, from: PersonState): PersonState {
  const records = new Map(into.records.map((record) => [recordKey(record), record]));
  for (const record of from.records) {
    const mine = records.get(recordKey(record));
    records.set(recordKey(record), mine === undefined ? record : mergeRecord(mine, record));
  }
  const emails =
    into.emails === undefined || (from.emails !== undefined && from.emails.stamp > into.emails.stamp)
      ? from.emails
      : into.emails;
  const unsettledUntil = Math.max(into.unsettledUntil ?? 0, from.unsettledUntil ?? 0);
  return {
    personId: into.personId,
    absorbing: [...new Set([...into.absorbing, ...from.absorbing])].filter((id) => id !== from.personId),
    candidateIds: mergeBy(into.candidateIds, from.candidateIds, earlier),
    addresses: mergeBy(into.addresses, from.addresses, mergeAddress),
    ...(emails === undefined ? {} : { emails }),
    said: {
      candidate: mergeBy(into.said.candidate, from.said.candidate, newestSaid),
      contact: mergeBy(into.said.contact, from.said.contact, newestSaid),
    },
    flaggedPhones: mergeBy(into.flaggedPhones, from.flaggedPhones, earlier),
    records: [...records.values()],
    steps: mergeBy<Stamp>(into.steps, from.steps, earlier),
    pending: { ...into.pending, ...from.pending },
    lookups: {},
    unreached: [...new Set([...into.unreached, ...from.unreached])],
    reached: { ...into.reached, ...from.reached },
    gone: into.gone && from.gone,
    noted: [...new Set([...into.noted, ...from.noted])],
    createIntents: [...into.createIntents, ...from.createIntents],
    noteIntents: { ...into.noteIntents, ...from.noteIntents },
    ...(unsettledUntil > 0 ? { unsettledUntil } : {}),
    outcomes: { ...into.outcomes, ...from.outcomes },
    eventIds: withEventIds(from.eventIds, into.eventIds),
  };
}

/** The person as they are looked for anew, without the record that is gone from Firefish. */
export function matchedAnew(person: PersonState, gone: RecordKey | undefined): PersonState {
  const records = person.records.filter((record) => recordKey(record) !== gone);
  return { ...person, records, lookups: {}, gone: person.records.length > 0 && records.length === 0 };
}
