/** Every stored event of the tenant, found through everything that lists events. */
import type { EventId } from '../ids.ts';
import type { StoredEvent } from '../events/event-item.ts';
import {
  batchesPartition,
  ENDED_LISTS,
  endedIndex,
  eventIdOfKey,
  eventItemKey,
  inboxClasses,
  inboxPartition,
  laterPartition,
} from '../store/sync-keys.ts';
import { type Item, queryAll, type Query, type ReadableTable } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';

interface Context {
  table: ReadableTable;
  tenant: Pick<Tenant, 'tenantId'>;
}

/** How many items one read requests. */
const AT_ONCE = 100;

/** Events that have not ended, and ended ones in the same rows; without internal events. */
export const openEvents = (context: Context): AsyncGenerator<StoredEvent[]> =>
  itemsOf(context, idsOf(context, openSources(context, 1)));

/**
 * All events: batches list events of the last 30 days; an older event that ended or was replayed later is in the index
 * or still open.
 */
export function allEvents(context: Context): AsyncGenerator<StoredEvent[]> {
  const { tenantId } = context.tenant;
  const index = ENDED_LISTS.map((list): Source => ({
    query: { pk: endedIndex(tenantId, list), index: true },
    ids: ({ pk }) => [eventIdOfKey(tenantId, pk)],
  }));
  const batches: Source = { query: { pk: batchesPartition(tenantId) }, ids: listedIn };
  return itemsOf(context, idsOf(context, [...openSources(context, 0), ...index, batches]));
}

interface Source {
  query: Query;
  ids: (item: Item) => readonly EventId[];
}

/** The ids that a batch item or an inbox row lists. */
const listedIn = ({ eventIds }: Item): readonly EventId[] => eventIds as readonly EventId[];

const openSources = ({ tenant: { tenantId } }: Context, firstClass: number): Source[] => [
  { query: { pk: inboxPartition(tenantId), ...inboxClasses(firstClass, 4) }, ids: listedIn },
  { query: { pk: laterPartition(tenantId) }, ids: listedIn },
];

async function* idsOf({ table }: Context, sources: readonly Source[]): AsyncGenerator<EventId> {
  const seen = new Set<string>();
  for (const { query, ids } of sources) {
    for await (const item of queryAll(table, query)) {
      for (const id of ids(item)) {
        if (seen.has(id)) continue;
        seen.add(id);
        yield id;
      }
    }
  }
}

async function* itemsOf(
  { table, tenant }: Context,
  ids: AsyncGenerator<EventId>,
): AsyncGenerator<StoredEvent[]> {
  let some: EventId[] = [];
  // Only StoredEvents have these keys.
  const read = async (): Promise<StoredEvent[]> =>
    (await table.getMany(some.map((id) => eventItemKey(tenant.tenantId, id)))) as StoredEvent[];
  for await (const id of ids) {
    some.push(id);
    if (some.length < AT_ONCE) continue;
    yield await read();
    some = [];
  }
  if (some.length > 0) yield await read();
}
