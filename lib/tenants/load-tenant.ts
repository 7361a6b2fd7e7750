import type { TenantId } from '../ids.ts';
import { createHmac, createSecretKey } from 'node:crypto';
import * as z from 'zod';
import type { Binding, Cipher } from '../crypto/cipher.ts';
import { tenantKey } from '../store/keys.ts';
import type { Tenant } from './tenant.ts';
import type { TenantRecord } from './tenant-record.ts';
import type { TenantStore } from './tenant-store.ts';

/** Half of SHA-256: 128 bits are enough against collisions among one tenant's addresses. */
const HASH_BYTES = 16;

const firefishCredentialsSchema = z.object({ clientId: z.string(), clientSecret: z.string() });
export type FirefishCredentials = z.infer<typeof firefishCredentialsSchema>;

/** An event needs a hundred of them; a key object that is created once makes each five times as fast. */
function keyedHash(hashingKey: Uint8Array): (value: string) => string {
  const key = createSecretKey(hashingKey);
  return (value) =>
    createHmac('sha256', key).update(value).digest().subarray(0, HASH_BYTES).toString('base64url');
}

/** The encrypted attribute of the tenant's item. */
export const tenantBinding = (tenantId: TenantId, field: 'firefish' | 'hashingKey'): Binding => ({
  tenantId,
  key: tenantKey(tenantId),
  field,
});

async function decryptTenant(record: TenantRecord, cipher: Cipher): Promise<Tenant> {
  const { tenantId, domain, status, disabledAt, settings } = record;
  const [firefish, hashingKey] = await Promise.all([
    cipher.decrypt(record.firefish, tenantBinding(tenantId, 'firefish')),
    cipher.decrypt(record.hashingKey, tenantBinding(tenantId, 'hashingKey')),
  ]);
  const { clientId, clientSecret } = firefishCredentialsSchema.parse(JSON.parse(firefish));
  return {
    tenantId,
    domain,
    status,
    ...(disabledAt === undefined ? {} : { disabledAt }),
    settings,
    firefishClientId: clientId,
    firefishClientSecret: clientSecret,
    firefishGivenAt: record.firefishCheckedAt,
    ...(record.firefishClientSince === undefined ? {} : { linksSince: record.firefishClientSince }),
    hash: keyedHash(Buffer.from(hashingKey, 'base64')),
  };
}

/** Returns a tenant, decrypted, as it was 30 s ago at most, or as it is `now`; disabled ones too. */
export type LoadTenant = (tenantId: TenantId, how?: 'now' | 'recent') => Promise<Tenant | undefined>;

export function tenantLoader(store: TenantStore, cipher: Cipher): LoadTenant {
  // A record is decrypted once, as long as the store's cache returns the same one.
  const decrypted = new WeakMap<TenantRecord, Promise<Tenant>>();
  return async (tenantId, how = 'recent') => {
    const record = await (how === 'now' ? store.read(tenantId) : store.recent(tenantId));
    if (record === undefined) return undefined;
    let tenant = decrypted.get(record);
    if (tenant === undefined) {
      tenant = decryptTenant(record, cipher);
      decrypted.set(record, tenant);
      tenant.catch(() => decrypted.delete(record));
    }
    return tenant;
  };
}
