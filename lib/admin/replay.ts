import * as z from 'zod';
import { EVENT_RETENTION_SECONDS, OPEN_GRACE_SECONDS, type StoredEvent } from '../events/stored-event.ts';
import { eventKey, openEventsPartition, workKey } from '../store/keys.ts';
import { ConflictError } from '../store/table.ts';
import { Backlog } from '../sync/backlog.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { failedEvents } from './failed.ts';
import { AdminError, type AdminServices, defineVerb, UsageError } from './verb.ts';

/** Puts parked events back: they are worked on as if they had just come, in the order they belong to. */
export const replay = defineVerb(
  z.strictObject({ domain: domainOption, event: z.string().optional(), all: z.boolean().optional() }),
  { audited: true },
  async (services, { domain, event: eventId, all }) => {
    if ((eventId === undefined) === (all !== true)) {
      throw new UsageError('say which: --event with an id of `failed`, or --all');
    }
    const { tenantId } = await findTenant(services, domain);
    if (eventId !== undefined) {
      await putBack(services, tenantId, [await oneFailed(services, tenantId, eventId)]);
      return { replayed: 1 };
    }
    const events: StoredEvent[] = [];
    for await (const event of failedEvents(services, tenantId)) events.push(event);
    return { replayed: await putBack(services, tenantId, events) };
  },
);

async function oneFailed({ sync }: AdminServices, tenantId: string, eventId: string): Promise<StoredEvent> {
  const event = (await sync.get(eventKey(tenantId, eventId))) as StoredEvent | undefined;
  if (event?.state === 'failed') return event;
  throw new AdminError(
    event === undefined
      ? `there is no event ${eventId}; see failed for those that can be replayed`
      : `event ${eventId} is ${event.state}, not failed; see failed for those that can be replayed`,
  );
}

/** Into the tenant's backlog: however many they are, they take one message, and hold up nobody. */
async function putBack(
  services: AdminServices,
  tenantId: string,
  events: readonly StoredEvent[],
): Promise<number> {
  const { sync, queue, clock } = services;
  const now = clock.now();
  const backlog = new Backlog({ table: sync, queue, clock });
  await Promise.all([
    sync.put({ ...workKey(tenantId), lastReceivedAt: now }, 'anything'),
    backlog.mark(tenantId),
  ]);
  let replayed = 0;
  for (const event of events) if (await reopen(services, tenantId, event)) replayed += 1;
  await backlog.ring(tenantId);
  return replayed;
}

async function reopen(
  { sync, clock }: AdminServices,
  tenantId: string,
  event: StoredEvent,
): Promise<boolean> {
  const { pk, sk, type, occurredAt, receivedAt, batchId, attempts, payload } = event;
  const now = clock.now();
  try {
    await sync.put(
      {
        ...{ pk, sk, type, occurredAt, receivedAt, batchId, attempts, payload },
        state: 'queued',
        replayedAt: now,
        indexPk: openEventsPartition(tenantId),
        indexSk: new Date(now).toISOString(),
        expiresAt: Math.floor(now / 1000) + EVENT_RETENTION_SECONDS + OPEN_GRACE_SECONDS,
      },
      event.version,
    );
    return true;
  } catch (error) {
    // Somebody else has put it back already.
    if (error instanceof ConflictError) return false;
    throw error;
  }
}
