/**
 * Encryption at rest, the same for KMS and for a key file: AES-256-GCM, with the tenant's id as associated
 * data, so that one tenant's ciphertext can't be read as another's.
 */
export interface Cipher {
  encrypt(tenantId: string, plaintext: string): Promise<Uint8Array>;
  /** @throws DecryptionError where the bytes were changed, or belong to another tenant or key */
  decrypt(tenantId: string, ciphertext: Uint8Array): Promise<string>;
  /** Whether the key that encrypts now made it. What is not is encrypted anew, so that older keys can go. */
  isCurrent(tenantId: string, ciphertext: Uint8Array): Promise<boolean>;
  /** Makes a new key that encrypts from now on, and answers its id. Absent where the key is somebody else's to make. */
  rotate?(): Promise<string>;
}

export class DecryptionError extends Error {
  override name = 'DecryptionError';
}

/** The key file is unusable; the message says what to do. */
export class KeyFileError extends Error {
  override name = 'KeyFileError';
}
