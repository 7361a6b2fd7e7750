/** Puts an event back that has ended: it is worked on as if it had just come, in the order it belongs to. */
import type { EventId } from '../ids.ts';
import type { EndedEvent, OpenEvent } from '../events/event-item.ts';
import type { Urgency } from '../events/urgency.ts';
import { laterKey } from '../store/sync-keys.ts';
import { EVENT_RETENTION_SECONDS, OPEN_GRACE_SECONDS } from '../times.ts';
import type { TurnContext } from './turn-context.ts';

/** @param id names the row: twice is one */
export async function listAsDue(
  { table, tenant, clock }: TurnContext,
  id: EventId,
  eventIds: readonly EventId[],
  urgency: Urgency,
): Promise<void> {
  if (eventIds.length === 0) return;
  const now = clock.now();
  const expiresAt = Math.floor(now / 1000) + EVENT_RETENTION_SECONDS + OPEN_GRACE_SECONDS;
  const row = { ...laterKey(tenant.tenantId, now, id), eventIds, urgency, receivedAt: now, expiresAt };
  await table.put(row, 'anything');
}

/** An event that has ended is open again. Answers whether it is. */
export async function reopen(
  { table, clock }: TurnContext,
  item: EndedEvent,
  urgency: Urgency,
): Promise<boolean> {
  // What was erased has no content.
  if (item.content === undefined) return false;
  const { pk, sk, type, order, contentHash, receivedAt, batchId, attempts, personId, content } = item;
  const now = clock.now();
  const open: Omit<OpenEvent, 'version'> & { pk: string; sk: string } = {
    ...{ pk, sk, type, order, contentHash, receivedAt, batchId, attempts, content },
    ...(personId === undefined ? {} : { personId }),
    state: 'queued',
    urgency,
    replayedAt: now,
    expiresAt: Math.floor(now / 1000) + EVENT_RETENTION_SECONDS + OPEN_GRACE_SECONDS,
  };
  await table.put(open, item.version);
  return true;
}
