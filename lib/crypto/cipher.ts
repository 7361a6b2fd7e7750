import type { TenantId } from '../ids.ts';
import type { Key } from '../store/table.ts';

/**
 * The place that a ciphertext belongs to. Nobody can read it from another place: not as another tenant's, not in
 * another item, not in another attribute of the same item.
 */
export interface Binding {
  tenantId: TenantId;
  /** The item that has it. Only the item's key counts. */
  key: Key;
  /** Name of the attribute that holds it. */
  field: string;
}

/** Encryption at rest, the same for KMS and for a key file: AES-256-GCM with the binding as associated data. */
export interface Cipher {
  encrypt(plaintext: string, binding: Binding): Promise<Uint8Array>;
  /** @throws DecryptionError if the bytes were changed, or belong to another place or key */
  decrypt(ciphertext: Uint8Array, binding: Binding): Promise<string>;
  /** Whether the current key encrypted it. If not, it is encrypted again, so that older keys can be removed. */
  isCurrent(ciphertext: Uint8Array, binding: Binding): Promise<boolean>;
  /** Makes a new key that encrypts from now on, and returns its id. Absent if the key is managed elsewhere. */
  rotate?(): Promise<string>;
}

export class DecryptionError extends Error {
  override name = 'DecryptionError';
}

/** What was decrypted; `undefined` if no key can read it any more. */
export const ifReadable = <T>(decrypted: Promise<T>): Promise<T | undefined> =>
  decrypted.catch((error: unknown) => {
    if (error instanceof DecryptionError) return undefined;
    throw error;
  });

/** The key file is unusable; the message says what to do. */
export class KeyFileError extends Error {
  override name = 'KeyFileError';
}
