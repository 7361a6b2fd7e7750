/**
 * A person's items: the encrypted state or a tombstone, and beside it small items for notes, waiting events and other
 * records.
 */
import type { EventId } from '../ids.ts';
import { isDeepStrictEqual } from 'node:util';
import type { EventOrder } from '../events/event-order.ts';
import {
  type AddressState,
  type AppliedConsent,
  newPerson,
  type PersonState,
  type RecordKey,
} from '../plan/person-state.ts';
import { MOST_WAITING } from '../plan/outcomes.ts';
import type { NoteVersion } from '../plan/types.ts';
import { personItemsPartition, personStateKey } from '../store/sync-keys.ts';
import {
  ConflictError,
  type Item,
  type Key,
  type NewItem,
  queryAll,
  type ReadableTable,
} from '../store/table.ts';
import { EVENT_RETENTION_SECONDS } from '../times.ts';
import type { TurnContext } from '../turn/turn-context.ts';
import { addressOf } from './identity-index.ts';

/** What finding and planning people works with, in a turn and in a preview: nothing can be written with it. */
export interface ReadContext extends Pick<TurnContext, 'tenant' | 'cipher' | 'clock'> {
  table: ReadableTable;
}

/** `state` of a person's partition. */
interface PersonItem extends Item {
  /** The encrypted state (`StoredState`). */
  blob?: Uint8Array;
  /** A tombstone: this person turned out to be that one, which has taken over. */
  heir?: string;
}

/** A person in hand, as read or as last saved. */
export interface Held {
  state: PersonState;
  /** Of the stored item; 0: none is stored. */
  version: number;
  /** Whether the item holds this state. */
  isStored: boolean;
}

type Reading = Pick<ReadContext, 'table' | 'tenant' | 'cipher'>;
type Writing = Pick<TurnContext, 'table' | 'tenant' | 'cipher'>;

export const unsaved = (personId: string): Held => ({
  state: newPerson(personId),
  version: 0,
  isStored: false,
});

/**
 * Without what its place and the addresses say. The cipher's dictionary knows its words, so that a person with 15 fields
 * takes less than 1 kB, the unit of a write.
 */
type StoredState = Omit<PersonState, 'personId' | 'addresses'> & {
  addresses: Omit<AddressState, 'domainHash'>[];
};

function storedForm({ personId: _, addresses, ...state }: PersonState): string {
  const stored: StoredState = {
    ...state,
    addresses: Object.values(addresses).map(({ domainHash: _domain, ...address }) => address),
  };
  return JSON.stringify(stored);
}

function personOf({ tenant }: Reading, personId: string, text: string): PersonState {
  // Only `storedForm` writes it.
  const { addresses, ...state } = JSON.parse(text) as StoredState;
  const known = addresses.map((one): [string, AddressState] => {
    const { hash, domainHash } = addressOf(tenant, one.text);
    return [hash, { ...one, domainHash }];
  });
  return { ...state, personId, addresses: Object.fromEntries(known) };
}

/** The id's own item: a person, the tombstone of one, or nothing. */
export async function readPerson(
  context: Reading,
  personId: string,
): Promise<Held | { heir: string; version: number } | undefined> {
  const { table, tenant, cipher } = context;
  const key = personStateKey(tenant.tenantId, personId);
  const item = (await table.get(key)) as PersonItem | undefined;
  if (item?.heir !== undefined) return { heir: item.heir, version: item.version };
  if (item?.blob === undefined) return undefined;
  const text = await cipher.decrypt(item.blob, { tenantId: tenant.tenantId, key, field: 'blob' });
  return { state: personOf(context, personId, text), version: item.version, isStored: true };
}

/** The person of that id, or the heir; not stored yet where a turn ended in between. */
export async function readHeir(context: Reading, personId: string): Promise<Held> {
  const found = await readPerson(context, personId);
  if (found === undefined) return unsaved(personId);
  return 'heir' in found ? readHeir(context, found.heir) : found;
}

const expected = ({ version }: Held): number | 'absent' => (version === 0 ? 'absent' : version);

/** Writes the state unless it is stored already. @throws ConflictError if the turn's lease was lost */
export async function savePerson(context: Writing, held: Held, state: PersonState): Promise<Held> {
  if (held.isStored && isDeepStrictEqual(state, held.state)) return held;
  const { table, tenant, cipher } = context;
  const key = personStateKey(tenant.tenantId, state.personId);
  const blob = await cipher.encrypt(storedForm(state), { tenantId: tenant.tenantId, key, field: 'blob' });
  const { version } = await table.put({ ...key, blob }, expected(held));
  return { state, version, isStored: true };
}

export async function buryPerson({ table, tenant }: Writing, held: Held, heir: string): Promise<void> {
  await table.put({ ...personStateKey(tenant.tenantId, held.state.personId), heir }, expected(held));
}

