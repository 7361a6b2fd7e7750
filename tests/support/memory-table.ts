import { behind } from '../../lib/store/behind.ts';
import type { Clock } from '../../lib/clock.ts';
import {
  ConflictError,
  type Expected,
  type Item,
  type Key,
  type NewItem,
  type Page,
  type Query,
  type Scan,
  type ScannableTable,
  type Table,
} from '../../lib/store/table.ts';

const address = ({ pk, sk }: Key): string => `${pk}\n${sk}`;

/** What items are made of: plain objects, lists and bytes. `structuredClone` takes twenty times as long for these. */
function copyOf<Value>(value: Value): Value;
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((part: unknown) => copyOf(part));
  if (value instanceof Uint8Array) return value.slice();
  const copy: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) copy[name] = copyOf(part);
  return copy;
}

/** The index's copy of an item: its keys, and when it expires. */
const indexEntry = ({ pk, sk, indexPk, indexSk, expiresAt }: Item): Item =>
  ({ pk, sk, indexPk, indexSk, expiresAt }) as Item; // as DynamoDB answers: the version is not in the index

/** Behaves like the DynamoDB table, in this process: for simulations with thousands of histories. */
export class MemoryTable implements Table, ScannableTable {
  readonly #items = new Map<string, Item>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async get(key: Key): Promise<Item | undefined> {
    await Promise.resolve();
    return copyOf(this.#live(key));
  }

  async getMany(keys: readonly Key[]): Promise<Item[]> {
    await Promise.resolve();
    return copyOf(keys.map((key) => this.#live(key)).filter((item) => item !== undefined));
  }

  async put(item: NewItem, expected: Expected): Promise<Item> {
    await Promise.resolve();
    const current = this.#check(item, expected);
    // As in DynamoDB, an attribute that is undefined is not there.
    const kept = Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
    const written = {
      ...copyOf(kept),
      pk: item.pk,
      sk: item.sk,
      version: (current?.version ?? 0) + 1,
    };
    this.#items.set(address(item), written);
    return copyOf(written);
  }

  async delete(key: Key, expected: Expected = 'anything'): Promise<void> {
    await Promise.resolve();
    this.#check(key, expected);
    this.#items.delete(address(key));
  }

  async query(query: Query): Promise<Page> {
    await Promise.resolve();
    const sortKey = (item: Item): string => (query.index === true ? (item.indexSk ?? '') : item.sk);
    const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
    const order = (a: Item, b: Item): number =>
      compare(sortKey(a), sortKey(b)) || compare(address(a), address(b));
    const inOrder = query.descending === true ? (a: Item, b: Item) => order(b, a) : order;
    // As `behind` writes it.
    const last = query.after === undefined ? undefined : (JSON.parse(query.after) as Item);
    const matching = [...this.#items.values()]
      .filter((item) => (query.index === true ? item.indexPk : item.pk) === query.pk)
      .filter((item) => this.#live(item) !== undefined)
      .filter((item) => query.from === undefined || sortKey(item) >= query.from)
      .filter((item) => query.to === undefined || sortKey(item) <= query.to)
      .filter((item) => query.prefix === undefined || sortKey(item).startsWith(query.prefix))
      .filter((item) => last === undefined || inOrder(item, last) > 0)
      .sort(inOrder);
    const page = matching.slice(0, query.limit ?? 1000);
    const items = copyOf(query.index === true ? page.map(indexEntry) : page);
    const end = items.at(-1);
    return end !== undefined && items.length < matching.length ? { items, next: behind(end) } : { items };
  }

  async scan({ prefix, partitions, tenantId, limit = 1000, after }: Scan): Promise<Page> {
    await Promise.resolve();
    const all = [...this.#items.values()].sort((a, b) => (address(a) < address(b) ? -1 : 1));
    const rest = after === undefined ? all : all.filter((item) => address(item) > after);
    const looked = rest.slice(0, limit);
    const items = looked
      .filter(
        (item) => item.pk.startsWith(prefix) || partitions.includes(item.pk) || item['tenantId'] === tenantId,
      )
      .map(({ pk, sk, version, ...rest }) => ({ pk, sk, version, tenantId: rest['tenantId'] }));
    const last = looked.at(-1);
    return last === undefined || looked.length === rest.length ? { items } : { items, next: address(last) };
  }

  /** All items, for tests that search for what must not be stored. */
  all(): Item[] {
    return copyOf([...this.#items.values()]);
  }

  #live(key: Key): Item | undefined {
    const item = this.#items.get(address(key));
    if (item?.expiresAt !== undefined && item.expiresAt * 1000 <= this.#clock.now()) return undefined;
    return item;
  }

  #check(key: Key, expected: Expected): Item | undefined {
    const current = this.#live(key);
    if (expected === 'absent' && current !== undefined) throw new ConflictError(key);
    if (typeof expected === 'number' && current?.version !== expected) throw new ConflictError(key);
    return current;
  }
}
