import type { Clock } from '../clock.ts';
import { type Config, ConfigError } from '../config.ts';
import type { Cipher } from './cipher.ts';

/**
 * The cipher that the environment asks for. Only the chosen one is loaded.
 * @throws ConfigError where neither is set, KeyFileError where the key file is unusable
 */
export async function openCipher(
  { KMS_KEY_ARN, KEY_FILE }: Pick<Config, 'KMS_KEY_ARN' | 'KEY_FILE'>,
  clock: Clock,
): Promise<Cipher> {
  if (KMS_KEY_ARN !== undefined) {
    const { openKmsCipher } = await import('./kms-cipher.ts');
    return openKmsCipher(KMS_KEY_ARN, clock);
  }
  if (KEY_FILE !== undefined) {
    const { KeyFileCipher } = await import('./key-file-cipher.ts');
    return new KeyFileCipher(KEY_FILE);
  }
  throw new ConfigError('KMS_KEY_ARN: set it, or KEY_FILE, to say where the encryption key is');
}
