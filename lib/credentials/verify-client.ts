import type { Clock } from '../clock.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import type { TenantStore } from '../tenants/tenant-store.ts';
import { CLIENT_ID_FORM, hashSecret, isClientSecret, isLive, sameHash } from './client-secret.ts';

export interface VerifiedClient {
  tenant: TenantRecord;
  /** Hash of the secret that was shown. */
  secretHash: string;
}

/** An unknown client id is compared with this: the same work, and never equal. */
const NOBODYS_HASH = hashSecret('');

/**
 * Returns whose credentials these are, or `undefined` if anything is wrong with them. Cached records (30 s) can accept,
 * but only a fresh read can refuse: so a secret that was issued a moment ago works at once.
 */
export class ClientVerifier {
  readonly #tenants: TenantStore;
  readonly #clock: Clock;

  constructor(tenants: TenantStore, clock: Clock) {
    this.#tenants = tenants;
    this.#clock = clock;
  }

  async verify(clientId: string, secret: string): Promise<VerifiedClient | undefined> {
    // Not one of our secrets, or mistyped: no read, which a stranger could make us pay for.
    if (!CLIENT_ID_FORM.test(clientId) || !isClientSecret(secret)) return undefined;
    const secretHash = hashSecret(secret);
    const remembered = await this.#tenants.rememberedOfClient(clientId);
    if (opens(remembered, secretHash, this.#clock.now())) return { tenant: remembered, secretHash };
    const tenant = await this.#tenants.readOfClient(clientId);
    return opens(tenant, secretHash, this.#clock.now()) ? { tenant, secretHash } : undefined;
  }
}

/** Whether this is the hash of a valid secret of an enabled tenant. Every secret is compared, even after a match. */
export function opens(
  tenant: TenantRecord | undefined,
  secretHash: string,
  now: number,
): tenant is TenantRecord {
  let fits = false;
  for (const secret of tenant?.secrets ?? [{ hash: NOBODYS_HASH, createdAt: 0, expiresAt: 0 }]) {
    const same = sameHash(secret.hash, secretHash);
    fits = (same && isLive(secret, now)) || fits;
  }
  return fits && tenant?.status === 'enabled';
}
