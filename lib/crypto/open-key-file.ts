/**
 * A key file and the data belong together: data that is restored without it, or with another key file, cannot be read,
 * and what is then stored with a new key would be lost when the right file is back. So the first start writes a marker
 * item to the credentials table, encrypted with the key, and every later start must be able to read it. KMS needs no
 * marker: each ciphertext names its key, and KMS refuses another one.
 */
import type { TenantId } from '../ids.ts';
import { statSync } from 'node:fs';
import { KEY_MARK } from '../store/keys.ts';
import { ConflictError, type Item, type Table } from '../store/table.ts';
import { type Binding, DecryptionError, KeyFileError } from './cipher.ts';
import { KeyFileCipher, keyIdOf } from './key-file-cipher.ts';

const MARKED = 'the key of these tables';

/**
 * Creates the file if there is none and no data needs one. @throws KeyFileError saying which file or key is missing
 */
export async function openKeyFile(path: string, credentials: Table): Promise<KeyFileCipher> {
  const mark = await credentials.get(KEY_MARK);
  if (mark !== undefined && statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new KeyFileError(
      `${path} is missing, and the stored data is encrypted under key ${keyIdOf(bytesOf(mark))} from it; restore the file from its backup`,
    );
  }
  const cipher = new KeyFileCipher(path);
  await check(cipher, path, mark, credentials);
  return cipher;
}

/** The marker item belongs to no tenant. */
const MARK: Binding = { tenantId: '' as TenantId, key: KEY_MARK, field: 'bytes' };

async function check(
  cipher: KeyFileCipher,
  path: string,
  mark: Item | undefined,
  credentials: Table,
): Promise<void> {
  const isCurrent = mark !== undefined && (await isReadable(cipher, path, bytesOf(mark)));
  if (isCurrent) return;
  // Also after a rotation: otherwise the marker would need the old key forever.
  const bytes = await cipher.encrypt(MARKED, MARK);
  try {
    await credentials.put({ ...KEY_MARK, bytes }, mark?.version ?? 'absent');
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    // Another function came first: its marker must be readable, too.
    await check(cipher, path, await credentials.get(KEY_MARK), credentials);
  }
}

/** Returns whether the current key encrypted the marker. @throws KeyFileError if no key of the file did */
async function isReadable(cipher: KeyFileCipher, path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await cipher.decrypt(bytes, MARK);
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    throw new KeyFileError(
      `${path} does not hold key ${keyIdOf(bytes)}, under which the stored data is encrypted; restore the file that belongs to the data from its backup`,
      { cause: error },
    );
  }
  return cipher.isCurrent(bytes);
}

/** Only this file writes the item. */
const bytesOf = (mark: Item): Uint8Array => mark['bytes'] as Uint8Array;
