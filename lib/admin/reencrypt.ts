import * as z from 'zod';
import type { StoredEvent } from '../events/stored-event.ts';
import { eventPartition, personPartition } from '../store/keys.ts';
import { ConflictError, type Item, queryAll } from '../store/table.ts';
import type { PersonItem } from '../sync/person-lease.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { type AdminServices, defineVerb } from './verb.ts';

/** What an act may take behind an HTTP API, with time to answer. What is left is for the next one. */
const BUDGET_MS = 20_000;
/** A worker that has a person in hand is not disturbed, nor one whose clock is behind. */
const SKEW_MS = 10_000;

class Walk {
  reencrypted = 0;
  /** In somebody's hands at the moment. */
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

  async tenant(tenantId: string): Promise<void> {
    const { sync } = this.#services;
    await this.#tenantItself(tenantId);
    for await (const item of queryAll(sync, { pk: personPartition(tenantId) })) {
      if (this.isOver) return;
      // Only the sync writes persons, as PersonItem says.
      const { sealed, lease } = item as PersonItem;
      if (sealed === undefined) continue;
      if ((lease?.until ?? 0) + SKEW_MS > this.#services.clock.now()) {
        if (!(await this.#services.cipher.isCurrent(tenantId, sealed))) this.left += 1;
      } else await this.#attribute(tenantId, item, 'sealed', sealed);
    }
    for await (const item of queryAll(sync, { pk: eventPartition(tenantId) })) {
      if (this.isOver) return;
      const { payload } = item as StoredEvent;
      if (payload !== undefined) await this.#attribute(tenantId, item, 'payload', payload);
    }
  }

  /** Its credentials for Firefish, and its hashing key: under the new key it is the same one. */
  async #tenantItself(tenantId: string): Promise<void> {
    const { tenants, cipher } = this.#services;
    const record = await tenants.read(tenantId);
    if (record === undefined) return;
    const current = await Promise.all([
      cipher.isCurrent(tenantId, record.firefish),
      cipher.isCurrent(tenantId, record.hashingKey),
    ]);
    if (current.every(Boolean)) return;
    await this.#counted(async () => {
      const [firefish, hashingKey] = await Promise.all([
        this.#anew(tenantId, record.firefish),
        this.#anew(tenantId, record.hashingKey),
      ]);
      await tenants.put({ ...record, firefish, hashingKey }, record.version);
    });
  }

  async #attribute(tenantId: string, item: Item, name: string, ciphertext: Uint8Array): Promise<void> {
    if (await this.#services.cipher.isCurrent(tenantId, ciphertext)) return;
    await this.#counted(async () => {
      const anew = await this.#anew(tenantId, ciphertext);
      await this.#services.sync.put({ ...item, [name]: anew }, item.version);
    });
  }

  /** Under its version: what somebody else has written meanwhile is left to them, and looked at again next time. */
  async #counted(write: () => Promise<void>): Promise<void> {
    try {
      await write();
      this.reencrypted += 1;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      this.left += 1;
    }
  }

  async #anew(tenantId: string, ciphertext: Uint8Array): Promise<Uint8Array> {
    const { cipher } = this.#services;
    return cipher.encrypt(tenantId, await cipher.decrypt(tenantId, ciphertext));
  }
}

/**
 * Encrypts under the current key what older ones encrypted: of one tenant, or of all. As far as one act gets; once it
 * answers `done`, nothing in the tables but tokens of minutes needs an older key any more.
 */
export const reencrypt = defineVerb(
  z.strictObject({ domain: domainOption.optional() }),
  { audited: true },
  async (services, { domain }) => {
    const walk = new Walk(services);
    if (domain === undefined) {
      for await (const { tenantId } of services.tenants.all()) {
        if (walk.isOver) break;
        await walk.tenant(tenantId);
      }
    } else await walk.tenant((await findTenant(services, domain)).tenantId);
    return { reencrypted: walk.reencrypted, left: walk.left, done: walk.left === 0 && !walk.isOver };
  },
);
