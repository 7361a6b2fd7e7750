import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import { ExpiringCache } from '../expiring-cache.ts';
import { accessTokenKey } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import { TENANT_CACHE_MS, type TenantStore } from '../tenants/tenant-store.ts';
import { hashSecret, makeAccessToken, type RandomBytes, TOKEN_FORM } from './client-secret.ts';
import { opens, type VerifiedClient } from './verify-client.ts';

export const TOKEN_LIFETIME_SECONDS = 3600;
const TOKENS_KEPT = 1_000;

interface StoredToken {
  tenantId: TenantId;
  /** The secret for which it was issued: a token is not valid longer than its secret. */
  secretHash: string;
  /** Epoch seconds. */
  expiresAt: number;
}

/**
 * Opaque tokens in the sync table, by their SHA-256. They end after an hour, or with their secret or their tenant.
 */
export class AccessTokens {
  readonly #table: Table;
  readonly #tenants: TenantStore;
  readonly #clock: Clock;
  readonly #tokens: ExpiringCache<StoredToken | undefined>;

  constructor(table: Table, tenants: TenantStore, clock: Clock) {
    this.#table = table;
    this.#tenants = tenants;
    this.#clock = clock;
    this.#tokens = new ExpiringCache({ maxAgeMs: TENANT_CACHE_MS, maxEntries: TOKENS_KEPT }, clock);
  }

  async issue({ tenant, secretHash }: VerifiedClient, random: RandomBytes): Promise<string> {
    const token = makeAccessToken(random);
    const expiresAt = Math.ceil(this.#clock.now() / 1000) + TOKEN_LIFETIME_SECONDS;
    const stored: StoredToken = { tenantId: tenant.tenantId, secretHash, expiresAt };
    await this.#table.put({ ...accessTokenKey(hashSecret(token)), ...stored }, 'absent');
    return token;
  }

  /** Returns whose token this is, or `undefined` if anything is wrong with it. */
  async verify(token: string): Promise<TenantRecord | undefined> {
    if (!TOKEN_FORM.test(token)) return undefined;
    const hash = hashSecret(token);
    const stored = await this.#tokens.get(hash, () => this.#load(hash));
    if (stored === undefined || stored.expiresAt * 1000 <= this.#clock.now()) return undefined;
    const { tenantId, secretHash } = stored;
    const recent = await this.#tenants.recent(tenantId);
    if (opens(recent, secretHash, this.#clock.now())) return recent;
    // As with secrets: a cached record can accept, but only a fresh read can refuse.
    const fresh = await this.#tenants.read(tenantId);
    return opens(fresh, secretHash, this.#clock.now()) ? fresh : undefined;
  }

  async #load(hash: string): Promise<StoredToken | undefined> {
    // Nothing but `issue` writes these items.
    return (await this.#table.get(accessTokenKey(hash))) as unknown as StoredToken | undefined;
  }
}
