import * as z from 'zod';
import type { StoredEvent } from '../events/stored-event.ts';
import { failedEventsPartition } from '../store/keys.ts';
import { queryAll } from '../store/table.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { type AdminServices, defineVerb } from './verb.ts';

/** The parked events, oldest first, each with why. */
export const failed = defineVerb(
  z.strictObject({ domain: domainOption }),
  { audited: false },
  async (services, { domain }) => {
    const { tenantId } = await findTenant(services, domain);
    const events = [];
    for await (const event of failedEvents(services, tenantId)) events.push(describe(event));
    return events;
  },
);

/** Events that are `failed` now; the index that leads to them may lag behind. */
export async function* failedEvents({ sync }: AdminServices, tenantId: string): AsyncGenerator<StoredEvent> {
  for await (const item of queryAll(sync, { pk: failedEventsPartition(tenantId), index: true })) {
    // Only the intake and the sync write event items, as StoredEvent says.
    const event = (await sync.get(item)) as StoredEvent | undefined;
    if (event?.state === 'failed') yield event;
  }
}

const describe = ({ sk, type, reason, attempts, receivedAt, finishedAt }: StoredEvent) => ({
  id: sk,
  type,
  reason,
  attempts,
  receivedAt: new Date(receivedAt).toISOString(),
  ...(finishedAt === undefined ? {} : { failedAt: new Date(finishedAt).toISOString() }),
});
