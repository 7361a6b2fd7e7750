import * as z from 'zod';
import type { EndedEvent } from '../events/event-item.ts';
import { outerId } from '../events/inner-id.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { failedEvents, failureGroup, reasonOf } from './parked.ts';
import { type AdminServices, defineVerb } from './verb.ts';

/** The failed events that can be replayed, oldest first. */
export const failed = defineVerb(
  z.strictObject({ domain: domainOption }),
  { audited: false },
  async (services, { domain }) => {
    const { tenantId } = await findTenant(services, domain);
    const events = [];
    const before = new Date(services.clock.now()).toISOString();
    for await (const { event, at } of failedEvents(services.sync, tenantId, before)) {
      if (event !== undefined) events.push(await describe(services, tenantId, at.id, event));
    }
    return events;
  },
);

async function describe(services: AdminServices, tenantId: string, id: string, event: EndedEvent) {
  const reason = await reasonOf(services, tenantId, event);
  return {
    ...{ id: outerId(id), type: event.type, reason, group: failureGroup(reason), attempts: event.attempts },
    receivedAt: new Date(event.receivedAt).toISOString(),
    failedAt: new Date(event.finishedAt).toISOString(),
  };
}
