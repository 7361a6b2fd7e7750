/**
 * What is kept of one person, so that events may come in any order: pure data and its pure changes.
 * Every part is a maximum, a minimum or a union by event order, so two histories of one person can be merged.
 */
import { defined } from '../defined.ts';
import type { RecordKey } from '../firefish/port.ts';
import type { EventId } from '../ids.ts';
import {
  type CampaignStage,
  CREATING_STAGES,
  type FieldEvent,
  type Kind,
  type MarketingChannel,
  type PersonEvent,
} from '../events/event.ts';
import type { PersonName } from '../names/person-names.ts';
import { mergeNames, type NamesSaid } from './said-names.ts';
import { byOrder, earlier, type EventOrder, FROM_THE_BEGINNING, later } from '../events/event-order.ts';
import { type Consents, consentSaid, isAboutConsent, newestConsent, optInsIn } from './consent.ts';
import { flagPhone, phoneHash } from './flags.ts';
import type { InHand, PlanInput } from './types.ts';

export type { RecordKey };
/** By channel, the order of the consent last applied to a record. */
export type AppliedConsent = Partial<Record<MarketingChannel, EventOrder>>;

export interface AddressState {
  /** Trimmed and case folded. */
  text: string;
  /** Keyed hash of the address's domain: part of its entry's key. */
  domainHash: string;
  /** The earliest event that tied the address to the person; `NOT_YET` where only Firefish does so far. */
  since: EventOrder;
  /** The wrong-address event: from then on it neither matches nor is sent. */
  flagged?: EventOrder;
  /** The earliest event that writes fields and listed it. */
  listed?: EventOrder;
  /** SourceWhale's ids that said it while they had no name: it goes along with one that turns out to be someone else. */
  saidBy?: string[];
}

interface AddressList {
  /** SourceWhale's id; empty: none was said. */
  id: string;
  order: EventOrder;
  /** In the sender's order. */
  hashes: string[];
}

/** What a record's address was, in comparison form, before the events after this one; none: before all. */
export interface AddressStart {
  texts: string[];
  from?: EventOrder;
}

/** A Firefish record that is this person. */
export interface LinkedRecord {
  kind: Kind;
  ref: number;
  /** Hashes of the person's addresses by which it was found; none for a record that we created. */
  matchedBy: string[];
  /** The event from which on a record that we created would have existed in event order. */
  createdSince?: EventOrder;
  /** The id of the event that created it. */
  createdBy?: EventId;
  /** Found while no name of the person was known: the name that it had, to be compared once there is one. */
  unchecked?: PersonName;
  /** By Firefish field, the keyed hash of the value last sent, or found there already. */
  sent: Record<string, string>;
  marketing: AppliedConsent;
  /** Absent: never looked at, or blank before we created the record. */
  start?: AddressStart;
}

export interface Said {
  order: EventOrder;
  /** Keyed hash of the value. */
  hash: string;
}

export interface CreateIntent {
  kind: Kind;
  eventId: EventId;
  /** Of that event: it may not be in hand when what it created is found. */
  since: EventOrder;
  /** When it was begun, epoch milliseconds. */
  at: number;
  /** Epoch milliseconds from which on the creation can no longer take effect unseen. */
  settlesAt: number;
}

export type ReleasedRecord = Pick<LinkedRecord, 'kind' | 'ref' | 'marketing'>;

export interface PersonState {
  personId: string;
  /** Persons who turned out to be this one: their tombstones and address entries are not all written yet. */
  absorbing: string[];
  /** SourceWhale's ids of the person. */
  candidateIds: string[];
  /** The newest name that was said. */
  names: NamesSaid;
  /** By keyed hash of the address. */
  addresses: Record<string, AddressState>;
  /** What the events that write fields listed, in their order: `MOST_LISTS`, and the newest of each id. */
  lists: AddressList[];
  /** By kind and Firefish field: the newest saying. */
  said: Record<Kind, Record<string, Said>>;
  /** Keyed hashes of the digits of flagged numbers. */
  flaggedPhones: string[];
  records: LinkedRecord[];
  /** The earliest event of each campaign step, and of a recruiter's own push. */
  steps: Partial<Record<CampaignStage | 'synced', EventOrder>>;
  /** When a side without a match was last looked up (epoch milliseconds), and by which addresses. */
  lookups: Partial<Record<Kind, { at: number; hashes: string[] }>>;
  /** Addresses that came since an opt-out last reached every record that has one of them. */
  unreached: string[];
  /** True once the person's records were found deleted in Firefish. */
  gone: boolean;
  /** It was decided that records with a contradicting name are others'. */
  isSomeoneElse?: true;
  createIntents: CreateIntent[];
  /** What a person without an id of SourceWhale has opted in to: it counts for them alone, not for their addresses. */
  optIns?: Consents;
  /** Records that were linked while a name was missing, and are others': opt-outs of the addresses hold there again. */
  released?: ReleasedRecord[];
  /** A write's answer was lost: nothing more is written before this instant (epoch milliseconds). */
  unsettledUntil?: number;
  /** `Tenant.linksSince` as it was when the links were made or checked. */
  linksSince?: number | undefined;
  /** Since when Firefish answers that someone else changes a record (epoch milliseconds). */
  conflictSince?: number;
}

