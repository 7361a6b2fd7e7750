/**
 * Opt-outs of a tenant that is disabled: their events end like all others, and are worked on once the tenant is enabled
 * again. Each has its own row: the index of ended events may lag behind.
 */
import type { TenantId, EventId } from '../ids.ts';
import type { EndedEvent, StoredContent, StoredEvent } from '../events/event-item.ts';
import { eventItemKey, heldKey, heldPartition } from '../store/sync-keys.ts';
import type { ReadableTable } from '../store/table.ts';
import { DISABLED } from './outcomes.ts';
import { listAsDue, reopen } from './reopen.ts';
import type { TurnContext } from './turn-context.ts';

/** One turn begins with so many; the next one continues. */
const AT_ONCE = 100;

export const isOptOut = ({ type }: { type: StoredContent['type'] }): boolean =>
  type === 'marketing.opted_out' || type === 'domain.opted_out';

/** Comes before the event ends: no opt-out that has ended so is without its row. */
export async function holdOptOut(
  { table, tenant }: Pick<TurnContext, 'table' | 'tenant'>,
  eventId: EventId,
): Promise<void> {
  await table.put({ ...heldKey(tenant.tenantId, eventId) }, 'anything');
}

/** Ids of the next of them. */
export async function heldOptOuts(table: ReadableTable, tenantId: TenantId): Promise<EventId[]> {
  const { items } = await table.query({ pk: heldPartition(tenantId), limit: AT_ONCE });
  return items.map(({ sk }) => sk as EventId);
}

/** Puts them back. The row goes last: where the process dies in between, all is done again. */
export async function reopenHeld(context: TurnContext, eventIds: readonly EventId[]): Promise<void> {
  const { table, tenant } = context;
  for (const id of eventIds) {
    // Only StoredEvents have these keys. One that was erased stays as it is.
    const item = (await table.get(eventItemKey(tenant.tenantId, id))) as StoredEvent | undefined;
    const isOpen = item?.state === 'queued' || (isHeld(item) && (await reopen(context, item, 1)));
    if (isOpen) await listAsDue(context, id, [id], 1);
    await table.delete(heldKey(tenant.tenantId, id));
  }
}

const isHeld = (item: StoredEvent | undefined): item is EndedEvent =>
  item?.state === DISABLED.state && item.reason === DISABLED.reason;
