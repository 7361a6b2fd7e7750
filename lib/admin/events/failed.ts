import type { TenantId } from '../../ids.ts';
import * as z from 'zod';
import type { EndedEvent } from '../../events/event-item.ts';
import { outerId } from '../../events/inner-id.ts';
import { domainOption, findTenant } from '../domain-option.ts';
import { ENTRIES_PER_PAGE } from '../entries-per-page.ts';
import { afterEventOption, placeOf } from './paged.ts';
import { failedEvents, failureGroup, reasonOf } from './parked.ts';
import { type AdminServices, defineVerb } from '../verb.ts';

/** The failed events that can be replayed, oldest first, a page of them. */
export const failed = defineVerb(
  z.strictObject({ domain: domainOption, after: afterEventOption }),
  { audited: false },
  async (services, { domain, after }) => {
    const { tenantId } = await findTenant(services, domain);
    const events = [];
    const before = new Date(services.clock.now()).toISOString();
    const cursor =
      after === undefined ? undefined : await placeOf(services.sync, tenantId, ['failed'], after);
    for await (const { event, at } of failedEvents(services.sync, tenantId, before, cursor)) {
      if (event !== undefined) events.push(await describe(services, tenantId, at.id, event));
      if (events.length === ENTRIES_PER_PAGE) break;
    }
    return events;
  },
);

async function describe(services: AdminServices, tenantId: TenantId, id: string, event: EndedEvent) {
  const reason = await reasonOf(services, tenantId, event);
  return {
    ...{ id: outerId(id), type: event.type, reason, group: failureGroup(reason), attempts: event.attempts },
    receivedAt: new Date(event.receivedAt).toISOString(),
    failedAt: new Date(event.finishedAt).toISOString(),
  };
}
