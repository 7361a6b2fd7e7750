import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Binding, DecryptionError } from './cipher.ts';
import { DICTIONARY } from './dictionary.ts';

const ALGORITHM = 'aes-256-gcm';
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * What GCM authenticates besides the ciphertext: the header that names the key, and the binding. As JSON, so that no
 * two are equal.
 */
const associated = ({ tenantId, key, field }: Binding, header: Uint8Array): Buffer =>
  Buffer.concat([header, Buffer.from(JSON.stringify([tenantId, key.pk, key.sk, field]))]);

/** `header | nonce | ciphertext | tag`; the plaintext is deflated first, because a table charges by the kilobyte. */
export function seal(key: Uint8Array, binding: Binding, header: Uint8Array, plaintext: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce);
  cipher.setAAD(associated(binding, header));
  return Buffer.concat([
    header,
    nonce,
    cipher.update(deflateRawSync(plaintext, { dictionary: DICTIONARY })),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** @throws DecryptionError if the bytes are not what `seal` made with this key for this place */
export function open(key: Uint8Array, binding: Binding, headerBytes: number, sealed: Uint8Array): string {
  if (sealed.length < headerBytes + NONCE_BYTES + TAG_BYTES) throw new DecryptionError('too short');
  const body = headerBytes + NONCE_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(headerBytes, body), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associated(binding, sealed.subarray(0, headerBytes)));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const plaintext = decipher.update(sealed.subarray(body, -TAG_BYTES));
    return inflateRawSync(Buffer.concat([plaintext, decipher.final()]), { dictionary: DICTIONARY }).toString(
      'utf8',
    );
  } catch (error) {
    throw new DecryptionError('changed, or of another place or key', { cause: error });
  }
}
