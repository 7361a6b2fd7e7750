/** A person's items: the state or a tombstone, and beside it small items for notes, waiting events and other records. */
import type { EventOrder } from '../events/event-order.ts';
import { type AppliedConsent, newPerson, type PersonState, type RecordKey } from '../plan/person-state.ts';
import type { NoteVersion } from '../plan/types.ts';
import { personItemsPartition, personStateKey } from '../store/sync-keys.ts';
import {
  ConflictError,
  type Item,
  type Key,
  queryAll,
  type ReadableTable,
  type Table,
} from '../store/table.ts';
import { EVENT_RETENTION_SECONDS } from '../times.ts';
import type { TurnContext } from '../turn/turn-context.ts';
import { openState, personOf, sealState, storedForm } from './person-codec.ts';
import type { ReadContext } from './read-context.ts';

/** `state` of a person's partition. */
export interface PersonItem extends Item {
  /** The encrypted state (`storedForm`). */
  blob?: Uint8Array;
  /** A tombstone: this person turned out to be that one, which has taken over. */
  heir?: string;
}

/** A person in hand, as read or as last saved. */
export interface Held {
  state: PersonState;
  /** Of the stored item; 0: none is stored. */
  version: number;
  /** The stored form of the state as it is in the table. */
  saved: string;
}

export const unsaved = (personId: string): Held => ({ state: newPerson(personId), version: 0, saved: '' });

/** The id's own item: a person, the tombstone of one, or nothing. */
export async function readPerson(
  { table, tenant, cipher }: Pick<ReadContext, 'table' | 'tenant' | 'cipher'>,
  personId: string,
): Promise<Held | { heir: string; version: number } | undefined> {
  const item = (await table.get(personStateKey(tenant.tenantId, personId))) as PersonItem | undefined;
  if (item?.heir !== undefined) return { heir: item.heir, version: item.version };
  if (item?.blob === undefined) return undefined;
  const saved = await openState(cipher, tenant.tenantId, { ...item, blob: item.blob });
  return { state: personOf(tenant, personId, saved), version: item.version, saved };
}

/** The person of that id, or the heir; not stored yet where a turn died in between. */
export async function readHeir(
  context: Pick<ReadContext, 'table' | 'tenant' | 'cipher'>,
  personId: string,
): Promise<Held> {
  const found = await readPerson(context, personId);
  if (found === undefined) return unsaved(personId);
  return 'heir' in found ? readHeir(context, found.heir) : found;
}

type Saving = Pick<TurnContext, 'table' | 'tenant' | 'cipher'>;

/** Writes the state unless it is stored already. @throws ConflictError where the turn's lease was lost */
export async function savePerson(context: Saving, held: Held, state: PersonState): Promise<Held> {
  const { table, tenant, cipher } = context;
  const text = storedForm(state);
  if (text === held.saved) return { ...held, state };
  const key = personStateKey(tenant.tenantId, state.personId);
  const blob = await sealState(cipher, tenant.tenantId, key, text);
  const { version } = await table.put({ ...key, blob }, held.version === 0 ? 'absent' : held.version);
  return { state, version, saved: text };
}

export async function buryPerson({ table, tenant }: Saving, held: Held, heir: string): Promise<void> {
  const key = personStateKey(tenant.tenantId, held.state.personId);
  await table.put({ ...key, heir }, held.version === 0 ? 'absent' : held.version);
}

