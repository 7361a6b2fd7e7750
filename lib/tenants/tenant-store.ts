/**
 * Tenants in the credentials table: the tenant's own item, and the items by which it is found by domain and client id.
 */
import type { TenantId } from '../ids.ts';
import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ExpiringCache } from '../expiring-cache.ts';
import {
  clientKey,
  CONNECTIONS_PARTITION,
  connectionKey,
  domainKey,
  FIREFISH_CLIENTS_PARTITION,
  firefishClientKey,
  TENANTS_PARTITION,
  tenantKey,
} from '../store/keys.ts';
import { ConflictError, type Expected, type Item, queryAll, type Table } from '../store/table.ts';
import { claim, type Claim, type ClaimOutcome, readClaim, release, type Standing } from './claims.ts';
import { settingsSchema } from './settings.ts';
import type { TenantRecord } from './tenant-record.ts';

/** After this time every instance has a change of a tenant. It is half of what the contract allows. */
export const TENANT_CACHE_MS = 30_000;
const TENANTS_KEPT = 1_000;
/** No tenant's id: an unknown client id costs the same read as a known one. */
const NOBODY_ID = 'nobody' as TenantId;

/** Settings are parsed, so that one which was added later has its default. */
const toRecord = (item: Item): TenantRecord =>
  // Only this file writes these items, and it writes whole records.
  ({ ...item, settings: settingsSchema.parse(item['settings']) }) as unknown as TenantRecord;

/** For comparing Firefish client ids; the table has the id only encrypted. */
export const firefishClientHash = (clientId: string): string =>
  createHash('sha256').update(clientId).digest('base64url');

export class TenantStore {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #newWriteId: () => string;
  readonly #records: ExpiringCache<TenantRecord | undefined>;
  readonly #clients: ExpiringCache<TenantId | undefined>;

  constructor(table: Table, clock: Clock, newWriteId: () => string = randomUUID) {
    this.#table = table;
    this.#clock = clock;
    this.#newWriteId = newWriteId;
    this.#records = new ExpiringCache({ maxAgeMs: TENANT_CACHE_MS, maxEntries: TENANTS_KEPT }, clock);
    this.#clients = new ExpiringCache({ maxAgeMs: TENANT_CACHE_MS, maxEntries: TENANTS_KEPT }, clock);
  }

  /** The tenant as it is now. */
  read(tenantId: TenantId): Promise<TenantRecord | undefined> {
    return this.#records.refresh(tenantId, () => this.#load(tenantId));
  }

  /** The tenant as it was at most `TENANT_CACHE_MS` ago. */
  recent(tenantId: TenantId): Promise<TenantRecord | undefined> {
    return this.#records.get(tenantId, () => this.#load(tenantId));
  }

  /** The cached tenant of a client id; reads nothing. */
  async rememberedOfClient(clientId: string): Promise<TenantRecord | undefined> {
    const tenantId = await this.#clients.remembered(clientId);
    return tenantId === undefined ? undefined : this.#records.remembered(tenantId);
  }

  /** The tenant of a client id as it is now. The same two reads for a known id and an unknown one. */
  async readOfClient(clientId: string): Promise<TenantRecord | undefined> {
    const tenantId = await this.#clients.refresh(
      clientId,
      async () => (await this.#table.get(clientKey(clientId)))?.['tenantId'] as TenantId | undefined,
    );
    return this.read(tenantId ?? NOBODY_ID);
  }

  /** The tenant that uses the domain, as it is now. A domain that is only claimed has none. */
  async ofDomain(domain: string): Promise<TenantRecord | undefined> {
    const claimed = await this.claimOfDomain(domain);
    const tenant = claimed && (await this.read(readClaim(claimed).tenantId));
    return tenant?.domain === domain ? tenant : undefined;
  }

  claimOfDomain(domain: string): Promise<Item | undefined> {
    return this.#table.get(domainKey(domain));
  }

  claimOfFirefishClient(clientHash: string): Promise<Item | undefined> {
    return this.#table.get(firefishClientKey(clientHash));
  }

