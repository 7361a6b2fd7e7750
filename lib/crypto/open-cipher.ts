import type { Clock } from '../clock.ts';
import { type Config, ConfigError } from '../config.ts';
import type { Table } from '../store/table.ts';
import type { Cipher } from './cipher.ts';

/**
 * The cipher that the environment names. Only that one is loaded.
 * @param credentials the credentials table, which remembers the key file that belongs to the stored data
 * @throws ConfigError if neither is set, KeyFileError if the key file is unusable or not the one of the data
 */
export async function openCipher(
  { KMS_KEY_ARN, KEY_FILE }: Pick<Config, 'KMS_KEY_ARN' | 'KEY_FILE'>,
  clock: Clock,
  credentials: Table,
): Promise<Cipher> {
  if (KMS_KEY_ARN !== undefined) {
    const { openKmsCipher } = await import('./kms-cipher.ts');
    return openKmsCipher(KMS_KEY_ARN, clock);
  }
  if (KEY_FILE !== undefined) {
    const { openKeyFile } = await import('./open-key-file.ts');
    return openKeyFile(KEY_FILE, credentials);
  }
  throw new ConfigError('KMS_KEY_ARN: set it, or KEY_FILE, to say where the encryption key is');
}
