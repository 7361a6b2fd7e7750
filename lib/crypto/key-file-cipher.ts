/**
 * Encryption under keys in a local file, for one machine. The file holds a list of keys: the first
 * encrypts, all decrypt, so that a key is rotated by putting a new one in front of it.
 */
import { randomBytes } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  openSync,
  closeSync,
  fsyncSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { type Cipher, DecryptionError } from './cipher.ts';
import { KEY_BYTES, open, seal } from './gcm.ts';

/** First byte of what this cipher makes, apart from the KMS cipher's. */
export const KEY_FILE_FORMAT = 1;
const KEY_ID_BYTES = 4;
const HEADER_BYTES = 1 + KEY_ID_BYTES;

const keySchema = z.object({
  id: z.string().regex(/^[0-9a-f]{8}$/, 'must be eight hexadecimal digits'),
  key: z
    .base64()
    .refine((text) => Buffer.from(text, 'base64').length === KEY_BYTES, 'must be 32 bytes, base64'),
});
const fileSchema = z.object({ keys: z.array(keySchema).min(1) });

/** The key file is unusable; the message says what to do. */
export class KeyFileError extends Error {
  override name = 'KeyFileError';
}

const newKey = (): z.infer<typeof keySchema> => ({
  id: randomBytes(KEY_ID_BYTES).toString('hex'),
  key: randomBytes(KEY_BYTES).toString('base64'),
});

/** Written aside, flushed and then linked: whoever starts at the same moment sees a whole file or none. */
function createKeyFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  const file = openSync(aside, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify({ keys: [newKey()] }, null, 2)}\n`);
    fsyncSync(file);
    linkSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    closeSync(file);
    rmSync(aside);
  }
}

function readKeyFile(path: string): z.infer<typeof fileSchema>['keys'] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    createKeyFile(path);
    text = readFileSync(path, 'utf8');
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new KeyFileError(`${path} can be read by others than its owner; run chmod 600 on it`);
  }
  const parsed = fileSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new KeyFileError(
      `${path} is no key file: ${z.prettifyError(parsed.error)}; restore it from a backup`,
    );
  }
  return parsed.data.keys;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export class KeyFileCipher implements Cipher {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #header: Uint8Array;
  readonly #key: Uint8Array;

  /** Reads the file, or makes it with a first key. @throws KeyFileError */
  constructor(path: string) {
    const keys = readKeyFile(path);
    this.#keys = new Map(keys.map(({ id, key }) => [id, Buffer.from(key, 'base64')]));
    // The schema asks for one key at least.
    const [first] = keys as [z.infer<typeof keySchema>];
    this.#key = Buffer.from(first.key, 'base64');
    this.#header = Buffer.from([KEY_FILE_FORMAT, ...Buffer.from(first.id, 'hex')]);
  }

  encrypt(tenantId: string, plaintext: string): Promise<Uint8Array> {
    return Promise.resolve(seal(this.#key, tenantId, this.#header, plaintext));
  }

  // Not just a promise's value: what is thrown must reject.
  // eslint-disable-next-line @typescript-eslint/require-await
  async decrypt(tenantId: string, ciphertext: Uint8Array): Promise<string> {
    if (ciphertext[0] !== KEY_FILE_FORMAT) throw new DecryptionError('not encrypted under a key file');
    const key = this.#keys.get(Buffer.from(ciphertext.subarray(1, HEADER_BYTES)).toString('hex'));
    if (key === undefined) throw new DecryptionError('encrypted under a key that the key file does not hold');
    return open(key, tenantId, HEADER_BYTES, ciphertext);
  }
}