  /** @param seen as the act found it when it began */
  release(seen: Item | undefined, tenantId: TenantId): Promise<void> {
    return release(this.#table, seen, tenantId);
  }

  /**
   * Claims the domain for a tenant that does not exist yet, or is disabled, and returns its ids: if an `enable` ended
   * early, the next one continues with the same ids.
   */
  async reserve(
    domain: string,
    wanted: Required<Claim>,
  ): Promise<{ kind: 'claimed'; tenantId: TenantId; clientId: string } | { kind: 'busy' }> {
    const outcome = await this.#claimDomain(domain, wanted, ['begun', 'used']);
    if (outcome.kind !== 'claimed') return { kind: 'busy' };
    const { tenantId, clientId = wanted.clientId } = outcome.claim;
    await this.#table.put({ ...clientKey(clientId), tenantId }, 'anything');
    return { kind: 'claimed', tenantId, clientId };
  }

  /** Claims another domain for an existing tenant. */
  claimDomain(domain: string, { tenantId, clientId }: TenantRecord): Promise<ClaimOutcome> {
    return this.#claimDomain(domain, { tenantId, clientId }, []);
  }

  #claimDomain(domain: string, wanted: Claim, adopts: readonly Standing[]): Promise<ClaimOutcome> {
    return claim(this.#table, {
      key: domainKey(domain),
      wanted,
      standingOf: (tenantId) => this.#standing(tenantId, (tenant) => tenant.domain === domain),
      adopts,
      now: this.#clock.now(),
    });
  }

  /** Claims a Firefish client id for a tenant, whether there is one yet or not. */
  claimFirefishClient(clientHash: string, tenantId: TenantId): Promise<ClaimOutcome> {
    return claim(this.#table, {
      key: firefishClientKey(clientHash),
      wanted: { tenantId },
      standingOf: (other) => this.#standing(other, (tenant) => tenant.firefishClientHash === clientHash),
      adopts: [],
      now: this.#clock.now(),
    });
  }

  /** The tenant that uses a Firefish client id. */
  async ofFirefishClient(clientHash: string): Promise<TenantRecord | undefined> {
    const item = await this.claimOfFirefishClient(clientHash);
    const tenant = item && (await this.read(readClaim(item).tenantId));
    return tenant?.firefishClientHash === clientHash ? tenant : undefined;
  }

  async #standing(tenantId: TenantId, uses: (tenant: TenantRecord) => boolean): Promise<Standing> {
    const tenant = await this.read(tenantId);
    if (tenant === undefined) return 'begun';
    return uses(tenant) ? 'used' : 'left';
  }

  /**
   * Writes the tenant under its version. If the answer was lost, it checks whether the write was done: a stored secret
   * must be shown, because it is shown only once.
   * @throws ConflictError if someone else changed the tenant first
   */
  async put(record: Omit<TenantRecord, 'version'>, expected: Expected): Promise<TenantRecord> {
    // Not `writeId`: tables mark each try of a write by that name.
    const changeId = this.#newWriteId();
    const key = tenantKey(record.tenantId);
    let item: Item;
    try {
      item = await this.#table.put({ ...record, changeId, ...key }, expected);
    } catch (error) {
      const there = await this.#table.get(key);
      if (there?.['changeId'] !== changeId) throw error;
      item = there;
    }
    const written = toRecord(item);
    await this.#records.refresh(record.tenantId, () => Promise.resolve(written));
    return written;
  }

  async *all(): AsyncGenerator<TenantRecord> {
    for await (const item of queryAll(this.#table, { pk: TENANTS_PARTITION })) yield toRecord(item);
  }

  /** When SourceWhale connected first; `undefined` until then. Epoch milliseconds. */
  async connectedAt(tenantId: TenantId): Promise<number | undefined> {
    return (await this.#table.get(connectionKey(tenantId)))?.['connectedAt'] as number | undefined;
  }

  /** The same of all tenants, by their ids. */
  async allConnectedAt(): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for await (const { sk, connectedAt } of queryAll(this.#table, { pk: CONNECTIONS_PARTITION })) {
      found.set(sk, Number(connectedAt));
    }
    return found;
  }

  /** Records that SourceWhale has connected; returns when it first did. */
  async markConnected(tenantId: TenantId): Promise<number> {
    const known = await this.connectedAt(tenantId);
    if (known !== undefined) return known;
    const connectedAt = this.#clock.now();
    try {
      await this.#table.put({ ...connectionKey(tenantId), connectedAt }, 'absent');
      return connectedAt;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      return (await this.connectedAt(tenantId)) ?? connectedAt;
    }
  }

  /**
   * Removes a tenant from the credentials table. Its domain's item is deleted last, so that the act can be repeated.
   * For a half-deleted tenant, deletes the rest.
   * @param seen the claim of its domain, as the act found it
   */
  async remove(seen: Item): Promise<void> {
    const { tenantId, clientId } = readClaim(seen);
    await this.#table.delete(connectionKey(tenantId));
    if (clientId !== undefined) await this.#table.delete(clientKey(clientId));
    for await (const item of queryAll(this.#table, { pk: FIREFISH_CLIENTS_PARTITION })) {
      if (readClaim(item).tenantId === tenantId) await this.release(item, tenantId);
    }
    await this.#table.delete(tenantKey(tenantId));
    await this.#records.refresh(tenantId, () => Promise.resolve(undefined));
    await this.release(seen, tenantId);
  }

  async #load(tenantId: TenantId): Promise<TenantRecord | undefined> {
    const item = await this.#table.get(tenantKey(tenantId));
    return item === undefined ? undefined : toRecord(item);
  }
}
