/**
 * The address on a record (rule 10): it stays unless it was flagged, or SourceWhale once listed it and does not any
 * more. What a recruiter typed was never listed, and stays. What it becomes depends on which list came first, so the
 * events are gone through again in their order, from the address that the record had at the start.
 */
import { readAddresses } from '../events/reading/addresses.ts';
import { type EventOrder, FROM_THE_BEGINNING, NOT_YET } from '../events/event-order.ts';
import type { Kind } from '../events/event.ts';
import { hashOf, policyFor } from './fields.ts';
import type { AddressStart, AddressState, LinkedRecord, PersonState } from './person-state.ts';
import type { PlanInput } from './types.ts';

export const ADDRESS_FIELD = 'EmailAddress';

/** What is known of a person's addresses at one point of the order. */
interface Known {
  isFlagged: (text: string) => boolean;
  /** Once listed, and on none of the newest lists. */
  isDropped: (text: string) => boolean;
  /**
   * What takes the place of an address that goes: of the newest list, else of the others that still count. As long as
   * nothing was listed, one that an event has named. None where none is known.
   */
  next: string | undefined;
  /** The same of those that were listed: an event that changes no field puts no address on a record. */
  nextListed: string | undefined;
}

function knownAt(person: PersonState, at: EventOrder): Known {
  const addresses = new Map(
    Object.entries(person.addresses).flatMap(([hash, one]): [string, AddressState & { hash: string }][] =>
      one.since <= at ? [[one.text, { ...one, hash }]] : [],
    ),
  );
  const newest = new Map(person.lists.filter(({ order }) => order <= at).map((list) => [list.id, list]));
  const named = [...newest.values()]
    .sort((a, b) => (a.order > b.order ? -1 : 1))
    .flatMap(({ hashes }) => hashes.flatMap((hash) => person.addresses[hash]?.text ?? []));
  const isBy = (order: EventOrder | undefined): boolean => order !== undefined && order <= at;
  const isFlagged = (text: string): boolean => isBy(addresses.get(text)?.flagged);
  const isListed = (text: string): boolean => isBy(addresses.get(text)?.listed);
  const isDropped = (text: string): boolean => isListed(text) && !named.includes(text);
  const place = ({ since, hash }: AddressState & { hash: string }): string => `${since} ${hash}`;
  const others = [...addresses.values()].sort((a, b) => (place(a) < place(b) ? -1 : 1));
  const isGood = (text: string): boolean => !isFlagged(text);
  const all = (newest.size > 0 ? named : others.map(({ text }) => text)).filter(isGood);
  return { isFlagged, isDropped, next: all[0], nextListed: all.find(isListed) };
}

/** The address with which the person would be created at that point; none where none is known. */
export const addressAt = (person: PersonState, at: EventOrder): string | undefined =>
  knownAt(person, at).next;

interface AddressNow {
  /** In comparison form, none where it is blank; what is no address as it is. */
  texts: readonly string[];
  /** The event that made it so. */
  by?: EventOrder;
  /** True where all of it is wrong and nothing takes its place: Firefish refuses a candidate without an address. */
  isWrong?: true;
}

/** What is in Firefish's field. */
function textsIn(there: unknown): string[] {
  const text = typeof there === 'string' ? there.trim() : '';
  const { addresses } = readAddresses(text);
  return addresses.length > 0 || text === '' ? addresses : [text];
}

/** What a record's address has become by all that is known. */
export function addressNow(
  person: PersonState,
  settings: PlanInput['settings'],
  kind: Kind,
  { texts, from = FROM_THE_BEGINNING, isNew = false }: AddressStart & { isNew?: boolean },
): AddressNow {
  const policy = policyFor(settings, ADDRESS_FIELD);
  const first = isNew ? addressAt(person, from) : undefined;
  let now: AddressNow = { texts: first === undefined ? texts : [first] };
  const orders = [...new Set([...ordersOf(person), NOT_YET])].filter((order) => order > from).sort();
  for (const at of orders) {
    const next = step(knownAt(person, at), now.texts, kind, policy);
    if (next !== undefined) now = { texts: next, by: at };
  }
  const flags = flagsOf(person, now.texts);
  const by = flags.sort().at(-1);
  if (by === undefined)
    return now.texts.length === 0 && kind === 'candidate' ? { ...now, isWrong: true } : now;
  return flags.length < now.texts.length ? now : { texts: now.texts, by, isWrong: true };
}

