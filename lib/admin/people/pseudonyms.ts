/**
 * Names for people in logs and in the audit table. A caller is named by an id, such as an ARN or a provider's subject.
 * If an id contains an e-mail address, as session names of assumed roles often do, a keyed hash replaces it. The same
 * person always gets the same hash, and the address cannot be found without the key.
 */
import type { TenantId } from '../../ids.ts';
import { createHmac } from 'node:crypto';
import type { Binding, Cipher } from '../../crypto/cipher.ts';
import type { RandomBytes } from '../../credentials/client-secret.ts';
import { SERVICE_KEY } from '../../store/keys.ts';
import { ConflictError, type Item, type Table } from '../../store/table.ts';

const KEY_BYTES = 32;
const HASH_BYTES = 12;
/** A part between the separators of ARNs, URLs and names in parentheses that contains an @. */
const ADDRESS = /[^\s/:#()<>,;]+@[^\s/:#()<>,;]+/g;
/** Belongs to no tenant. */
const BINDING: Binding = { tenantId: 'service' as TenantId, key: SERVICE_KEY, field: 'hashingKey' };

export class Pseudonyms {
  readonly #table: Table;
  readonly #cipher: Cipher;
  readonly #random: RandomBytes;
  #key: Promise<Buffer> | undefined;

  /** @param table the credentials table, where the key is kept encrypted */
  constructor(table: Table, cipher: Cipher, random: RandomBytes) {
    this.#table = table;
    this.#cipher = cipher;
    this.#random = random;
  }

  /** The text with `person-<hash>` in place of each address. */
  async without(text: string): Promise<string> {
    if (!text.includes('@')) return text;
    this.#key ??= this.#loadKey();
    // If the key could not be read, the next call reads it again.
    this.#key.catch(() => (this.#key = undefined));
    const key = await this.#key;
    return text.replaceAll(ADDRESS, (address) => {
      const hash = createHmac('sha256', key).update(address.toLowerCase()).digest();
      return `person-${hash.subarray(0, HASH_BYTES).toString('base64url')}`;
    });
  }

  /** Encrypts its key under the current encryption key; returns whether it was under another. */
  async reencrypt(): Promise<boolean> {
    const item = await this.#table.get(SERVICE_KEY);
    if (item === undefined || (await this.#cipher.isCurrent(sealedIn(item), BINDING))) return false;
    const key = await this.#cipher.decrypt(sealedIn(item), BINDING);
    await this.#table.put({ ...item, hashingKey: await this.#cipher.encrypt(key, BINDING) }, item.version);
    return true;
  }

  async #loadKey(): Promise<Buffer> {
    for (;;) {
      const item = await this.#table.get(SERVICE_KEY);
      if (item !== undefined) {
        return Buffer.from(await this.#cipher.decrypt(sealedIn(item), BINDING), 'base64');
      }
      const key = Buffer.from(this.#random(KEY_BYTES)).toString('base64');
      try {
        const hashingKey = await this.#cipher.encrypt(key, BINDING);
        await this.#table.put({ ...SERVICE_KEY, hashingKey }, 'absent');
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
      }
    }
  }
}

/** Only this file writes the item. */
const sealedIn = (item: Item): Uint8Array => item['hashingKey'] as Uint8Array;
