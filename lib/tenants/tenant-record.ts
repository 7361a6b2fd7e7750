import type { Settings } from './settings.ts';

/** One live or dying client secret: its SHA-256 (base64url), never the secret. */
export interface StoredSecret {
  hash: string;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Epoch milliseconds from which on it opens nothing; absent while it is the newest. */
  expiresAt?: number;
}

/** A tenant's item in the credentials table. Times are epoch milliseconds. */
export interface TenantRecord {
  /** Counts the writes of this item. */
  version: number;
  tenantId: string;
  /** Normalised host. */
  domain: string;
  status: 'enabled' | 'disabled';
  clientId: string;
  secrets: StoredSecret[];
  settings: Settings;
  /** Firefish's client id and secret as JSON, encrypted. */
  firefish: Uint8Array;
  /** The key of the tenant's keyed hash, base64, encrypted. Made once, never changed: opt-outs depend on it. */
  hashingKey: Uint8Array;
  /** Firefish scopes that the profile lacked when its credentials were checked last. */
  missingScopes: string[];
  firefishCheckedAt: number;
  enabledAt: number;
  /** The last time, also where it is enabled again: what was queued by then ends. */
  disabledAt?: number;
  /** When SourceWhale connected first; absent until then. */
  connectedAt?: number;
}
