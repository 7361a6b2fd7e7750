import * as z from 'zod';
import { EVENT_RETENTION_SECONDS, OPEN_GRACE_SECONDS, type StoredEvent } from '../events/stored-event.ts';
import { openEventsPartition, workKey } from '../store/keys.ts';
import { ConflictError } from '../store/table.ts';
import { Backlog } from '../sync/backlog.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { parkedOptions, selectParked, tracedSelection } from './parked.ts';
import { type AdminServices, defineVerb } from './verb.ts';

/** Puts parked events back: they are worked on as if they had just come, in the order they belong to. */
export const replay = defineVerb(
  z.strictObject({ domain: domainOption, ...parkedOptions }),
  { audited: true, traced: tracedSelection },
  async (services, { domain, ...selection }) => {
    const { tenantId } = await findTenant(services, domain);
    const { events, next } = await selectParked(services, tenantId, selection);
    const replayed = await putBack(services, tenantId, events);
    return { replayed, ...(next === undefined ? {} : { next }) };
  },
);

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
