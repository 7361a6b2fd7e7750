import type { Key } from './table.ts';

/**
 * Every partition key of a tenant's data is made here and begins with the tenant's id, so that no read of
 * one tenant can reach another's items. Hashes are the tenant's keyed hashes (`Tenant.hash`).
 */
const partition = (tenantId: string, what: string): string => `${tenantId}#${what}`;

/** Sync table. */
export const eventKey = (tenantId: string, eventId: string): Key => ({
  pk: partition(tenantId, 'event'),
  sk: eventId,
});
export const eventPartition = (tenantId: string): string => partition(tenantId, 'event');
/** The sparse index's partition of the tenant's events that have not ended, by the instant they are due. */
export const openEventsPartition = (tenantId: string): string => partition(tenantId, 'open');
/** The sparse index's partition of the tenant's parked events, by the instant they failed. */
export const failedEventsPartition = (tenantId: string): string => partition(tenantId, 'failed');
/** The sparse index's partitions of the tenant's events that are done, by the instant they ended: what lists them. */
export const endedEventsPartition = (tenantId: string, state: 'synced' | 'skipped'): string =>
  partition(tenantId, state);
export const batchKey = (tenantId: string, batchId: string): Key => ({
  pk: partition(tenantId, 'batch'),
  sk: batchId,
});
export const personPartition = (tenantId: string): string => partition(tenantId, 'person');
export const personKey = (tenantId: string, personId: string): Key => ({
  pk: personPartition(tenantId),
  sk: personId,
});
/** Which person a SourceWhale id leads to. */
export const candidateIdKey = (tenantId: string, candidateId: string): Key => ({
  pk: partition(tenantId, 'candidate-id'),
  sk: candidateId,
});
/** Which person a Firefish record leads to, such as `candidate:123`: for whoever looks for what was done to it. */
export const recordLeadKey = (tenantId: string, record: string): Key => ({
  pk: partition(tenantId, 'record'),
  sk: record,
});
/** Which person an address leads to. One partition per e-mail domain: a domain's opt-out reads it whole. */
export const addressKey = (tenantId: string, domainHash: string, addressHash: string): Key => ({
  pk: addressPartition(tenantId, domainHash),
  sk: addressHash,
});
export const addressPartition = (tenantId: string, domainHash: string): string =>
  partition(tenantId, `address#${domainHash}`);
export const companyKey = (tenantId: string, companyHash: string): Key => ({
  pk: partition(tenantId, 'company'),
  sk: companyHash,
});
/** What was said of marketing, by keyed hash of address, by SourceWhale id or by domain. Never expires. */
export const marketingKey = (
  tenantId: string,
  by: 'address' | 'candidate-id' | 'domain',
  of: string,
): Key => ({
  pk: partition(tenantId, 'marketing'),
  sk: `${by}#${of}`,
});
/** Firefish's side: the shared token, the limiter's windows per endpoint, the breaker. */
export const tokenKey = (tenantId: string): Key => ({ pk: partition(tenantId, 'firefish'), sk: 'token' });
export const limiterPartition = (tenantId: string): string => partition(tenantId, 'limiter');
export const limiterKey = (tenantId: string, endpoint: string): Key => ({
  pk: limiterPartition(tenantId),
  sk: endpoint,
});
export const breakerKey = (tenantId: string): Key => ({ pk: partition(tenantId, 'firefish'), sk: 'breaker' });
/** What all tenants behind one egress address share: the budget of Firefish's token endpoint. No tenant's data. */
export const egressKey = (egressId: string): Key => ({ pk: `egress#${egressId}`, sk: 'tokens' });
/** Tenants that may have open events: what the sweeper looks through. */
export const WORK_PARTITION = 'work';
export const workKey = (tenantId: string): Key => ({ pk: WORK_PARTITION, sk: tenantId });

/** An access token, by the hash of what SourceWhale holds: which tenant it leads to is in the item. */
export const accessTokenKey = (tokenHash: string): Key => ({ pk: `access-token#${tokenHash}`, sk: 'token' });
/** Failed attempts to get in, counted per client id and per source address. */
export const failuresKey = (by: 'client' | 'source', of: string): Key => ({
  pk: `failures#${by}`,
  sk: of,
});

/**
 * Tenants with events that have no message of their own: whom the sweeper sees to every few seconds. What is stored,
 * this and `parkedAt`, keeps its first name; parked, everywhere else, is an event that failed.
 */
export const BACKLOG_MARKS_PARTITION = 'parked';
export const backlogMarkKey = (tenantId: string): Key => ({ pk: BACKLOG_MARKS_PARTITION, sk: tenantId });
/** Who works on a tenant's backlog, and when somebody is to look at it next. */
export const backlogKey = (tenantId: string): Key => ({ pk: partition(tenantId, 'backlog'), sk: 'lease' });
/** Whose backlogs are being worked on. */
export const BACKLOG_SLOTS_KEY: Key = { pk: 'backlogs', sk: 'at-work' };

/** What somebody was told about a tenant and is not over: one item per tenant and kind of alert. */
export const ALERTS_PARTITION = 'alerts';
export const alertKey = (tenantId: string, kind: string): Key => ({
  pk: ALERTS_PARTITION,
  sk: `${tenantId}#${kind}`,
});

/** Credentials table. */
export const TENANTS_PARTITION = 'tenants';
export const tenantKey = (tenantId: string): Key => ({ pk: TENANTS_PARTITION, sk: tenantId });
/** Which tenant a domain or a client id leads to. Written before the tenant itself, never changed. */
export const DOMAINS_PARTITION = 'domains';
export const domainKey = (domain: string): Key => ({ pk: DOMAINS_PARTITION, sk: domain });
export const clientKey = (clientId: string): Key => ({ pk: 'clients', sk: clientId });

/** Audit table: the administrative acts on one domain, in order of time. Each act has a begin and an end. */
export const auditKey = (domain: string, at: string, requestId: string, step: 'begun' | 'ended'): Key => ({
  pk: `audit#${domain}`,
  sk: `${at}#${requestId}#${step}`,
});
