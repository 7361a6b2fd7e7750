import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DecryptionError } from './cipher.ts';

const ALGORITHM = 'aes-256-gcm';
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What GCM vouches for besides the ciphertext: whose it is, and the header that names the key. */
const associated = (tenantId: string, header: Uint8Array): Buffer =>
  Buffer.concat([header, Buffer.from(tenantId)]);

/** `header | nonce | ciphertext | tag`. */
export function seal(key: Uint8Array, tenantId: string, header: Uint8Array, plaintext: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce);
  cipher.setAAD(associated(tenantId, header));
  return Buffer.concat([
    header,
    nonce,
    cipher.update(plaintext, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** @throws DecryptionError where the bytes are not what `seal` made with this key for this tenant */
export function open(key: Uint8Array, tenantId: string, headerBytes: number, sealed: Uint8Array): string {
  if (sealed.length < headerBytes + NONCE_BYTES + TAG_BYTES) throw new DecryptionError('too short');
  const body = headerBytes + NONCE_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(headerBytes, body), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associated(tenantId, sealed.subarray(0, headerBytes)));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const plaintext = decipher.update(sealed.subarray(body, -TAG_BYTES));
    return Buffer.concat([plaintext, decipher.final()]).toString('utf8');
  } catch (error) {
    throw new DecryptionError('changed, or of another tenant or key', { cause: error });
  }
}
