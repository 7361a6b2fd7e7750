/**
 * The address on a record (rule 10): it stays unless it was flagged, or SourceWhale once listed it and does not any
 * more. What a recruiter typed was never listed, and stays.
 */
import { readAddresses } from '../events/addresses.ts';
import { policyFor } from './fields.ts';
import { foldEvent, nextAddress, primaryAddress } from './identity.ts';
import type { PersonState } from './person-state.ts';
import type { InHand, PlanInput } from './types.ts';

export const ADDRESS_FIELD = 'EmailAddress';

const isFlagged = (person: PersonState, hash: string): boolean =>
  person.addresses[hash]?.flagged !== undefined;

/** Once listed, and on none of the newest lists. */
const isDropped = (person: PersonState, hash: string): boolean =>
  person.addresses[hash]?.listed === true &&
  !Object.values(person.lists).some(({ hashes }) => hashes.includes(hash));

const isGone = (person: PersonState, hash: string): boolean =>
  isFlagged(person, hash) || isDropped(person, hash);

/** 8 bytes as base64url. */
const HASH_LENGTH = 11;

/**
 * What decides about the address of every record of the person, as one short hash: as long as it is the same, a record
 * that was looked at need not be looked at again.
 */
export function addressVerdict(hash: PlanInput['hash'], person: PersonState): string | undefined {
  const gone = Object.keys(person.addresses)
    .filter((one) => isGone(person, one))
    .sort();
  const primary = primaryAddress(person);
  if (gone.length === 0 && primary === undefined) return undefined;
  return hash(`addresses ${JSON.stringify([gone, primary])}`).slice(0, HASH_LENGTH);
}

export interface NewAddress {
  /** Empty: the address is to be blanked. */
  text: string;
  /** The event that made it so; none where persons turned out to be one. */
  by?: InHand;
}

/**
 * What the address becomes as these events come, one after the other; nothing where it stays.
 * @param there as Firefish has it
 */
export function addressAfter(
  { person: before, hash, settings }: Pick<PlanInput, 'person' | 'hash' | 'settings'>,
  events: readonly InHand[],
  there: unknown,
): NewAddress | undefined {
  const policy = policyFor(settings, ADDRESS_FIELD);
  const start = typeof there === 'string' ? there.trim() : '';
  let now: NewAddress = { text: start };
  let person = before;
  for (const inHand of events) {
    person = foldEvent(person, inHand, hash);
    const text = step(person, now.text, policy);
    if (text !== undefined) now = { text, by: inHand };
  }
  const last = step(person, now.text, policy);
  if (last !== undefined) now = { text: last };
  return now.text === start ? undefined : now;
}

function step(person: PersonState, text: string, policy: 'always' | 'ifBlank' | 'never'): string | undefined {
  const textOf = (hash: string | undefined): string | undefined =>
    hash === undefined ? undefined : person.addresses[hash]?.text;
  if (text === '') return policy === 'never' ? undefined : textOf(primaryAddress(person));
  const known = new Map(Object.entries(person.addresses).map(([hash, address]) => [address.text, hash]));
  const hashes = readAddresses(text).addresses.map((address) => known.get(address));
  const isAll = (is: (person: PersonState, hash: string) => boolean): boolean =>
    hashes.length > 0 && hashes.every((hash) => hash !== undefined && is(person, hash));
  const isWrong = isAll(isFlagged);
  // What is wrong goes whatever the update policy says.
  if (!isWrong && (policy !== 'always' || !isAll(isGone))) return undefined;
  const next = nextAddress(person);
  if (next !== undefined) return hashes.includes(next) ? undefined : textOf(next);
  return isWrong ? '' : undefined;
}
