import type { TenantId } from '../../../lib/ids.ts';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { KeyFileError } from '../../../lib/crypto/cipher.ts';
import { KeyFileCipher } from '../../../lib/crypto/key-file-cipher.ts';
import { openKeyFile } from '../../../lib/crypto/open-key-file.ts';
import { KEY_MARK } from '../../../lib/store/keys.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { TestClock } from '../../support/clock.ts';

let folder: string;
let path: string;
let credentials: MemoryTable;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'key-mark-'));
  path = join(folder, 'key');
  credentials = new MemoryTable(new TestClock());
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const PLACE = { tenantId: 't1' as TenantId, key: { pk: 'p', sk: 's' }, field: 'f' };
const keysIn = (file: string): { id: string }[] =>
  (JSON.parse(readFileSync(file, 'utf8')) as { keys: { id: string }[] }).keys;

test('the first start creates the key file and its marker item, the next start opens them', async () => {
  const sealed = await (await openKeyFile(path, credentials)).encrypt('secret', PLACE);
  const mark = await credentials.get(KEY_MARK);
  expect(await (await openKeyFile(path, credentials)).decrypt(sealed, PLACE)).toBe('secret');
  expect(await credentials.get(KEY_MARK)).toEqual(mark);
});

test('several processes that start at the same moment use one key', async () => {
  const ciphers = await Promise.all(Array.from({ length: 4 }, () => openKeyFile(path, credentials)));
  const sealed = await ciphers[0]!.encrypt('secret', PLACE);
  for (const cipher of ciphers) expect(await cipher.decrypt(sealed, PLACE)).toBe('secret');
});

test('data without its key file: the error names file and key, and no other key is created', async () => {
  await openKeyFile(path, credentials);
  const [key] = keysIn(path);
  rmSync(path);
  await expect(openKeyFile(path, credentials)).rejects.toThrow(
    new KeyFileError(
      `${path} is missing, and the stored data is encrypted under key ${key!.id} from it; restore the file from its backup`,
    ),
  );
  expect(existsSync(path)).toBe(false);
});

test('data with the wrong key file: the error names file and key, and the marker item stays', async () => {
  await openKeyFile(path, credentials);
  const mark = await credentials.get(KEY_MARK);
  const other = join(folder, 'other');
  new KeyFileCipher(other);
  await expect(openKeyFile(other, credentials)).rejects.toThrow(
    `${other} does not hold key ${keysIn(path)[0]!.id}, under which the stored data is encrypted`,
  );
  expect(await credentials.get(KEY_MARK)).toEqual(mark);
});

test('after a rotation the next start updates the marker item, so that the old key can be removed', async () => {
  await (await openKeyFile(path, credentials)).rotate();
  await openKeyFile(path, credentials);
  const [current] = keysIn(path);
  writeFileSync(path, JSON.stringify({ keys: [current] }));
  await expect(openKeyFile(path, credentials)).resolves.toBeDefined();
});
