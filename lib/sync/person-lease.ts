/**
 * A person's item and the lease on it: a claim is taken by one conditional write, and every later write of
 * the item is conditional as well, so that who lost the lease can't write state any more.
 */
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import { personKey } from '../store/keys.ts';
import { ConflictError, type Item, type ReadableTable, type Table } from '../store/table.ts';
import { CLOCK_SKEW_MS, LATE_MS } from './margins.ts';
import { newPerson, type PersonState } from './person.ts';

/** Another worker has the person, at most until this instant (epoch milliseconds). */
export class BusyError extends Error {
  override name = 'BusyError';
  readonly until: number;
  constructor(until: number) {
    super('another worker has this person');
    this.until = until;
  }
}

export interface LeaseDeps {
  table: Table;
  tenantId: string;
  cipher: Cipher;
  clock: Clock;
  newId: () => string;
  /** FIREFISH_TIMEOUT_MS: the longest a call can take. */
  callTimeoutMs: number;
}

/** What a fresh lease leaves for waits between two writes. */
export const WORKING_MS = 15_000;

export interface PersonItem extends Item {
  state?: PersonState;
  /** The addresses by their hashes, encrypted. */
  sealed?: Uint8Array;
  /** This person turned out to be another one, who has taken over. */
  mergedInto?: string;
  lease?: Lease;
}

export interface Lease {
  owner: string;
  /** Epoch milliseconds. */
  until: number;
}

export interface HeldPerson {
  item: PersonItem;
  state: PersonState;
  /** The person's addresses by their hashes. */
  texts: Record<string, string>;
}

/** The part of a lease within which no write may begin, since it could land too late. */
export const reserveMs = ({ callTimeoutMs }: LeaseDeps): number => callTimeoutMs + LATE_MS;

export const freshLease = (deps: LeaseDeps, owner: string): Lease => ({
  owner,
  until: deps.clock.now() + 2 * reserveMs(deps) + WORKING_MS,
});

export async function readPersonItem(
  deps: { table: ReadableTable; tenantId: string },
  personId: string,
): Promise<PersonItem | undefined> {
  return await deps.table.get(personKey(deps.tenantId, personId));
}

/** Writes the person under its version, with this lease or none. @throws ConflictError */
export async function writePerson(
  deps: LeaseDeps,
  { item, state, texts }: HeldPerson,
  lease: Lease | undefined,
): Promise<HeldPerson> {
  const plaintext = JSON.stringify(texts);
  const sealed = await deps.cipher.encrypt(deps.tenantId, plaintext);
  const written = await deps.table.put(
    { pk: item.pk, sk: item.sk, state, sealed, ...(lease === undefined ? {} : { lease }) },
    item.version === 0 ? 'absent' : item.version,
  );
  return { item: written, state, texts };
}

export async function openPerson(
  deps: Pick<LeaseDeps, 'cipher' | 'tenantId'>,
  item: PersonItem,
  state: PersonState,
): Promise<HeldPerson> {
  if (item.sealed === undefined) return { item, state, texts: {} };
  return { item, state, texts: await openTexts(deps.cipher, deps.tenantId, item.sealed) };
}

/** What the lease's own write adds to the person. */
export type Prepare = (person: HeldPerson) => HeldPerson;

/** @throws BusyError while somebody else has the person */
export async function leasePerson(
  deps: LeaseDeps,
  owner: string,
  item: PersonItem,
  prepare: Prepare,
): Promise<HeldPerson> {
  const { lease } = item;
  if (lease !== undefined && lease.until + CLOCK_SKEW_MS > deps.clock.now()) {
    throw new BusyError(lease.until + CLOCK_SKEW_MS);
  }
  const person = await openPerson(deps, item, item.state ?? newPerson(item.sk));
  return busyOnConflict(deps, () => writePerson(deps, prepare(person), freshLease(deps, owner)));
}

/** @throws BusyError where somebody was faster */
export async function leaseNewPerson(
  deps: LeaseDeps,
  owner: string,
  personId: string,
  prepare: Prepare,
): Promise<HeldPerson> {
  const item: PersonItem = { ...personKey(deps.tenantId, personId), version: 0 };
  const person = { item, state: newPerson(personId), texts: {} };
  return busyOnConflict(deps, () => writePerson(deps, prepare(person), freshLease(deps, owner)));
}

async function busyOnConflict(deps: LeaseDeps, lease: () => Promise<HeldPerson>): Promise<HeldPerson> {
  try {
    return await lease();
  } catch (error) {
    if (error instanceof ConflictError) throw new BusyError(deps.clock.now());
    throw error;
  }
}

/** One of a person's addresses by its hash, whoever the person was merged into. Takes no claim. */
export async function readAddress(
  deps: { table: ReadableTable; cipher: Cipher; tenant: { tenantId: string } },
  personId: string,
  hash: string,
): Promise<string | undefined> {
  const item = (await deps.table.get(personKey(deps.tenant.tenantId, personId))) as PersonItem | undefined;
  if (item?.mergedInto !== undefined) return readAddress(deps, item.mergedInto, hash);
  if (item?.sealed === undefined) return undefined;
  return openTexts(deps.cipher, deps.tenant.tenantId, item.sealed).then((texts) => texts[hash]);
}

async function openTexts(
  cipher: Cipher,
  tenantId: string,
  sealed: Uint8Array,
): Promise<Record<string, string>> {
  return JSON.parse(await cipher.decrypt(tenantId, sealed)) as Record<string, string>;
}