/** Makes an id that leads nowhere lead to this person. Twice is harmless. */
export async function nameHeir({ table, tenant }: Saving, personId: string, heir: string): Promise<void> {
  try {
    await table.put({ ...personStateKey(tenant.tenantId, personId), heir }, 'absent');
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}

interface NoteItem extends Item {
  record: RecordKey;
  /** When it was begun (epoch milliseconds). */
  at: number;
  /** The event whose note it is, where there is one. */
  by?: string;
  /** Of a `note.added`, which words. */
  noteVersion?: NoteVersion;
}
interface ReachedItem extends Item {
  applied: AppliedConsent;
  /** `Tenant.linksSince` as it was for the record. */
  linksSince?: number;
}

const partKey = (tenantId: string, personId: string, sk: string): Key => ({
  pk: personItemsPartition(tenantId, personId),
  sk,
});
const PENDING = 'pend#';
const nameOf = ({ sk }: Key): string => sk.slice(sk.indexOf('#') + 1);

/** The small items of a person, who may still be stored as several (in a preview). */
export class PersonItems {
  readonly #table: ReadableTable;
  readonly #tenantId: string;
  readonly #linksSince: number | undefined;
  readonly #ids: readonly string[];

  constructor({ table, tenant }: Pick<ReadContext, 'table' | 'tenant'>, ids: Iterable<string>) {
    this.#table = table;
    this.#tenantId = tenant.tenantId;
    this.#linksSince = tenant.linksSince;
    this.#ids = [...ids];
  }

  async #read<I extends Item>(prefix: string, names: readonly string[]): Promise<Map<string, I>> {
    const keys = this.#ids.flatMap((id) => names.map((name) => partKey(this.#tenantId, id, prefix + name)));
    // Only the writers below write items with these keys.
    const items = (await this.#table.getMany(keys)) as I[];
    return new Map(items.map((item) => [nameOf(item), item]));
  }

  /** Notes that were begun, by their keys. */
  notes(keys: readonly string[]): Promise<Map<string, NoteItem>> {
    return this.#read<NoteItem>('note#', keys);
  }

  async reached(records: readonly RecordKey[]): Promise<Map<string, ReachedItem>> {
    const items = await this.#read<ReachedItem>('reach#', records);
    return new Map([...items].filter(([, { linksSince }]) => linksSince === this.#linksSince));
  }

  /** Ids of the events that wait for the person. @param most of them */
  async pending(most: number): Promise<string[]> {
    const found: string[] = [];
    for (const id of this.#ids) {
      const { pk } = partKey(this.#tenantId, id, PENDING);
      const { items } = await this.#table.query({ pk, prefix: PENDING, limit: most });
      found.push(...items.map(nameOf));
    }
    return found.slice(0, most);
  }
}

/** Writes small items of a person. */
export class PersonItemsWriter {
  readonly #table: Table;
  readonly #tenantId: string;
  readonly #linksSince: number | undefined;

  constructor({ table, tenant }: Pick<TurnContext, 'table' | 'tenant'>) {
    this.#table = table;
    this.#tenantId = tenant.tenantId;
    this.#linksSince = tenant.linksSince;
  }

  /** The intent to write a note, kept before it is written. */
  async begunNote(
    personId: string,
    key: string,
    note: Pick<NoteItem, 'record' | 'at' | 'by' | 'noteVersion'>,
  ): Promise<void> {
    await this.#table.put({ ...partKey(this.#tenantId, personId, `note#${key}`), ...note }, 'anything');
  }

  async reached(personId: string, record: RecordKey, applied: AppliedConsent): Promise<void> {
    const key = partKey(this.#tenantId, personId, `reach#${record}`);
    await this.#table.put({ ...key, applied, linksSince: this.#linksSince }, 'anything');
  }

  async waits(personId: string, eventId: string, order: EventOrder, now: number): Promise<void> {
    const expiresAt = Math.floor(now / 1000) + EVENT_RETENTION_SECONDS;
    const key = partKey(this.#tenantId, personId, PENDING + eventId);
    await this.#table.put({ ...key, order, expiresAt }, 'anything');
  }

  async waitsNoMore(personId: string, eventId: string): Promise<void> {
    await this.#table.delete(partKey(this.#tenantId, personId, PENDING + eventId));
  }

  /** Copies the small items of one person to the heir, who may have some of them. */
  async copy(from: string, heir: string): Promise<void> {
    for await (const { pk: _pk, sk, version: _version, ...item } of this.#small(from)) {
      try {
        await this.#table.put({ ...item, ...partKey(this.#tenantId, heir, sk) }, 'absent');
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
      }
    }
  }

  async remove(personId: string): Promise<void> {
    for await (const item of this.#small(personId)) await this.#table.delete(item);
  }

  async *#small(personId: string): AsyncGenerator<Item> {
    const { pk } = personStateKey(this.#tenantId, personId);
    for await (const item of queryAll(this.#table, { pk })) if (item.sk.includes('#')) yield item;
  }
}
