/**
 * dynalite writes an item and its index entry one after the other. A kill between the two leaves an entry without its
 * item, or an item that the sweeper can't find; this makes the indexes agree with the items again. Expired items are
 * deleted at the same time, as by DynamoDB's TTL.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { messageOf, StartError } from '../start-error.ts';

type StoredItem = Record<string, { S?: string; N?: string }>;
interface Index {
  IndexName: string;
}
interface TableDescription {
  TableName: string;
  GlobalSecondaryIndexes?: Index[];
}
type Operation = { type: 'put'; key: string; value: unknown } | { type: 'del'; key: string };

/** What is used of `level`, which dynalite uses. */
interface Database {
  open(): Promise<void>;
  close(): Promise<void>;
  iterator(range: { gt: string; lt: string }): AsyncIterable<[string, unknown]>;
  batch(operations: Operation[]): Promise<void>;
}
interface Dynalite {
  getIndexActions: (
    indexes: Index[],
    existing: undefined,
    item: StoredItem,
    table: TableDescription,
  ) => { puts: { index: string; key: string }[] };
}

// Loaded from dynalite's directory, so that exactly the modules are used that will read the store.
const require = createRequire(import.meta.resolve('dynalite'));
const { Level } = require('level') as {
  Level: new (path: string, options: { valueEncoding: 'json' }) => Database;
};
const { getIndexActions } = require('./db') as Dynalite;

/** Sorts after every character in a key: dynalite's keys are table names and hexadecimal digits. */
const END = '\u{ff}';
const OPERATIONS_PER_BATCH = 1000;

/** @throws StartError if the store is damaged or in use */
export async function repairIndexes(path: string, now: number): Promise<void> {
  const db = new Level(path, { valueEncoding: 'json' });
  try {
    await db.open();
    await assertNothingDropped(path);
    for await (const [, table] of db.iterator({ gt: 'table~', lt: `table~${END}` })) {
      // dynalite's own records: their form is its, and its version is exact.
      await write(db, await findRepairs(db, table as TableDescription, now));
    }
  } catch (error) {
    throw asStartError(path, error);
  } finally {
    await db.close();
  }
}

async function findRepairs(db: Database, table: TableDescription, now: number): Promise<Operation[]> {
  const indexes = table.GlobalSecondaryIndexes ?? [];
  const repairs: Operation[] = [];
  const wanted = new Map<string, StoredItem>();
  const items = `item-${table.TableName}~`;
  for await (const [key, value] of db.iterator({ gt: items, lt: items + END })) {
    const item = value as StoredItem;
    if (Number(item.expiresAt?.N ?? Infinity) * 1000 <= now) {
      repairs.push({ type: 'del', key });
      continue;
    }
    for (const entry of getIndexActions(indexes, undefined, item, table).puts) {
      wanted.set(`${indexPrefix(table, entry.index)}${entry.key}`, item);
    }
  }
  for (const { IndexName } of indexes) {
    const prefix = indexPrefix(table, IndexName);
    for await (const [key, entry] of db.iterator({ gt: prefix, lt: prefix + END })) {
      const item = wanted.get(key);
      if (item === undefined) repairs.push({ type: 'del', key });
      // Entries have the whole item, and each of our writes increments its version.
      else if ((entry as StoredItem).version?.N === item.version?.N) wanted.delete(key);
    }
  }
  for (const [key, value] of wanted) repairs.push({ type: 'put', key, value });
  return repairs;
}

const indexPrefix = ({ TableName }: TableDescription, indexName: string): string =>
  `index-global~${TableName}~${indexName}~`;

async function write(db: Database, repairs: Operation[]): Promise<void> {
  for (let start = 0; start < repairs.length; start += OPERATIONS_PER_BATCH) {
    await db.batch(repairs.slice(start, start + OPERATIONS_PER_BATCH));
  }
}

/**
 * LevelDB opens a damaged store without what it can't read, and says so only in its own log, which it starts again at
 * each opening.
 */
async function assertNothingDropped(path: string): Promise<void> {
  const [dropped] =
    /dropping \d+ bytes; .+/.exec(await readFile(`${path}/LOG`, 'utf8').catch(() => '')) ?? [];
  if (dropped === undefined) return;
  throw new StartError(
    `DATA_DIR: the tables in ${path} are damaged (${dropped}); restore them from a backup, or start again to continue with what is left`,
  );
}

function asStartError(path: string, error: unknown): StartError {
  if (error instanceof StartError) return error;
  // `level` says why in the cause.
  const reason = messageOf(error instanceof Error ? (error.cause ?? error) : error);
  return new StartError(
    /lock/i.test(reason)
      ? `DATA_DIR: ${path} is in use by another process; stop that one, or set another DATA_DIR`
      : `DATA_DIR: the tables in ${path} can't be read (${reason}); restore them from a backup, or move them away to begin again`,
  );
}