export const newPerson = (personId: string): PersonState => ({
  personId,
  absorbing: [],
  candidateIds: [],
  names: {},
  addresses: {},
  lists: [],
  said: { candidate: {}, contact: {} },
  flaggedPhones: [],
  records: [],
  steps: {},
  lookups: {},
  unreached: [],
  gone: false,
  createIntents: [],
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

const earliest = (orders: readonly (EventOrder | undefined)[]): EventOrder | undefined =>
  orders.filter((order) => order !== undefined).sort()[0];

/** The event from which on this record counted as the person's. */
export const recordSince = (
  { addresses }: PersonState,
  { matchedBy, createdSince }: LinkedRecord,
): EventOrder =>
  earliest([createdSince, ...matchedBy.map((hash) => addresses[hash]?.since)]) ?? FROM_THE_BEGINNING;

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
const union = <T>(a: readonly T[], b: readonly T[]): T[] => [...new Set([...a, ...b])];
const newestOf = <T extends { order: EventOrder }>(a: T, b: T): T => (b.order > a.order ? b : a);

/** What either knows of an address: the earliest event counts. */
function mergeAddress(a: AddressState, b: Partial<AddressState>): AddressState {
  const saidBy = union(a.saidBy ?? [], b.saidBy ?? []);
  return {
    ...{ ...a, since: earliest([a.since, b.since]) ?? a.since },
    ...defined({ flagged: earliest([a.flagged, b.flagged]), listed: earliest([a.listed, b.listed]) }),
    ...(saidBy.length > 0 && { saidBy }),
  };
}

/** This many lists of addresses are kept for events that come late. */
const MOST_LISTS = 20;

/** In order, each event's once. One between two alike says least: it is the first to go. */
function mergeLists(a: readonly AddressList[], b: readonly AddressList[]): AddressList[] {
  const lists = [...new Map([...a, ...b].map((list) => [list.order, list])).values()].sort(byOrder);
  while (lists.length > MOST_LISTS) {
    const [between, old] = [lists.findIndex((_, at) => isBetween(lists, at)), lists.findIndex(isOld(lists))];
    if (old === -1) return lists;
    lists.splice(between === -1 ? old : between, 1);
  }
  return lists;
}

const isOld =
  (lists: readonly AddressList[]) =>
  ({ id }: AddressList, at: number): boolean =>
    lists.slice(at + 1).some((one) => one.id === id);

function isBetween(lists: readonly AddressList[], at: number): boolean {
  const { id, hashes } = lists[at] ?? { id: '', hashes: [] };
  const before = lists.slice(0, at).findLast((one) => one.id === id);
  const after = lists.slice(at + 1).find((one) => one.id === id);
  return [before, after].every((one) => one?.hashes.join(' ') === hashes.join(' '));
}

/** The person with one more list; an empty one says nothing: it never blanks an address. */
function withList(person: PersonState, list: AddressList): PersonState {
  if (list.hashes.length === 0) return person;
  const addresses = { ...person.addresses };
  for (const hash of list.hashes) {
    const address = addresses[hash];
    if (address !== undefined) addresses[hash] = mergeAddress(address, { listed: list.order });
  }
  return { ...person, addresses, lists: mergeLists(person.lists, [list]) };
}

const mergeRecord = (
  { unchecked: aUnchecked, ...a }: LinkedRecord,
  { unchecked: bUnchecked, ...b }: LinkedRecord,
): LinkedRecord => ({
  ...a,
  ...b,
  // What one of them has for certain is theirs.
  ...(aUnchecked === undefined || bUnchecked === undefined ? {} : { unchecked: aUnchecked }),
  matchedBy: union(a.matchedBy, b.matchedBy),
  sent: { ...b.sent, ...a.sent },
  marketing: mergeBy<EventOrder>(a.marketing, b.marketing, later),
});

const mergeIntents = (a: readonly CreateIntent[], b: readonly CreateIntent[]): CreateIntent[] => [
  ...a,
  ...b.filter((one) => !a.some(({ kind, eventId }) => kind === one.kind && eventId === one.eventId)),
];

/** Two known persons turn out to be one: `into` takes over all that is known of `from`. Twice is harmless. */
export function mergePersons(into: PersonState, from: PersonState): PersonState {
  const records = new Map(into.records.map((record) => [recordKey(record), record]));
  for (const record of from.records) {
    const mine = records.get(recordKey(record));
    records.set(recordKey(record), mine === undefined ? record : mergeRecord(mine, record));
  }
  const unsettledUntil = Math.max(into.unsettledUntil ?? 0, from.unsettledUntil ?? 0);
  const conflictSince = into.conflictSince ?? from.conflictSince;
  const optIns = newestConsent([into.optIns ?? {}, from.optIns ?? {}]);
  const released = [...(into.released ?? []), ...(from.released ?? [])];
  // Where only one of them was checked, both are checked again.
  const linked = [into, from].filter((one) => one.records.length > 0);
  const [linksSince, ...others] = new Set((linked.length > 0 ? linked : [into]).map((one) => one.linksSince));
  return {
    personId: into.personId,
    absorbing: union(into.absorbing, [...from.absorbing, from.personId]),
    candidateIds: union(into.candidateIds, from.candidateIds),
    names: mergeNames(into.names, from.names),
    addresses: mergeBy(into.addresses, from.addresses, mergeAddress),
    lists: mergeLists(into.lists, from.lists),
    said: {
      candidate: mergeBy(into.said.candidate, from.said.candidate, newestOf),
      contact: mergeBy(into.said.contact, from.said.contact, newestOf),
    },
    flaggedPhones: union(into.flaggedPhones, from.flaggedPhones),
    records: [...records.values()],
    steps: mergeBy<EventOrder>(into.steps, from.steps, earlier),
    lookups: {},
    // What one opted out of has not reached the records with the other's addresses.
    unreached: union(Object.keys(into.addresses), Object.keys(from.addresses)),
    gone: into.gone && from.gone,
    ...(into.isSomeoneElse === true || from.isSomeoneElse === true ? { isSomeoneElse: true } : {}),
    createIntents: mergeIntents(into.createIntents, from.createIntents),
    ...(unsettledUntil > 0 ? { unsettledUntil } : {}),
    ...(conflictSince === undefined ? {} : { conflictSince }),
    ...(Object.keys(optIns).length > 0 && { optIns }),
    ...(released.length > 0 && { released }),
    ...(linksSince === undefined || others.length > 0 ? {} : { linksSince }),
  };
}

/** The person as they are looked for again, without the record that is gone from Firefish. */
export function matchedAgain(person: PersonState, gone: RecordKey | undefined): PersonState {
  const records = person.records.filter((record) => recordKey(record) !== gone);
  const released = person.released?.filter((record) => recordKey(record) !== gone) ?? [];
  return {
    ...{ ...person, records, lookups: {}, gone: person.records.length > 0 && records.length === 0 },
    ...(person.released !== undefined && { released }),
  };
}

/** Events that say fields of the person and may create them. */
export const saysFields = (event: PersonEvent): event is FieldEvent =>
  event.type.startsWith('record.') || CREATING_STAGES.some((stage) => stage === campaignStep(event));

/** Of which kind SourceWhale takes the person to be; a candidate where it does not say. */
export const kindOf = ({ record }: PersonEvent): Kind => record.kind ?? 'candidate';

export const campaignStep = (event: PersonEvent): CampaignStage | undefined =>
  'campaign' in event ? (event.type.slice('campaign.'.length) as CampaignStage) : undefined;

/** What is known of the person once these events are counted. */
export const foldIdentity = ({
  person,
  events,
  hash,
}: Pick<PlanInput, 'person' | 'events' | 'hash'>): PersonState =>
  events.reduce((known, inHand) => foldEvent(known, inHand, hash), person);

function foldEvent(
  person: PersonState,
  { event, order, addresses, flagged }: InHand,
  hash: PlanInput['hash'],
): PersonState {
  if (event.type === 'phone.flagged')
    return flagPhone(person, phoneHash(hash, event.phone, event.record.country));
  if (event.type === 'email.flagged')
    return flagged === undefined ? person : flagAddress(person, flagged, order);
  if (isAboutConsent(event) && isKnownByName(person)) {
    return { ...person, optIns: newestConsent([person.optIns ?? {}, optInsIn(consentSaid(event))]) };
  }
  if (!saysFields(event)) return person;
  const step = event.type === 'record.synced' ? 'synced' : campaignStep(event);
  const first = step === undefined ? {} : { [step]: earlier(person.steps[step] ?? order, order) };
  const list = { id: event.record.candidateId ?? '', order, hashes: addresses };
  return withList({ ...person, steps: { ...person.steps, ...first } }, list);
}

/** By nothing but a name and addresses, which others may have too. */
const isKnownByName = ({ candidateIds, names }: PersonState): boolean =>
  candidateIds.length === 0 && Object.keys(names).length > 0;

function flagAddress(person: PersonState, hash: string, order: EventOrder): PersonState {
  const address = person.addresses[hash];
  if (address === undefined) return person;
  const flagged = mergeAddress(address, { flagged: order });
  return { ...person, addresses: { ...person.addresses, [hash]: flagged } };
}
