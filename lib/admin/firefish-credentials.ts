import * as z from 'zod';
import { openEventsPartition } from '../store/keys.ts';
import { Backlog } from '../sync/backlog.ts';
import { changeTenant } from './change-tenant.ts';
import { checkFirefish, sealCredentials, startAnew } from './check-firefish.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { AdminError, defineVerb } from './verb.ts';

/** One read of the index: beyond this the exact number of waiting events is of no use to a person. */
const COUNTED = 1_000;

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
  const { missingScopes, grant } = await checkFirefish(services, credentials);
  const firefish = await sealCredentials(services, tenantId, credentials);
  const givenAt = clock.now();
  await changeTenant(services, domain, (current) => ({
    ...current,
    firefish,
    missingScopes,
    firefishCheckedAt: givenAt,
  }));
  await startAnew(services, tenantId, { credentials, givenAt, grant });
  const to = new Date(clock.now()).toISOString();
  const due = await sync.query({ pk: openEventsPartition(tenantId), index: true, to, limit: COUNTED });
  const backlog = new Backlog({ table: sync, queue, clock });
  await backlog.mark(tenantId);
  await backlog.ring(tenantId);
  return { tenantId, domain, missingScopes, eventsStarted: due.items.length };
});
