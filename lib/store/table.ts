import type { TenantId } from '../ids.ts';
export interface Key {
  pk: string;
  sk: string;
}

/** Any value that DynamoDB can store. Only this system writes the tables. */
export type Attributes = Record<string, unknown>;

export interface Item extends Key {
  /** Counts the writes of this item; `put` compares it. */
  version: number;
  /** Epoch seconds. From then on the item is absent, whether DynamoDB has removed it yet or not. */
  expiresAt?: number;
  /** The id of the last write: by it a table recognises its own write. */
  writeId?: string;
  /** Partition and sort key of the table's one sparse index; the sort key is an ISO instant. */
  indexPk?: string;
  indexSk?: string;
  [attribute: string]: unknown;
}

export type NewItem = Omit<Item, 'version'> & Key;

export interface Query {
  pk: string;
  /** Sort keys from here, included. */
  from?: string;
  /** Sort keys up to here, included. */
  to?: string;
  /** Sort keys that begin so. Not together with `from` and `to`. */
  prefix?: string;
  descending?: boolean;
  limit?: number;
  /** Query the sparse index (`indexPk`, `indexSk`) instead: it can lag behind the table, and has only keys. */
  index?: boolean;
  /** `next` of the previous page. */
  after?: string;
}

/** What a scan searches: items for which any of these holds. */
export interface Scan {
  /** The partition key begins so. */
  prefix: string;
  /** The partition key is one of these. */
  partitions: readonly string[];
  /** The attribute `tenantId` is this. */
  tenantId: TenantId;
  /** How many items are read; the page has the matching ones. */
  limit?: number;
  /** `next` of the page before. */
  after?: string;
}

/**
 * Reads the items of all tenants to find items that cannot be found by a key. Only for rare work, such as deleting a
 * tenant.
 */
export interface ScannableTable {
  /** Keys and `tenantId` alone. */
  scan(scan: Scan): Promise<Page>;
}

export interface Page {
  items: Item[];
  /** Set if there may be more. A page can have fewer items than `limit` and still have a next one. */
  next?: string;
}

/** The condition of `put` and `delete` on the present item: none, that there is no item, or its version. */
export type Expected = 'anything' | 'absent' | number;

/** `after` is not a position in this query: it was invented, or is from another query. */
export class PageError extends Error {
  override name = 'PageError';
}

/** Another writer came first: read the item again and decide again. */
export class ConflictError extends Error {
  override name = 'ConflictError';
  readonly key: Key;
  constructor(key: Key) {
    super('the item was changed by someone else');
    this.key = key;
  }
}

/**
 * A DynamoDB table as this project uses it: whole items, strongly consistent reads, single-item
 * conditional writes by version. No transactions (dynalite has none, and they cost double).
 */
export interface Table {
  get(key: Key): Promise<Item | undefined>;
  /** In any order. Absent items are left out. */
  getMany(keys: readonly Key[]): Promise<Item[]>;
  /**
   * Writes the whole item and returns it with its new version.
   * @throws ConflictError if the item there is not as `expected`. A put that the SDK repeats because its answer was
   * lost does not conflict with itself.
   */
  put(item: NewItem, expected: Expected): Promise<Item>;
  /** @throws ConflictError like `put`. Deleting an absent item is no error unless a version is expected. */
  delete(key: Key, expected?: Expected): Promise<void>;
  /** @throws PageError */
  query(query: Query): Promise<Page>;
}

/** A table for readers that must not write. */
export type ReadableTable = Pick<Table, 'get' | 'getMany' | 'query'>;

/** Every item of a query, page by page. */
export async function* queryAll(table: ReadableTable, query: Query): AsyncGenerator<Item> {
  let after: string | undefined;
  do {
    const page: Page = await table.query(after === undefined ? query : { ...query, after });
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}

/**
 * Reads an item, changes it with `change`, writes it under its version, and starts again if another writer came first.
 * `change` may be called several times; `undefined` leaves it as it is.
 */
export async function update(
  table: Table,
  key: Key,
  change: (current: Item | undefined) => NewItem | undefined,
): Promise<Item | undefined> {
  for (;;) {
    const current = await table.get(key);
    const wanted = change(current);
    if (wanted === undefined) return current;
    try {
      return await table.put(wanted, current?.version ?? 'absent');
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}
