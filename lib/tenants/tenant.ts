import type { TenantId } from '../ids.ts';
import type { Settings } from './settings.ts';

/** A tenant as the functions need it: loaded from the credentials table, decrypted, cached for 30 s at most. */
export interface Tenant {
  tenantId: TenantId;
  /** Normalised host: `acme.firefishsoftware.com`. */
  domain: string;
  status: 'enabled' | 'disabled';
  /** When it was disabled last (epoch milliseconds): what was queued by then ends, also if it is enabled again. */
  disabledAt?: number;
  settings: Settings;
  firefishClientId: string;
  firefishClientSecret: string;
  /** When these credentials were given (epoch milliseconds). */
  firefishGivenAt: number;
  /**
   * Since when it has this Firefish client id (epoch milliseconds); absent: it never had another. Earlier links can be
   * of another database.
   */
  linksSince?: number;
  /**
   * The tenant's keyed hash (HMAC-SHA-256, base64url, 128 bits) of an address, domain or value. Its key is the
   * tenant's own and is never rotated or dropped: remembered opt-outs depend on it.
   */
  hash(value: string): string;
}
