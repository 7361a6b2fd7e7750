import * as z from 'zod';
import { outerId } from '../events/inner-id.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { failureGroup, selectParked } from './parked.ts';
import { defineVerb } from './verb.ts';

/** The parked events, oldest first, each with why. */
export const failed = defineVerb(
  z.strictObject({ domain: domainOption }),
  { audited: false },
  async (services, { domain }) => {
    const { tenantId } = await findTenant(services, domain);
    const { events } = await selectParked(services, tenantId, { all: true });
    return events.map(describe);
  },
);

const describe = ({ sk, type, reason, attempts, receivedAt, finishedAt }: StoredEvent) => ({
  id: outerId(sk),
  type,
  reason,
  group: failureGroup(reason),
  attempts,
  receivedAt: new Date(receivedAt).toISOString(),
  ...(finishedAt === undefined ? {} : { failedAt: new Date(finishedAt).toISOString() }),
});
