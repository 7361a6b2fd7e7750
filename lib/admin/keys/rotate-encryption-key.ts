import * as z from 'zod';
import { KeyFileError } from '../../crypto/cipher.ts';
import { AdminError, defineVerb } from '../verb.ts';

/**
 * Creates a new key, which encrypts from now on, everywhere and without a restart. What older keys encrypted stays
 * readable, and `reencrypt` encrypts it with the new key. Each tenant's hashing key stays, because opt-outs are found
 * by it.
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
