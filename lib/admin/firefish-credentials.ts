import * as z from 'zod';
import { resetBreaker } from '../firefish/breaker.ts';
import { releaseEvents } from '../sync/parking.ts';
import { changeTenant } from './change-tenant.ts';
import { checkFirefish, sealCredentials } from './check-firefish.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { AdminError, defineVerb } from './verb.ts';

/** How many of the waiting events are sent at once; the sweeper sends the others, minute by minute. */
const SENT_AT_ONCE = 200;

const options = z.strictObject({
  domain: domainOption,
  firefishClientId: z.string().trim().min(1),
  firefishClientSecret: z.string().trim().min(1),
});

/** Replaces the upstream credentials, checked first; what waited for them starts at once. */
export const firefishCredentials = defineVerb(options, { audited: true }, async (services, given) => {
  const { domain } = given;
  const { sync, clock, queue } = services;
  const { tenantId, status } = await findTenant(services, domain);
  if (status === 'disabled') throw new AdminError(`${domain} is disabled: enable takes the new credentials`);
  const credentials = { clientId: given.firefishClientId, clientSecret: given.firefishClientSecret };
  const missingScopes = await checkFirefish(services, credentials);
  const firefish = await sealCredentials(services, tenantId, credentials);
  await changeTenant(services, domain, (current) => ({
    ...current,
    firefish,
    missingScopes,
    firefishCheckedAt: clock.now(),
  }));
  await resetBreaker(sync, tenantId);
  const { eventIds } = await releaseEvents(sync, clock, tenantId, SENT_AT_ONCE);
  await queue.send(eventIds.map((eventId) => ({ tenantId, eventId })));
  return { tenantId, domain, missingScopes, eventsStarted: eventIds.length };
});
