import * as z from 'zod';
import { makeClientId } from '../credentials/client-secret.ts';
import { newSecret } from '../credentials/new-secret.ts';
import { ConflictError } from '../store/table.ts';
import { DEFAULT_SETTINGS, givenSettingsSchema } from '../tenants/settings.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import { checkFirefish, sealCredentials, startAnew } from './check-firefish.ts';
import { domainOption } from './domain-option.ts';
import { AdminError, type AdminServices, defineVerb } from './verb.ts';

const TENANT_ID_BYTES = 12;
const HASHING_KEY_BYTES = 32;

const options = z.strictObject({
  domain: domainOption,
  firefishClientId: z.string().trim().min(1),
  firefishClientSecret: z.string().trim().min(1),
  settings: givenSettingsSchema.optional(),
});

/**
 * Checks the Firefish credentials, stores the tenant, issues the client id and secret. The domain is reserved
 * first and the tenant's own item is written last: until then there is no tenant, and whatever was left half
 * done the next enable completes.
 */
export const enable = defineVerb(options, { audited: true }, async (services, given) => {
  const { tenants, clock, random } = services;
  const known = await findKnown(services, given.domain);
  const credentials = { clientId: given.firefishClientId, clientSecret: given.firefishClientSecret };
  const { missingScopes, grant } = await checkFirefish(services, credentials);
  const { tenantId, clientId } = await tenants.reserve(given.domain, {
    tenantId: `t_${Buffer.from(random(TENANT_ID_BYTES)).toString('hex')}`,
    clientId: makeClientId(random),
  });
  const now = clock.now();
  const { secret, stored } = newSecret(random, now);
  await putNew(
    services,
    {
      tenantId,
      clientId,
      domain: given.domain,
      status: 'enabled',
      secrets: [stored],
      settings: given.settings ?? known?.settings ?? DEFAULT_SETTINGS,
      firefish: await sealCredentials(services, tenantId, credentials),
      hashingKey: known?.hashingKey ?? (await newHashingKey(services, tenantId)),
      missingScopes,
      firefishCheckedAt: now,
      enabledAt: now,
      ...(known?.disabledAt === undefined ? {} : { disabledAt: known.disabledAt }),
      ...(known?.connectedAt === undefined ? {} : { connectedAt: known.connectedAt }),
    },
    known?.version,
  );
  await startAnew(services, tenantId, { credentials, givenAt: now, grant });
  return { tenantId, domain: given.domain, clientId, clientSecret: secret, missingScopes };
});

const enabledAlready = (domain: string): AdminError =>
  new AdminError(`${domain} is enabled: use rotate for a new secret, or disable it first`);

/** The tenant of before, if it is disabled. @throws AdminError where it is enabled */
async function findKnown({ tenants }: AdminServices, domain: string): Promise<TenantRecord | undefined> {
  const reservation = await tenants.reservation(domain);
  const known = reservation && (await tenants.read(reservation.tenantId));
  if (known?.status === 'enabled') throw enabledAlready(domain);
  return known;
}

const newHashingKey = ({ cipher, random }: AdminServices, tenantId: string): Promise<Uint8Array> =>
  cipher.encrypt(tenantId, Buffer.from(random(HASHING_KEY_BYTES)).toString('base64'));

async function putNew(
  { tenants }: AdminServices,
  record: Omit<TenantRecord, 'version'>,
  version: number | undefined,
): Promise<void> {
  try {
    await tenants.put(record, version ?? 'absent');
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    // Somebody was faster: ourselves, if the answer to our own write was lost and the SDK repeated it.
    const there = await tenants.read(record.tenantId);
    if (there?.secrets[0]?.hash !== record.secrets[0]?.hash) throw enabledAlready(record.domain);
  }
}
