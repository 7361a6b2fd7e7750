import type { TenantId } from '../ids.ts';
import type { Settings } from './settings.ts';

/** One valid or expiring client secret: its SHA-256 (base64url), never the secret. */
export interface StoredSecret {
  hash: string;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Epoch milliseconds from which on it is no longer valid; absent while it is the newest. */
  expiresAt?: number;
}

/** A tenant's item in the credentials table. Times are epoch milliseconds. */
export interface TenantRecord {
  /** Counts the writes of this item. */
  version: number;
  tenantId: TenantId;
  /** Normalised host. */
  domain: string;
  /** The domain before the last `move`, so that the act can be repeated. */
  formerDomain?: string;
  status: 'enabled' | 'disabled';
  clientId: string;
  /** The newest first. */
  secrets: StoredSecret[];
  settings: Settings;
  /** Counts the changes of the settings. */
  settingsVersion: number;
  /** In which version a setting changed last, by its path. */
  settingsChangedIn: Record<string, number>;
  /** Firefish's client id and secret as JSON, encrypted. */
  firefish: Uint8Array;
  /** SHA-256 (base64url) of Firefish's client id: no other tenant may use it. */
  firefishClientHash: string;
  /** Since when, if it had another one before: `Tenant.linksSince`. */
  firefishClientSince?: number;
  /** The key of the tenant's keyed hash, base64, encrypted. Made once, never changed: opt-outs depend on it. */
  hashingKey: Uint8Array;
  /** Firefish scopes that the profile lacked when its credentials were checked last. */
  missingScopes: string[];
  firefishCheckedAt: number;
  enabledAt: number;
  /** The last time, also if it is enabled again: what was queued by then ends. */
  disabledAt?: number;
  /** Its deletion has begun; it can no longer be enabled. */
  deletion?: Deletion;
}

/** The progress of the deletion of a tenant's items. */
export interface Deletion {
  /** When the present pass over the sync table began. */
  passBeganAt: number;
  /** Where the pass continues; absent at its beginning. */
  after?: string;
}
