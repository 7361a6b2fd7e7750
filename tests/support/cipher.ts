import type { TenantId } from '../../lib/ids.ts';
import { createHash } from 'node:crypto';
import type { Binding, Cipher } from '../../lib/crypto/cipher.ts';
import { open, seal } from '../../lib/crypto/gcm.ts';

const KEY = createHash('sha256').update('a key for tests').digest();

/** Real encryption with a key that everyone knows. */
export const testCipher: Cipher = {
  encrypt: (plaintext, binding) => Promise.resolve(seal(KEY, binding, Uint8Array.of(0), plaintext)),
  decrypt: (ciphertext, binding) => Promise.resolve(open(KEY, binding, 1, ciphertext)),
  isCurrent: () => Promise.resolve(true),
};

/** Some place of a tenant's, for tests to which it makes no difference which. */
export const place = (tenantId: TenantId): Binding => ({
  tenantId,
  key: { pk: `${tenantId}#test`, sk: 'item' },
  field: 'sealed',
});
