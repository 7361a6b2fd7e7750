import type { TenantId } from '../../../lib/ids.ts';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DecryptionError } from '../../../lib/crypto/cipher.ts';
import { DATA_KEY_BOUNDS, KmsCipher } from '../../../lib/crypto/kms-cipher.ts';
import { TestClock } from '../../support/clock.ts';
import { place } from '../../support/cipher.ts';

interface KmsRequest {
  KeyId?: string;
  CiphertextBlob?: string;
  EncryptionContext: { tenantId: TenantId };
}

/** KMS's two calls over the wire: a wrapped key is the key and its encryption context, readable. */
function startKms() {
  const calls: string[] = [];
  let failing = false;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const call = String(request.headers['x-amz-target']).split('.')[1]!;
      const { EncryptionContext: context, CiphertextBlob, KeyId } = JSON.parse(body) as KmsRequest;
      calls.push(`${call} ${context.tenantId}`);
      const answer = (status: number, json: unknown): void => {
        response
          .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
          .end(JSON.stringify(json));
      };
      if (failing) {
        answer(400, { __type: 'DisabledException', message: 'off' });
        return;
      }
      if (call === 'GenerateDataKey') {
        const key = randomBytes(32).toString('base64');
        const wrapped = Buffer.from(JSON.stringify({ key, context, KeyId })).toString('base64');
        answer(200, { Plaintext: key, CiphertextBlob: wrapped, KeyId });
        return;
      }
      const wrapped = JSON.parse(Buffer.from(CiphertextBlob!, 'base64').toString()) as {
        key: string;
        KeyId: string;
        context: { tenantId: TenantId };
      };
      if (wrapped.context.tenantId !== context.tenantId) {
        answer(400, { __type: 'InvalidCiphertextException', message: 'no' });
        return;
      }
      answer(200, { Plaintext: wrapped.key, KeyId: wrapped.KeyId });
    });
  });
  return new Promise<{ url: string; calls: string[]; fail(on: boolean): void; close(): void }>((resolve) => {
    // A busy machine takes its time between two calls: their connection stays.
    server.keepAliveTimeout = 60_000;
    server.listen(0, '127.0.0.1', () => {
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        calls,
        fail(on) {
          failing = on;
        },
        close() {
          server.closeAllConnections();
          server.close();
        },
      });
    });
  });
}

describe('encryption under KMS', () => {
  let kms: Awaited<ReturnType<typeof startKms>>;
  let client: KMSClient;
  const clock = new TestClock();
  const KEY = 'arn:aws:kms:eu-west-1:1:key/k';
  const make = (keyArn = KEY): KmsCipher => new KmsCipher(client, keyArn, clock);

  beforeEach(async () => {
    kms = await startKms();
    client = new KMSClient({
      endpoint: kms.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
  });
  afterEach(() => {
    client.destroy();
    kms.close();
  });

  test('another instance can read what one encrypts, with the wrapped key from the ciphertext', async () => {
    const sealed = await make().encrypt('Zoë', place('t1' as TenantId));
    expect(await make().decrypt(sealed, place('t1' as TenantId))).toBe('Zoë');
    expect(kms.calls).toEqual(['GenerateDataKey t1', 'Decrypt t1']);
  });

  test('five hundred payloads at once cost one call to KMS each way', async () => {
    const writer = make();
    const reader = make();
    const sealed = await Promise.all(
      Array.from({ length: 500 }, (_, n) => writer.encrypt(`event ${n}`, place('t1' as TenantId))),
    );
    const read = await Promise.all(sealed.map((bytes) => reader.decrypt(bytes, place('t1' as TenantId))));
    expect(read[499]).toBe('event 499');
    expect(kms.calls).toEqual(['GenerateDataKey t1', 'Decrypt t1']);
  });

  test('after a change to another key, what the old key encrypted is still read, and is recognised as encrypted with the old key', async () => {
    const before = await make().encrypt('Zoë', place('t1' as TenantId));
    const moved = make('arn:aws:kms:eu-west-1:1:key/next');
    const after = await moved.encrypt('Zoë', place('t1' as TenantId));
    expect([
      await moved.decrypt(before, place('t1' as TenantId)),
      await moved.decrypt(after, place('t1' as TenantId)),
    ]).toEqual(['Zoë', 'Zoë']);
    expect([
      await moved.isCurrent(before, place('t1' as TenantId)),
      await moved.isCurrent(after, place('t1' as TenantId)),
    ]).toEqual([false, true]);
    // A function from before the change, which still runs.
    expect(await make().decrypt(after, place('t1' as TenantId))).toBe('Zoë');
  });

  test('tenants never share a data key, and one cannot read another’s ciphertext', async () => {
    const cipher = make();
    const sealed = await cipher.encrypt('secret', place('t1' as TenantId));
    await cipher.encrypt('secret', place('t2' as TenantId));
    await expect(cipher.decrypt(sealed, place('t2' as TenantId))).rejects.toThrow(DecryptionError);
    expect(kms.calls).toContain('GenerateDataKey t2');
    // KMS itself was asked in the name of the one who reads.
    expect(kms.calls).toContain('Decrypt t2');
  });

  test('a data key is used for a limited time and a limited number of times', async () => {
    const cipher = make();
    await cipher.encrypt('a', place('t1' as TenantId));
    clock.advance(DATA_KEY_BOUNDS.maxAgeMs - 1);
    await cipher.encrypt('b', place('t1' as TenantId));
    expect(kms.calls).toHaveLength(1);
    clock.advance(1);
    await cipher.encrypt('c', place('t1' as TenantId));
    expect(kms.calls).toHaveLength(2);
    for (let use = 1; use < DATA_KEY_BOUNDS.maxUses!; use += 1)
      await cipher.encrypt('d', place('t1' as TenantId));
    expect(kms.calls).toHaveLength(2);
    await cipher.encrypt('e', place('t1' as TenantId));
    expect(kms.calls).toHaveLength(3);
  });

  test('an outage of KMS is reported as such, and not cached', async () => {
    const cipher = make();
    kms.fail(true);
    await expect(cipher.encrypt('a', place('t1' as TenantId))).rejects.toMatchObject({
      name: 'DisabledException',
    });
    kms.fail(false);
    expect(
      await cipher.decrypt(await cipher.encrypt('a', place('t1' as TenantId)), place('t1' as TenantId)),
    ).toBe('a');
  });

  test('changed bytes and bytes of another format are refused', async () => {
    const cipher = make();
    const sealed = await cipher.encrypt('a', place('t1' as TenantId));
    const changed = Uint8Array.from(sealed);
    changed[changed.length - 1]! ^= 1;
    await expect(cipher.decrypt(changed, place('t1' as TenantId))).rejects.toThrow(DecryptionError);
    await expect(cipher.decrypt(Uint8Array.of(1, 2, 3), place('t1' as TenantId))).rejects.toThrow(
      DecryptionError,
    );
  });
});
