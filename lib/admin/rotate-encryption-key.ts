import * as z from 'zod';
import { KeyFileError } from '../crypto/cipher.ts';
import { AdminError, defineVerb } from './verb.ts';

/**
 * A new key that encrypts from now on, everywhere and without a restart; what the older ones encrypted stays readable,
 * and `reencrypt` brings it under the new one. Each tenant's hashing key stays: opt-outs are found by it.
 */
export const rotateEncryptionKey = defineVerb(z.strictObject({}), { audited: true }, async ({ cipher }) => {
  if (cipher.rotate === undefined) {
    throw new AdminError(
      'the key is in KMS, which rotates it yearly by itself; now: aws kms rotate-key-on-demand. To move to another key: docs/deploy.md',
    );
  }
  try {
    return { keyId: await cipher.rotate() };
  } catch (error) {
    if (error instanceof KeyFileError) throw new AdminError(error.message);
    throw error;
  }
});
