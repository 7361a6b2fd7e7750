/**
 * Keys of the credentials table and the audit table, and of what the sync table holds of all tenants. The other keys of
 * the sync table: sync-keys.ts.
 */
import type { TenantId } from '../ids.ts';
import { TIMERS_PARTITION, tenantIdOfTimer } from './sync-keys.ts';
import type { Key } from './table.ts';

/** Credentials table: which key file belongs to the stored data. No tenant's data. */
export const KEY_MARK: Key = { pk: 'key-file', sk: 'mark' };

/** An access token, by the hash of what SourceWhale holds: the item names its tenant. */
export const accessTokenKey = (tokenHash: string): Key => ({ pk: `access-token#${tokenHash}`, sk: 'token' });
/** The key of the day for the keyed hashes of source addresses. */
export const FAILURES_KEY: Key = { pk: 'failures#key', sk: 'key' };
/** Failed authentications, counted per client id and per keyed hash of a source address. */
export const failuresKey = (by: 'client' | 'source', of: string): Key => ({
  pk: `failures#${by}`,
  sk: of,
});

/** Open alerts: one item for each tenant and kind of alert. */
export const ALERTS_PARTITION = 'alerts';
export const alertKey = (tenantId: TenantId, kind: string): Key => ({
  pk: ALERTS_PARTITION,
  sk: `${tenantId}#${kind}`,
});

/**
 * Partitions of the sync table that hold items of many tenants, and which of them are a tenant's. All other items of a
 * tenant are in partitions whose key begins with its id, or name it in the attribute `tenantId`.
 */
export const SHARED_PARTITIONS: Readonly<Record<string, (sortKey: string, tenantId: TenantId) => boolean>> = {
  [TIMERS_PARTITION]: (sortKey, tenantId) => tenantIdOfTimer(sortKey) === tenantId,
  [ALERTS_PARTITION]: (sortKey, tenantId) => sortKey.startsWith(`${tenantId}#`),
};
/** The beginning of every partition key that belongs to one tenant. */
export const tenantPrefix = (tenantId: TenantId): string => `${tenantId}#`;

/** Credentials table. */
export const TENANTS_PARTITION = 'tenants';
export const tenantKey = (tenantId: TenantId): Key => ({ pk: TENANTS_PARTITION, sk: tenantId });
/**
 * What at most one tenant can use: a domain, and a Firefish client id by its SHA-256. Claimed before the tenant's own
 * item is written; lib/tenants/claims.ts says when a claim counts.
 */
export const DOMAINS_PARTITION = 'domains';
export const domainKey = (domain: string): Key => ({ pk: DOMAINS_PARTITION, sk: domain });
export const FIREFISH_CLIENTS_PARTITION = 'firefish-clients';
export const firefishClientKey = (clientIdHash: string): Key => ({
  pk: FIREFISH_CLIENTS_PARTITION,
  sk: clientIdHash,
});
/** When SourceWhale connected first: a separate item, so that the HTTP API needs no permission to write a tenant. */
export const CONNECTIONS_PARTITION = 'connections';
export const connectionKey = (tenantId: TenantId): Key => ({ pk: CONNECTIONS_PARTITION, sk: tenantId });
/** Which tenant a client id belongs to. Written before the tenant itself, never changed. */
export const clientKey = (clientId: string): Key => ({ pk: 'clients', sk: clientId });

/** The key of the keyed hashes that replace people in logs and in the audit table. It belongs to no tenant. */
export const SERVICE_KEY: Key = { pk: 'service', sk: 'hashing-key' };
/** When someone signed out of the console last, by the SHA-256 of issuer and subject. */
export const signOutKey = (personHash: string): Key => ({ pk: 'sign-outs', sk: personHash });

/** Audit table: the administrative acts on one domain, in order of time. Each act has a begin and an end. */
export const auditKey = (domain: string, at: string, requestId: string, step: 'begun' | 'ended'): Key => ({
  pk: `audit#${domain}`,
  sk: `${at}#${requestId}#${step}`,
});

/** Audit table: keyed hashes of the addresses that were erased, so that erasures can be repeated after a restore. */
export const erasedPartition = (tenantId: TenantId): string => `erased#${tenantId}`;
export const erasedKey = (tenantId: TenantId, addressHash: string): Key => ({
  pk: erasedPartition(tenantId),
  sk: addressHash,
});
