/**
 * Encryption at rest, the same for KMS and for a key file: AES-256-GCM, with the tenant's id as associated
 * data, so that one tenant's ciphertext can't be read as another's.
 */
export interface Cipher {
  encrypt(tenantId: string, plaintext: string): Promise<Uint8Array>;
  /** @throws DecryptionError where the bytes were changed, or belong to another tenant or key */
  decrypt(tenantId: string, ciphertext: Uint8Array): Promise<string>;
}

export class DecryptionError extends Error {
  override name = 'DecryptionError';
}
