import * as z from 'zod';
import { openEvents } from '../../internal/held-events.ts';
import { wakeTenant } from '../../queue/timers.ts';
import { changeTenant } from './change-tenant.ts';
import { checkFirefish, CHECKS_FIREFISH, sealCredentials } from './check-firefish.ts';
import { domainOption, findTenant } from '../domain-option.ts';
import { claimClient, firefishClientOptions, releaseClient } from './firefish-client.ts';
import { AdminError, defineVerb } from '../verb.ts';

/** Above this number, people do not need the exact count of waiting events. */
const COUNTED = 1_000;

const options = z.strictObject({
  domain: domainOption,
  ...firefishClientOptions,
});

/** Checks the new Firefish credentials and replaces the old ones. Events that waited for them start at once. */
export const firefishCredentials = defineVerb(options, CHECKS_FIREFISH, async (services, given, caller) => {
  const { domain } = given;
  const { sync, clock, wakeUps } = services;
  const known = await findTenant(services, domain);
  const { tenantId, status, firefishClientHash: hashBefore } = known;
  if (status === 'disabled') throw new AdminError(`${domain} is disabled: enable takes the new credentials`);
  const before = await services.tenants.claimOfFirefishClient(hashBefore);
  const credentials = { clientId: given.firefishClientId, clientSecret: given.firefishClientSecret };
  const missingScopes = await checkFirefish(services, { domain, known, caller }, credentials);
  const firefishClientHash = await claimClient(services, given.firefishClientId, tenantId, caller);
  const firefish = await sealCredentials(services, tenantId, credentials);
  await changeTenant(services, domain, (current) => ({
    ...current,
    firefish,
    firefishClientHash,
    ...(current.firefishClientHash === firefishClientHash ? {} : { firefishClientSince: clock.now() }),
    missingScopes,
    // The next turn uses the new credentials: waits because of the old ones are over.
    firefishCheckedAt: clock.now(),
  }));
  if (hashBefore !== firefishClientHash) await releaseClient(services, before, tenantId);
  await wakeTenant({ table: sync, wakeUps, clock }, tenantId);
  let eventsStarted = 0;
  for await (const items of openEvents({ table: sync, tenant: { tenantId } })) {
    eventsStarted += items.filter(({ state }) => state === 'queued').length;
    if (eventsStarted >= COUNTED) break;
  }
  return { tenantId, domain, missingScopes, eventsStarted };
});
