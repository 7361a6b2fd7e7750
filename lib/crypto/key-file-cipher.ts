/**
 * Encryption under keys in a local file, for one machine. The file has a list of keys: the first one encrypts, all of
 * them decrypt. So a key is rotated by putting a new one in front. A running process checks the file before each use,
 * so it uses a new key at once, without a restart.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { type Binding, type Cipher, DecryptionError, KeyFileError } from './cipher.ts';
import { KEY_BYTES, open, seal } from './gcm.ts';

/** First byte of this cipher's output; the KMS cipher has another. */
const KEY_FILE_FORMAT = 1;
const KEY_ID_BYTES = 4;
const HEADER_BYTES = 1 + KEY_ID_BYTES;

const keySchema = z.object({
  id: z.string().regex(/^[0-9a-f]{8}$/, 'must be eight hexadecimal digits'),
  key: z
    .base64()
    .refine((text) => Buffer.from(text, 'base64').length === KEY_BYTES, 'must be 32 bytes, base64'),
});
const fileSchema = z.object({ keys: z.array(keySchema).min(1) });
type StoredKey = z.infer<typeof keySchema>;

const newKey = (): StoredKey => ({
  id: randomBytes(KEY_ID_BYTES).toString('hex'),
  key: randomBytes(KEY_BYTES).toString('base64'),
});

/**
 * Written to another file, flushed and then renamed: a reader at the same moment sees a complete file, old or new.
 */
function writeKeyFile(path: string, keys: readonly StoredKey[], putInPlace: (aside: string) => void): void {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  const file = openSync(aside, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify({ keys }, null, 2)}\n`);
    fsyncSync(file);
    putInPlace(aside);
  } finally {
    closeSync(file);
    rmSync(aside, { force: true });
  }
}

/** If two processes start at the same moment, one of them creates it. */
function createKeyFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeKeyFile(path, [newKey()], (aside) => {
      linkSync(aside, path);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** @throws KeyFileError */
function readKeys(path: string): StoredKey[] {
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new KeyFileError(`${path} can be read by others than its owner; run chmod 600 on it`);
  }
  const parsed = fileSchema.safeParse(parseJson(readFileSync(path, 'utf8')));
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

/** The content of the file when it was last read. */
interface Keys {
  /** Shows whether the file has changed. */
  stamp: string;
  byId: ReadonlyMap<string, Uint8Array>;
  current: Uint8Array;
  /** Header of new ciphertexts: format and key id. */
  header: Uint8Array;
}

export class KeyFileCipher implements Cipher {
  readonly #path: string;
  #keys: Keys | undefined;

  /** Reads the file, or makes it with a first key. @throws KeyFileError */
  constructor(path: string) {
    this.#path = path;
    if (!exists(path)) createKeyFile(path);
    this.#read();
  }

  /** As `encrypt`, for callers that cannot wait. */
  encryptNow(plaintext: string, binding: Binding): Uint8Array {
    const { current, header } = this.#read();
    return seal(current, binding, header, plaintext);
  }

  /** As `decrypt`, for callers that cannot wait. */
  decryptNow(ciphertext: Uint8Array, binding: Binding): string {
    const key = this.#read().byId.get(keyIdOf(ciphertext));
    if (key === undefined) throw new DecryptionError('encrypted under a key that the key file does not hold');
    return open(key, binding, HEADER_BYTES, ciphertext);
  }

  // An error that is thrown must reject the promise.
  /* eslint-disable @typescript-eslint/require-await */
  async encrypt(plaintext: string, binding: Binding): Promise<Uint8Array> {
    return this.encryptNow(plaintext, binding);
  }

  async decrypt(ciphertext: Uint8Array, binding: Binding): Promise<string> {
    return this.decryptNow(ciphertext, binding);
  }

  async isCurrent(ciphertext: Uint8Array): Promise<boolean> {
    return Buffer.from(this.#read().header).equals(ciphertext.subarray(0, HEADER_BYTES));
  }

  /** @throws KeyFileError if another process is changing it */
  async rotate(): Promise<string> {
    const lock = `${this.#path}.lock`;
    try {
      closeSync(openSync(lock, 'wx', 0o600));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw new KeyFileError(`the key is being rotated by someone else; if nobody does, remove ${lock}`);
    }
    try {
      const next = newKey();
      writeKeyFile(this.#path, [next, ...readKeys(this.#path)], (aside) => {
        renameSync(aside, this.#path);
      });
      return next.id;
    } finally {
      rmSync(lock);
    }
  }
  /* eslint-enable @typescript-eslint/require-await */

  /**
   * The keys as the file has them now; read again only if it has changed. If the file is missing or damaged, everything
   * stops: what is encrypted with a key that is stored nowhere could never be read again.
   */
  #read(): Keys {
    const stat = statSync(this.#path, { throwIfNoEntry: false });
    if (stat === undefined) throw new KeyFileError(`${this.#path} is gone; restore it from a backup`);
    const { mtimeMs, ctimeMs, ino, size } = stat;
    const stamp = [mtimeMs, ctimeMs, ino, size].join(' ');
    if (this.#keys?.stamp === stamp) return this.#keys;
    const keys = readKeys(this.#path);
    // The schema requires at least one key.
    const [first] = keys as [StoredKey];
    this.#keys = {
      stamp,
      byId: new Map(keys.map(({ id, key }) => [id, Buffer.from(key, 'base64')])),
      current: Buffer.from(first.key, 'base64'),
      header: Buffer.from([KEY_FILE_FORMAT, ...Buffer.from(first.id, 'hex')]),
    };
    return this.#keys;
  }
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** @throws DecryptionError */
export function keyIdOf(ciphertext: Uint8Array): string {
  if (ciphertext[0] !== KEY_FILE_FORMAT) throw new DecryptionError('not encrypted under a key file');
  return Buffer.from(ciphertext.subarray(1, HEADER_BYTES)).toString('hex');
}