/** The events that found these addresses wrong. */
const flagsOf = ({ addresses }: PersonState, texts: readonly string[]): EventOrder[] =>
  Object.values(addresses).flatMap(({ text, flagged }) =>
    flagged !== undefined && texts.includes(text) ? [flagged] : [],
  );

function step(
  { isFlagged, isDropped, next, nextListed }: Known,
  texts: readonly string[],
  kind: Kind,
  policy: 'always' | 'ifBlank' | 'never',
): string[] | undefined {
  if (texts.length === 0) return policy === 'never' || nextListed === undefined ? undefined : [nextListed];
  const isWrong = texts.every(isFlagged);
  // What is wrong goes whatever the update policy says.
  const goes = isWrong || (policy === 'always' && texts.every((one) => isFlagged(one) || isDropped(one)));
  if (!goes) return undefined;
  if (next !== undefined) return texts.includes(next) ? undefined : [next];
  return isWrong && kind === 'contact' ? [] : undefined;
}

/** What `LinkedRecord.sent` holds of an address: what the record has, and what takes its place should it be blank. */
export const addressSent = (hash: PlanInput['hash'], person: PersonState, texts: readonly string[]): string =>
  `${textsHash(hash, texts)} ${textsHash(hash, [knownAt(person, NOT_YET).nextListed ?? ''])}`;

const textsHash = (hash: PlanInput['hash'], texts: readonly string[]): string =>
  hashOf(hash, ADDRESS_FIELD, texts.join(' '));

/** The events that have said something of the person's addresses. */
const ordersOf = ({ lists, addresses }: PersonState): EventOrder[] => [
  ...lists.map(({ order }) => order),
  ...Object.values(addresses).flatMap(({ flagged }) => flagged ?? []),
];

const newestOrder = (person: PersonState): EventOrder =>
  ordersOf(person).reduce((a, b) => (a > b ? a : b), FROM_THE_BEGINNING);

interface AddressChange {
  /** Left out where nothing is to be written. */
  address?: AddressNow;
  /** What the record is known to have once it is written. */
  sent?: string;
  /** Where the address begins again: it was never looked at, or a recruiter has changed it. */
  start?: AddressStart;
}

/** What becomes of a record's address; `read`: the record must be read to say. @param record as Firefish has it */
export function changeAddress(
  { person: before, hash, settings }: Pick<PlanInput, 'person' | 'hash' | 'settings'>,
  person: PersonState,
  { kind, sent: { [ADDRESS_FIELD]: known }, createdSince, start }: LinkedRecord,
  record: { EmailAddress?: unknown } | undefined,
): AddressChange | 'read' {
  if (ordersOf(person).length === 0) return {};
  const isNew = start === undefined && createdSince !== undefined;
  const from = start ?? (isNew ? { texts: [], from: createdSince } : undefined);
  const now = from === undefined ? undefined : addressNow(person, settings, kind, { ...from, isNew });
  if (now !== undefined && known === addressSent(hash, person, now.texts)) return {};
  if (record === undefined) return 'read';
  const there = textsIn(record.EmailAddress);
  const isEdited = known?.startsWith(textsHash(hash, there)) === false;
  const isThere = ({ texts }: AddressNow): boolean => textsHash(hash, texts) === textsHash(hash, there);
  const changed = (one: AddressNow): AddressChange => {
    const sent = addressSent(hash, person, one.isWrong === true ? there : one.texts);
    if (one.isWrong !== true) return { sent, ...(isThere(one) ? {} : { address: one }) };
    // No wrong address takes the place of another one: it is only taken off, if Firefish lets it.
    const flags = flagsOf(person, there).sort();
    const by = flags.at(-1);
    if (by !== undefined && flags.length === there.length) return { sent, address: { texts: [], by } };
    return { sent, start: { texts: there, from: newestOrder(person) } };
  };
  if (now !== undefined && (isThere(now) || !isEdited)) return changed(now);
  const restarted: AddressStart = { texts: there, ...(isEdited && { from: newestOrder(before) }) };
  return { start: restarted, ...changed(addressNow(person, settings, kind, restarted)) };
}
