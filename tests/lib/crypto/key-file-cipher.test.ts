import type { TenantId } from '../../../lib/ids.ts';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DecryptionError, KeyFileError } from '../../../lib/crypto/cipher.ts';
import { KeyFileCipher } from '../../../lib/crypto/key-file-cipher.ts';
import { place } from '../../support/cipher.ts';

interface KeyFile {
  keys: { id: string; key: string }[];
}

describe('encryption under a key file', () => {
  let folder: string;
  let path: string;
  const read = (): KeyFile => JSON.parse(readFileSync(path, 'utf8')) as KeyFile;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'key-file-'));
    path = join(folder, 'made', 'key.json');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test('the first start creates a file that only its owner can read, the next start uses it', async () => {
    const sealed = await new KeyFileCipher(path).encrypt('Zoë', place('t1' as TenantId));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await new KeyFileCipher(path).decrypt(sealed, place('t1' as TenantId))).toBe('Zoë');
  });

  test("one tenant's ciphertext can't be read as another's", async () => {
    const cipher = new KeyFileCipher(path);
    const sealed = await cipher.encrypt('secret', place('t1' as TenantId));
    await expect(cipher.decrypt(sealed, place('t2' as TenantId))).rejects.toThrow(DecryptionError);
  });

  test('a changed byte anywhere is noticed', async () => {
    const cipher = new KeyFileCipher(path);
    const sealed = await cipher.encrypt('secret', place('t1' as TenantId));
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Uint8Array.from(sealed);
      changed[at]! ^= 1;
      await expect(cipher.decrypt(changed, place('t1' as TenantId))).rejects.toThrow(DecryptionError);
    }
    await expect(cipher.decrypt(sealed.subarray(0, 10), place('t1' as TenantId))).rejects.toThrow(
      DecryptionError,
    );
  });

  test('a new first key encrypts, and what the old key encrypted stays readable', async () => {
    const old = await new KeyFileCipher(path).encrypt('old', place('t1' as TenantId));
    const next = { id: '00000001', key: Buffer.alloc(32, 7).toString('base64') };
    writeFileSync(path, JSON.stringify({ keys: [next, ...read().keys] }));
    const rotated = new KeyFileCipher(path);
    const sealed = await rotated.encrypt('new', place('t1' as TenantId));
    expect(await rotated.decrypt(old, place('t1' as TenantId))).toBe('old');
    writeFileSync(path, JSON.stringify({ keys: [next] }));
    const afterwards = new KeyFileCipher(path);
    expect(await afterwards.decrypt(sealed, place('t1' as TenantId))).toBe('new');
    await expect(afterwards.decrypt(old, place('t1' as TenantId))).rejects.toThrow(/key file does not hold/);
  });

  test('a file that others can read, or that is not a file, is refused, and the error says what to do', () => {
    new KeyFileCipher(path);
    chmodSync(path, 0o644);
    expect(() => new KeyFileCipher(path)).toThrow(/chmod 600/);
    chmodSync(path, 0o600);
    writeFileSync(path, '{"keys":[{"id":"1","key":"short"}]}');
    expect(() => new KeyFileCipher(path)).toThrow(KeyFileError);
  });
});
