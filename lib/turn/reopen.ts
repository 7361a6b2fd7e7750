/** Puts events back that have ended: they are worked on as if they had just come, in the order they belong to. */
import type { EventId, TenantId } from '../ids.ts';
import type { EndedEvent, OpenEvent, StoredEvent } from '../events/event-item.ts';
import type { Urgency } from '../events/urgency.ts';
import { dueKey, eventItemKey, heldKey, heldPartition } from '../store/sync-keys.ts';
import type { NewItem, ReadableTable } from '../store/table.ts';
import { EVENT_RETENTION_SECONDS, OPEN_GRACE_SECONDS } from '../times.ts';
import { DISABLED } from './finish-event.ts';
import type { TurnContext } from './turn-context.ts';

const expiresAfter = (now: number): number =>
  Math.floor(now / 1000) + EVENT_RETENTION_SECONDS + OPEN_GRACE_SECONDS;

/** @param id names the row: twice is one */
export async function listAsDue(
  { table, tenant, clock }: TurnContext,
  id: EventId,
  eventIds: readonly EventId[],
  urgency: Urgency,
): Promise<void> {
  if (eventIds.length === 0) return;
  const now = clock.now();
  const row = { ...dueKey(tenant.tenantId, now, id), eventIds, urgency, receivedAt: now };
  await table.put({ ...row, expiresAt: expiresAfter(now) }, 'anything');
}

/** An event that has ended is open again. Answers whether it is: what was erased has no content. */
export async function reopen(
  { table, clock }: TurnContext,
  item: EndedEvent,
  urgency: Urgency,
): Promise<boolean> {
  const { pk, sk, type, order, contentHash, receivedAt, batchId, attempts, personId, content } = item;
  if (content === undefined) return false;
  const now = clock.now();
  const open: NewItem & Omit<OpenEvent, 'version'> = {
    ...{ pk, sk, type, order, contentHash, receivedAt, batchId, attempts, content, state: 'queued', urgency },
    ...(personId !== undefined && { personId }),
    ...{ replayedAt: now, expiresAt: expiresAfter(now) },
  };
  await table.put(open, item.version);
  return true;
}

/** One turn begins with so many held opt-outs; the next one continues. */
const AT_ONCE = 100;

/**
 * An opt-out that ends since its tenant is disabled is worked on once the tenant is enabled again. Its row, since the index
 * of ended events may lag behind, comes before the event ends: none has ended so without its row.
 */
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
