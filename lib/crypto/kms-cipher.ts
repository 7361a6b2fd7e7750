/**
 * Envelope encryption under a KMS key: each ciphertext contains its data key, wrapped by KMS for this tenant only
 * (encryption context). So only the bytes and the permission to decrypt are needed to read it. Data keys are cached for
 * a limited time and a limited number of uses.
 */
import type { TenantId } from '../ids.ts';
import {
  DecryptCommand,
  GenerateDataKeyCommand,
  InvalidCiphertextException,
  KMSClient,
} from '@aws-sdk/client-kms';
import type { Clock } from '../clock.ts';
import { type CacheBounds, ExpiringCache } from '../expiring-cache.ts';
import { type Binding, type Cipher, DecryptionError } from './cipher.ts';
import { open, seal } from './gcm.ts';

/** First byte of this cipher's output; the key-file cipher has another. */
const KMS_FORMAT = 2;
/** How long and how often a data key is used before KMS is asked for another one. */
export const DATA_KEY_BOUNDS: CacheBounds = { maxAgeMs: 5 * 60_000, maxUses: 10_000, maxEntries: 1_000 };
const LENGTH_BYTES = 2;
const WRAPPED_KEY_AT = 1 + LENGTH_BYTES;

interface DataKey {
  key: Uint8Array;
  /** Format, length of the wrapped key, wrapped key. */
  header: Uint8Array;
}

interface UnwrappedKey {
  key: Uint8Array;
  /** The ARN of the KMS key that wrapped it. */
  keyArn: string | undefined;
}

function makeHeader(wrappedKey: Uint8Array): Uint8Array {
  const start = Buffer.alloc(WRAPPED_KEY_AT);
  start.writeUInt8(KMS_FORMAT);
  start.writeUInt16BE(wrappedKey.length, 1);
  return Buffer.concat([start, wrappedKey]);
}

function readHeader(ciphertext: Uint8Array): Uint8Array {
  const bytes = Buffer.from(ciphertext.buffer, ciphertext.byteOffset, ciphertext.byteLength);
  if (bytes[0] !== KMS_FORMAT || bytes.length < WRAPPED_KEY_AT)
    throw new DecryptionError('not encrypted under KMS');
  return bytes.subarray(0, WRAPPED_KEY_AT + bytes.readUInt16BE(1));
}

export class KmsCipher implements Cipher {
  readonly #client: KMSClient;
  readonly #keyArn: string;
  readonly #encrypting: ExpiringCache<DataKey>;
  readonly #decrypting: ExpiringCache<UnwrappedKey>;

  constructor(client: KMSClient, keyArn: string, clock: Clock) {
    this.#client = client;
    this.#keyArn = keyArn;
    this.#encrypting = new ExpiringCache(DATA_KEY_BOUNDS, clock);
    this.#decrypting = new ExpiringCache(DATA_KEY_BOUNDS, clock);
  }

  async encrypt(plaintext: string, binding: Binding): Promise<Uint8Array> {
    const { tenantId } = binding;
    const { key, header } = await this.#encrypting.get(tenantId, () => this.#generate(tenantId));
    return seal(key, binding, header, plaintext);
  }

  async decrypt(ciphertext: Uint8Array, binding: Binding): Promise<string> {
    const header = readHeader(ciphertext);
    const { key } = await this.#keyOf(binding.tenantId, header);
    return open(key, binding, header.length, ciphertext);
  }

  /** KMS can read what a key encrypted before its own rotation, so only another key counts as another one. */
  async isCurrent(ciphertext: Uint8Array, { tenantId }: Binding): Promise<boolean> {
    return (await this.#keyOf(tenantId, readHeader(ciphertext))).keyArn === this.#keyArn;
  }

  #keyOf(tenantId: TenantId, header: Uint8Array): Promise<UnwrappedKey> {
    const wrappedKey = header.subarray(WRAPPED_KEY_AT);
    const cacheKey = `${tenantId}#${Buffer.from(wrappedKey).toString('base64')}`;
    return this.#decrypting.get(cacheKey, () => this.#unwrap(tenantId, wrappedKey));
  }

  async #generate(tenantId: TenantId): Promise<DataKey> {
    const { Plaintext, CiphertextBlob } = await this.#client.send(
      new GenerateDataKeyCommand({
        KeyId: this.#keyArn,
        KeySpec: 'AES_256',
        EncryptionContext: { tenantId },
      }),
    );
    if (Plaintext === undefined || CiphertextBlob === undefined)
      throw new Error('KMS answered without a data key');
    return { key: Plaintext, header: makeHeader(CiphertextBlob) };
  }

  async #unwrap(tenantId: TenantId, wrappedKey: Uint8Array): Promise<UnwrappedKey> {
    try {
      // Without a KeyId, so that what an earlier KMS key encrypted stays readable; the function's role names the keys.
      const { Plaintext, KeyId: keyArn } = await this.#client.send(
        new DecryptCommand({ CiphertextBlob: wrappedKey, EncryptionContext: { tenantId } }),
      );
      if (Plaintext === undefined) throw new Error('KMS answered without a data key');
      return { key: Plaintext, keyArn };
    } catch (error) {
      if (!(error instanceof InvalidCiphertextException)) throw error;
      throw new DecryptionError('changed, or of another tenant', { cause: error });
    }
  }
}

export function openKmsCipher(keyArn: string, clock: Clock): KmsCipher {
  return new KmsCipher(new KMSClient({ maxAttempts: 4 }), keyArn, clock);
}
