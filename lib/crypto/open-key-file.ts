/**
 * A key file and the data belong together: data restored without it, or beside another one, can't be read, and what
 * is stored under a new key meanwhile would be lost once the right file is back. So the first start leaves a mark in
 * the credentials table, encrypted under the key, and every later one must be able to read it. KMS needs no mark: each
 * ciphertext names its key, and KMS itself refuses another one.
 */
import type { TenantId } from '../ids.ts';
import { statSync } from 'node:fs';
import { KEY_MARK } from '../store/keys.ts';
import { ConflictError, type Item, type Table } from '../store/table.ts';
import { type Binding, DecryptionError, KeyFileError } from './cipher.ts';
import { KeyFileCipher, keyIdOf } from './key-file-cipher.ts';

const MARKED = 'the key of these tables';

/** Makes the file if there is none and no data needs one. @throws KeyFileError saying which file or key is missing */
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

/** The mark is no tenant's. */
const MARK: Binding = { tenantId: '' as TenantId, key: KEY_MARK, field: 'bytes' };

async function check(
  cipher: KeyFileCipher,
  path: string,
  mark: Item | undefined,
  credentials: Table,
): Promise<void> {
  const isCurrent = mark !== undefined && (await isReadable(cipher, path, bytesOf(mark)));
  if (isCurrent) return;
  // Also after a rotation: otherwise the mark would need the old key forever.
  const bytes = await cipher.encrypt(MARKED, MARK);
  try {
    await credentials.put({ ...KEY_MARK, bytes }, mark?.version ?? 'absent');
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    // Another function was faster: its mark must be readable too.
    await check(cipher, path, await credentials.get(KEY_MARK), credentials);
  }
}

/** Returns whether the key that encrypts now wrote the mark. @throws KeyFileError if no key of the file did */
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