/** Makes an id that leads nowhere lead to this person. Twice is harmless. */
export const nameHeir = ({ table, tenant }: Writing, personId: string, heir: string): Promise<void> =>
  putAbsent(table, { ...personStateKey(tenant.tenantId, personId), heir });

async function putAbsent(table: Writing['table'], item: NewItem): Promise<void> {
  try {
    await table.put(item, 'absent');
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}

/** A note that was begun: kept before it is written. */
interface BegunNote {
  record: RecordKey;
  /** When it was begun (epoch milliseconds). */
  at: number;
  /** The event whose note it is, where there is one. */
  by?: EventId;
  /** Of a `note.added`, which words. */
  noteVersion?: NoteVersion;
}
interface ReachedRecord {
  applied: AppliedConsent;
  /** `Tenant.linksSince` as it was for the record. */
  linksSince?: number | undefined;
}

const NOTE = 'note#';
const REACHED = 'reach#';
const PENDING = 'pend#';
const nameOf = ({ sk }: Key): string => sk.slice(sk.indexOf('#') + 1);
const partKey = ({ tenant }: Pick<Reading, 'tenant'>, personId: string, sk: string): Key => ({
  pk: personItemsPartition(tenant.tenantId, personId),
  sk,
});

type Items = Pick<Reading, 'table' | 'tenant'>;
type ItemsWriting = Pick<Writing, 'table' | 'tenant'>;

/** @param ids of the person, who may still be stored as several (in a preview) */
async function readParts<I>(
  context: Items,
  ids: ReadonlySet<string>,
  prefix: string,
  names: readonly string[],
): Promise<Map<string, I & Item>> {
  const keys = [...ids].flatMap((id) => names.map((name) => partKey(context, id, prefix + name)));
  // Only the writers below write items with these keys.
  const items = (await context.table.getMany(keys)) as (I & Item)[];
  return new Map(items.map((item) => [nameOf(item), item]));
}

/** Notes that were begun, by their keys. */
export const readNotes = (context: Items, ids: ReadonlySet<string>, keys: readonly string[]) =>
  readParts<BegunNote>(context, ids, NOTE, keys);

/** The consent that was applied to records that are not the person's. */
export async function readReached(context: Items, ids: ReadonlySet<string>, records: readonly RecordKey[]) {
  const items = await readParts<ReachedRecord>(context, ids, REACHED, records);
  return new Map([...items].filter(([, { linksSince }]) => linksSince === context.tenant.linksSince));
}

/** Ids of the events that wait for the person. */
export async function readPending(context: Items, ids: ReadonlySet<string>): Promise<EventId[]> {
  const found: EventId[] = [];
  for (const id of ids) {
    const { pk } = partKey(context, id, PENDING);
    const { items } = await context.table.query({ pk, prefix: PENDING, limit: MOST_WAITING });
    found.push(...items.map((item) => nameOf(item) as EventId)); // written by their ids
  }
  return found.slice(0, MOST_WAITING);
}

export async function keepNote(
  context: ItemsWriting,
  personId: string,
  key: string,
  note: BegunNote,
): Promise<void> {
  await context.table.put({ ...partKey(context, personId, NOTE + key), ...note }, 'anything');
}

export async function keepReached(
  context: ItemsWriting,
  personId: string,
  record: RecordKey,
  applied: AppliedConsent,
): Promise<void> {
  const reached: ReachedRecord = { applied, linksSince: context.tenant.linksSince };
  await context.table.put({ ...partKey(context, personId, REACHED + record), ...reached }, 'anything');
}

export async function keepWaiting(
  context: ItemsWriting,
  personId: string,
  { eventId, order }: { eventId: EventId; order: EventOrder },
  now: number,
): Promise<void> {
  const expiresAt = Math.floor(now / 1000) + EVENT_RETENTION_SECONDS;
  await context.table.put({ ...partKey(context, personId, PENDING + eventId), order, expiresAt }, 'anything');
}

export const endWaiting = (context: ItemsWriting, personId: string, eventId: EventId): Promise<void> =>
  context.table.delete(partKey(context, personId, PENDING + eventId));

/** Copies the small items of one person to the heir, who may have some of them. */
export async function copyItems(context: ItemsWriting, from: string, heir: string): Promise<void> {
  for await (const { pk: _pk, sk, version: _version, ...item } of smallItems(context, from))
    await putAbsent(context.table, { ...item, ...partKey(context, heir, sk) });
}

export async function removeItems(context: ItemsWriting, personId: string): Promise<void> {
  for await (const item of smallItems(context, personId)) await context.table.delete(item);
}

async function* smallItems({ table, tenant }: ItemsWriting, personId: string): AsyncGenerator<Item> {
  const { pk } = personStateKey(tenant.tenantId, personId);
  for await (const item of queryAll(table, { pk })) if (item.sk.includes('#')) yield item;
}
