import type { TenantId } from '../../ids.ts';
import * as z from 'zod';
import type { Binding } from '../../crypto/cipher.ts';
import { SHARED_PARTITIONS, tenantPrefix } from '../../store/keys.ts';
import { turnKey } from '../../store/sync-keys.ts';
import { ConflictError, type Item } from '../../store/table.ts';
import { tenantBinding } from '../../tenants/load-tenant.ts';
import { isHeld, readTurn } from '../../turn/turn-record.ts';
import { domainOption, findTenant } from '../domain-option.ts';
import { type AdminServices, defineVerb } from '../verb.ts';

/** How long an act can work behind an HTTP API and still answer. The next act does the rest. */
const BUDGET_MS = 20_000;

class Walk {
  reencrypted = 0;
  /** A turn is working on it. */
  left = 0;
  readonly #services: AdminServices;
  readonly #until: number;

  constructor(services: AdminServices) {
    this.#services = services;
    this.#until = services.clock.now() + BUDGET_MS;
  }

  get isOver(): boolean {
    return this.#services.clock.now() >= this.#until;
  }

  async tenant(tenantId: TenantId): Promise<void> {
    await this.#tenantItself(tenantId);
    const { syncItems } = this.#services;
    const search = { prefix: tenantPrefix(tenantId), partitions: Object.keys(SHARED_PARTITIONS), tenantId };
    let after: string | undefined;
    do {
      const page = await syncItems.scan(after === undefined ? search : { ...search, after });
      for (const { pk, sk } of page.items) {
        if (this.isOver) return;
        // Encrypted data is in the tenant's own partitions.
        if (pk.startsWith(search.prefix)) await this.#item(tenantId, { pk, sk });
      }
      after = page.next;
    } while (after !== undefined);
  }

  /** Items that belong to no tenant. */
  async service(): Promise<void> {
    await this.#counted(() => this.#services.pseudonyms.reencrypt());
  }

  /** The tenant's Firefish credentials and its hashing key, which does not change. */
  async #tenantItself(tenantId: TenantId): Promise<void> {
    const { tenants, cipher } = this.#services;
    const record = await tenants.read(tenantId);
    if (record === undefined) return;
    const current = await Promise.all([
      cipher.isCurrent(record.firefish, tenantBinding(tenantId, 'firefish')),
      cipher.isCurrent(record.hashingKey, tenantBinding(tenantId, 'hashingKey')),
    ]);
    if (current.every(Boolean)) return;
    await this.#counted(async () => {
      const [firefish, hashingKey] = await Promise.all([
        this.#again(record.firefish, tenantBinding(tenantId, 'firefish')),
        this.#again(record.hashingKey, tenantBinding(tenantId, 'hashingKey')),
      ]);
      await tenants.put({ ...record, firefish, hashingKey }, record.version);
      return true;
    });
  }

  /** Every encrypted attribute is bytes, bound to the item's key and the attribute's name. */
  async #item(tenantId: TenantId, key: Pick<Item, 'pk' | 'sk'>): Promise<void> {
    const { sync, cipher } = this.#services;
    const item = await sync.get(key);
    const fresh: Record<string, Uint8Array> = {};
    for (const [field, value] of Object.entries(item ?? {})) {
      if (!(value instanceof Uint8Array)) continue;
      const binding = { tenantId, key, field };
      if (!(await cipher.isCurrent(value, binding))) fresh[field] = await this.#again(value, binding);
    }
    if (item === undefined || Object.keys(fresh).length === 0) return;
    await this.#counted(async () => {
      // Only the turn writes these items while it runs, so they are left to the next run of the verb.
      if (isHeld(await readTurn(sync, tenantId), this.#services.clock.now()))
        throw new ConflictError(turnKey(tenantId));
      await sync.put({ ...item, ...fresh }, item.version);
      return true;
    });
  }

  /**
   * Written under its version: an item that was changed in between is left as it is, and read again in the next run.
   */
  async #counted(write: () => Promise<boolean>): Promise<void> {
    try {
      if (await write()) this.reencrypted += 1;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      this.left += 1;
    }
  }

  async #again(ciphertext: Uint8Array, binding: Binding): Promise<Uint8Array> {
    const { cipher } = this.#services;
    return cipher.encrypt(await cipher.decrypt(ciphertext, binding), binding);
  }
}

/**
 * Encrypts with the current key what older keys encrypted, for one tenant or for all. One act does as much as it can.
 * After it has answered `done`, only tokens that live for minutes still need an older key.
 */
export const reencrypt = defineVerb(
  z.strictObject({ domain: domainOption.optional() }),
  { audited: true },
  async (services, { domain }) => {
    const walk = new Walk(services);
    if (domain === undefined) {
      await walk.service();
      for await (const { tenantId } of services.tenants.all()) {
        if (walk.isOver) break;
        await walk.tenant(tenantId);
      }
    } else await walk.tenant((await findTenant(services, domain)).tenantId);
    return { reencrypted: walk.reencrypted, left: walk.left, done: walk.left === 0 && !walk.isOver };
  },
);
