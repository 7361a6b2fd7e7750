/** Tenants in the credentials table: the tenant's own item, and one item each that leads to it by domain and client id. */
import type { Clock } from '../clock.ts';
import { ExpiringCache } from '../expiring-cache.ts';
import { clientKey, domainKey, TENANTS_PARTITION, tenantKey } from '../store/keys.ts';
import { ConflictError, type Expected, type Item, queryAll, type Table } from '../store/table.ts';
import { settingsSchema } from './settings.ts';
import type { TenantRecord } from './tenant-record.ts';

/** What a change of a tenant takes at most to reach every instance; half of what the contract allows. */
export const TENANT_CACHE_MS = 30_000;
const TENANTS_KEPT = 1_000;
/** No tenant's: the read that an unknown client id costs like any other. */
const NOBODY_ID = 'nobody';

/** What a domain is reserved for, before and after its tenant exists. */
interface Reservation {
  tenantId: string;
  clientId: string;
}

/** Settings are parsed, so that one which was added later has its default. */
const toRecord = (item: Item): TenantRecord =>
  // Nothing but this file writes these items, and it writes whole records.
  ({ ...item, settings: settingsSchema.parse(item['settings']) }) as unknown as TenantRecord;

export class TenantStore {
  readonly #table: Table;
  readonly #records: ExpiringCache<TenantRecord | undefined>;
  readonly #clients: ExpiringCache<string | undefined>;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#records = new ExpiringCache({ maxAgeMs: TENANT_CACHE_MS, maxEntries: TENANTS_KEPT }, clock);
    this.#clients = new ExpiringCache({ maxAgeMs: TENANT_CACHE_MS, maxEntries: TENANTS_KEPT }, clock);
  }

  /** The tenant as it is now. */
  read(tenantId: string): Promise<TenantRecord | undefined> {
    return this.#records.refresh(tenantId, () => this.#load(tenantId));
  }

  /** The tenant as it was at most `TENANT_CACHE_MS` ago. */
  recent(tenantId: string): Promise<TenantRecord | undefined> {
    return this.#records.get(tenantId, () => this.#load(tenantId));
  }

  /** The tenant of a client id as far as it is remembered; reads nothing. */
  async rememberedOfClient(clientId: string): Promise<TenantRecord | undefined> {
    const tenantId = await this.#clients.peek(clientId);
    return tenantId === undefined ? undefined : this.#records.peek(tenantId);
  }

  /** The tenant of a client id as it is now. The same two reads for whom there is and whom there is not. */
  async readOfClient(clientId: string): Promise<TenantRecord | undefined> {
    const tenantId = await this.#clients.refresh(
      clientId,
      async () => (await this.#table.get(clientKey(clientId)))?.['tenantId'] as string | undefined,
    );
    return this.read(tenantId ?? NOBODY_ID);
  }

  async reservation(domain: string): Promise<Reservation | undefined> {
    const item = await this.#table.get(domainKey(domain));
    return item === undefined ? undefined : (item as unknown as Reservation);
  }

  /**
   * Reserves the domain and the client id for a tenant that does not exist yet, and answers for which one:
   * whoever died between here and `put`, the next one goes on with the same ids.
   */
  async reserve(domain: string, wanted: Reservation): Promise<Reservation> {
    try {
      await this.#table.put({ ...domainKey(domain), ...wanted }, 'absent');
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
    const { tenantId, clientId } = (await this.reservation(domain)) ?? wanted;
    await this.#table.put({ ...clientKey(clientId), tenantId }, 'anything');
    return { tenantId, clientId };
  }

  /** @throws ConflictError where somebody else changed the tenant first */
  async put(record: Omit<TenantRecord, 'version'>, expected: Expected): Promise<TenantRecord> {
    const written = toRecord(await this.#table.put({ ...record, ...tenantKey(record.tenantId) }, expected));
    await this.#records.refresh(record.tenantId, () => Promise.resolve(written));
    return written;
  }

  async *all(): AsyncGenerator<TenantRecord> {
    for await (const item of queryAll(this.#table, { pk: TENANTS_PARTITION })) yield toRecord(item);
  }

  async #load(tenantId: string): Promise<TenantRecord | undefined> {
    const item = await this.#table.get(tenantKey(tenantId));
    return item === undefined ? undefined : toRecord(item);
  }
}
