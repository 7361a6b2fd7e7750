import { createHash } from 'node:crypto';
import type { Cipher } from '../../lib/crypto/cipher.ts';
import { open, seal } from '../../lib/crypto/gcm.ts';

const KEY = createHash('sha256').update('a key for tests').digest();

/** Real encryption under a key that everybody knows. */
export const testCipher: Cipher = {
  encrypt: (tenantId, plaintext) => Promise.resolve(seal(KEY, tenantId, Uint8Array.of(0), plaintext)),
  decrypt: (tenantId, ciphertext) => Promise.resolve(open(KEY, tenantId, 1, ciphertext)),
  isCurrent: () => Promise.resolve(true),
};
