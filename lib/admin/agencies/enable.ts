import type { TenantId } from '../../ids.ts';
import * as z from 'zod';
import { makeClientId } from '../../credentials/client-secret.ts';
import { newSecret } from '../../credentials/new-secret.ts';
import { logger } from '../../logger.ts';
import { Timers, wakeTenant } from '../../queue/timers.ts';
import { ConflictError } from '../../store/table.ts';
import { DEFAULT_SETTINGS, givenSettingsSchema, type Settings } from '../../tenants/settings.ts';
import { tenantBinding } from '../../tenants/load-tenant.ts';
import { initialSettings, replaceSettings } from '../../tenants/settings-version.ts';
import type { TenantRecord } from '../../tenants/tenant-record.ts';
import { checkFirefish, CHECKS_FIREFISH, sealCredentials } from './check-firefish.ts';
import { domainOption } from '../domain-option.ts';
import { claimClient, firefishClientOptions, releaseClient } from './firefish-client.ts';
import { AdminError, type AdminServices, defineVerb } from '../verb.ts';

/** After this time the act has enabled the tenant, or never will. */
const WRITTEN_WITHIN_MS = 60_000;
const TENANT_ID_BYTES = 12;
const HASHING_KEY_BYTES = 32;

const options = z.strictObject({
  domain: domainOption,
  ...firefishClientOptions,
  settings: givenSettingsSchema.optional(),
});

/**
 * Checks the Firefish credentials, stores the tenant, issues the client id and secret. What the tenant needs is claimed
 * and prepared first. The tenant's own item is written last: until then there is no tenant, and the next enable
 * completes what was left half done. After that write nothing can fail that would lose the secret.
 */
export const enable = defineVerb(options, CHECKS_FIREFISH, async (services, given, caller) => {
  const { tenants, clock, random } = services;
  const { domain, firefishClientId } = given;
  const known = await findKnown(services, domain);
  const before = known && (await tenants.claimOfFirefishClient(known.firefishClientHash));
  const credentials = { clientId: firefishClientId, clientSecret: given.firefishClientSecret };
  const missingScopes = await checkFirefish(services, { domain, known, caller }, credentials);
  const reserved = await tenants.reserve(domain, {
    tenantId: `t_${Buffer.from(random(TENANT_ID_BYTES)).toString('hex')}` as TenantId,
    clientId: makeClientId(random),
  });
  if (reserved.kind === 'busy')
    throw new AdminError(`${domain} is just being moved: try again in two minutes`);
  const { tenantId, clientId } = reserved;
  const firefishClientHash = await claimClient(services, firefishClientId, tenantId, caller);
  const now = clock.now();
  const { secret, stored } = newSecret(random, now);
  // Opt-outs that ended since the tenant was disabled are applied by its next turn, even if this process ends here.
  if (known !== undefined) await new Timers(services.sync, clock).ensure(tenantId, now + WRITTEN_WITHIN_MS);
  await putNew(
    services,
    {
      ...settingsOf(known, given.settings),
      ...{ tenantId, clientId, domain, firefishClientHash, missingScopes },
      status: 'enabled',
      secrets: [stored],
      firefish: await sealCredentials(services, tenantId, credentials),
      hashingKey: known?.hashingKey ?? (await newHashingKey(services, tenantId)),
      firefishCheckedAt: now,
      enabledAt: now,
      ...clientSince(known, firefishClientHash, now),
      ...(known?.disabledAt === undefined ? {} : { disabledAt: known.disabledAt }),
      ...(known?.formerDomain === undefined ? {} : { formerDomain: known.formerDomain }),
    },
    known?.version,
  );
  if (known !== undefined && known.firefishClientHash !== firefishClientHash)
    await releaseClient(services, before, tenantId);
  if (known !== undefined) await wake(services, tenantId);
  return { tenantId, domain, clientId, clientSecret: secret, missingScopes };
});

/** If this fails, the timer row wakes the tenant: the secret must still be shown. */
async function wake({ sync, wakeUps, clock }: AdminServices, tenantId: TenantId): Promise<void> {
  try {
    await wakeTenant({ table: sync, wakeUps, clock }, tenantId);
  } catch (error) {
    logger.warn('wake-up not sent', { tenantId, cause: error instanceof Error ? error.name : 'unknown' });
  }
}

const enabledAlready = (domain: string): AdminError =>
  new AdminError(`${domain} is enabled: use rotate for a new secret, or disable it first`);

/** The former tenant, if it is disabled. @throws AdminError if it is enabled, or being deleted */
async function findKnown({ tenants }: AdminServices, domain: string): Promise<TenantRecord | undefined> {
  const known = await tenants.ofDomain(domain);
  if (known?.status === 'enabled') throw enabledAlready(domain);
  if (known?.deletion !== undefined) {
    throw new AdminError(`${domain} is being deleted: run delete again until it is done, then enable it`);
  }
  return known;
}

function clientSince(
  known: TenantRecord | undefined,
  firefishClientHash: string,
  now: number,
): Pick<TenantRecord, 'firefishClientSince'> {
  if (known === undefined) return {};
  if (known.firefishClientHash !== firefishClientHash) return { firefishClientSince: now };
  const { firefishClientSince } = known;
  return firefishClientSince === undefined ? {} : { firefishClientSince };
}

/** The earlier settings stay if none are given. */
function settingsOf(
  known: TenantRecord | undefined,
  given: Settings | undefined,
): ReturnType<typeof initialSettings> {
  if (known === undefined) return initialSettings(given ?? DEFAULT_SETTINGS);
  const { settings, settingsVersion, settingsChangedIn } = known;
  return replaceSettings({ settings, settingsVersion, settingsChangedIn }, given ?? settings);
}

const newHashingKey = ({ cipher, random }: AdminServices, tenantId: TenantId): Promise<Uint8Array> =>
  cipher.encrypt(
    Buffer.from(random(HASHING_KEY_BYTES)).toString('base64'),
    tenantBinding(tenantId, 'hashingKey'),
  );

async function putNew(
  { tenants }: AdminServices,
  record: Omit<TenantRecord, 'version'>,
  version: number | undefined,
): Promise<void> {
  try {
    await tenants.put(record, version ?? 'absent');
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    throw enabledAlready(record.domain);
  }
}
