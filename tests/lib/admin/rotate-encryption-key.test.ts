import type { TenantId, EventId } from '../../../lib/ids.ts';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KeyFileCipher } from '../../../lib/crypto/key-file-cipher.ts';
import { eventOf, type SourceWhaleEvent } from '../../support/former-event.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { eventItemKey, personStateKey, turnKey } from '../../../lib/store/sync-keys.ts';
import { type Admin, type Issued, makeAdmin } from '../../support/admin.ts';
import { testCipher } from '../../support/cipher.ts';
import { place } from '../../support/cipher.ts';
import { TestClock } from '../../support/clock.ts';
import { ann, makeEvent } from '../../support/events.ts';

const DOMAIN = 'acme.firefishsoftware.com';
const EVENT = makeEvent('record.created', 1, { record: ann() });

interface KeyFile {
  keys: { id: string; key: string }[];
}

describe('rotation of the encryption key', () => {
  let folder: string;
  let path: string;
  let clock: TestClock;
  let sync: MemoryTable;
  let credentials: MemoryTable;
  let admin: Admin;
  let acme: Issued;
  /** A process that was started before. */
  let elsewhere: KeyFileCipher;

  const readFile = (): KeyFile => JSON.parse(readFileSync(path, 'utf8')) as KeyFile;
  const accept = async (event: SourceWhaleEvent): Promise<void> => {
    await admin.intake.accept(acme.tenantId, [{ event: eventOf(event) }]);
  };
  /** The current tables, read with only the first key of the file. */
  const readableWithNewestAlone = async (): Promise<boolean[]> => {
    const alone = join(folder, 'alone');
    writeFileSync(alone, JSON.stringify({ keys: readFile().keys.slice(0, 1) }), { mode: 0o600 });
    const cipher = new KeyFileCipher(alone);
    const held = [...sync.all(), ...credentials.all()].flatMap((key) =>
      Object.entries(key).flatMap(([field, value]) =>
        value instanceof Uint8Array ? [{ value, binding: { tenantId: acme.tenantId, key, field } }] : [],
      ),
    );
    const readable = await Promise.all(
      held.map(({ value, binding }) =>
        cipher.decrypt(value, binding).then(
          () => true,
          () => false,
        ),
      ),
    );
    rmSync(alone);
    return readable;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rotation-'));
    path = join(folder, 'key');
    clock = new TestClock();
    [sync, credentials] = [new MemoryTable(clock), new MemoryTable(clock)];
    const tables = { credentials, sync, audit: new MemoryTable(clock) };
    admin = makeAdmin(tables, new KeyFileCipher(path), clock);
    elsewhere = new KeyFileCipher(path);
    acme = await admin.enable(DOMAIN);
    await accept(EVENT);
    const key = personStateKey(acme.tenantId, 'p1');
    const binding = { tenantId: acme.tenantId, key, field: 'sealed' };
    const sealed = await elsewhere.encrypt('{"hash":"ann@client.example"}', binding);
    await sync.put({ ...key, sealed, state: {} }, 'absent');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test('a running process encrypts with the new key at once, and reads what others encrypt', async () => {
    const before = await elsewhere.encrypt('before', place('t' as TenantId));
    const { keyId } = (await admin.run({ verb: 'rotate-encryption-key' })) as { keyId: string };
    expect(readFile().keys.map(({ id }) => id)).toEqual([keyId, expect.any(String)]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const after = await elsewhere.encrypt('after', place('t' as TenantId));
    expect(Buffer.from(after.subarray(1, 5)).toString('hex')).toBe(keyId);
    expect(await elsewhere.decrypt(before, place('t' as TenantId))).toBe('before');
    expect(
      await elsewhere.decrypt(
        await admin.services.cipher.encrypt('theirs', place('t' as TenantId)),
        place('t' as TenantId),
      ),
    ).toBe('theirs');
    expect([await elsewhere.isCurrent(before), await elsewhere.isCurrent(after)]).toEqual([false, true]);
  });

  test('reencrypt encrypts everything with the new key, the old one can be removed, and hashes do not change', async () => {
    const hash = (await admin.services.loadTenant(acme.tenantId))!.hash('email ann@client.example');
    await admin.run({ verb: 'rotate-encryption-key' });
    expect(await readableWithNewestAlone()).toEqual([false, false, false, false]);
    expect(await admin.run({ verb: 'reencrypt' })).toEqual({ reencrypted: 3, left: 0, done: true });
    expect(await readableWithNewestAlone()).toEqual([true, true, true, true]);
    expect(await admin.run({ verb: 'reencrypt', domain: DOMAIN })).toEqual({
      reencrypted: 0,
      left: 0,
      done: true,
    });
    clock.advance(60_000);
    expect((await admin.services.loadTenant(acme.tenantId))!.hash('email ann@client.example')).toBe(hash);
    expect(await sync.get(eventItemKey(acme.tenantId, EVENT.id as EventId))).toMatchObject({
      state: 'queued',
    });
  });

  test('reencrypt leaves items that a turn may have in hand to the next run', async () => {
    await admin.run({ verb: 'rotate-encryption-key' });
    const lease = { epoch: 1, leaseEnd: clock.now() + 60_000 };
    const turn = await sync.put({ ...turnKey(acme.tenantId), ...lease }, 'absent');
    // Neither the person nor the event; the agency's own item is no turn's.
    expect(await admin.run({ verb: 'reencrypt' })).toEqual({ reencrypted: 1, left: 2, done: false });
    await sync.put({ ...turn, closedAt: clock.now() }, turn.version);
    expect(await admin.run({ verb: 'reencrypt' })).toEqual({ reencrypted: 2, left: 0, done: true });
  });

  test('reencrypt does not overwrite what others write at the same time', async () => {
    await admin.run({ verb: 'rotate-encryption-key' });
    const { cipher } = admin.services;
    let first = true;
    admin.services.cipher = {
      encrypt: (text, binding) => cipher.encrypt(text, binding),
      isCurrent: (bytes, binding) => cipher.isCurrent(bytes, binding),
      decrypt: async (bytes, binding) => {
        const text = await cipher.decrypt(bytes, binding);
        const item = await sync.get(personStateKey(acme.tenantId, 'p1'));
        if (first && binding.key.pk === item?.pk) {
          first = false;
          await sync.put({ ...item, state: { theirs: true } }, item.version);
        }
        return text;
      },
    };
    expect(await admin.run({ verb: 'reencrypt' })).toEqual({ reencrypted: 2, left: 1, done: false });
    expect(await admin.run({ verb: 'reencrypt' })).toEqual({ reencrypted: 1, left: 0, done: true });
    expect(await sync.get(personStateKey(acme.tenantId, 'p1'))).toMatchObject({ state: { theirs: true } });
  });

  test('two rotations at once never lose a key: one of them is refused, or both keys are kept', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => new KeyFileCipher(path).rotate()),
    );
    const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(readFile().keys.map(({ id }) => id)).toEqual(expect.arrayContaining(made));
    expect(readFile().keys).toHaveLength(made.length + 1);
    writeFileSync(`${path}.lock`, '');
    await expect(admin.run({ verb: 'rotate-encryption-key' })).rejects.toThrow(/remove .*key\.lock/);
  });

  test('if the key file is missing or damaged, running processes stop, instead of using a key that is stored nowhere', async () => {
    const whole = readFileSync(path);
    writeFileSync(path, '{"keys":[');
    await expect(elsewhere.encrypt('x', place('t' as TenantId))).rejects.toThrow(/is no key file/);
    rmSync(path);
    await expect(elsewhere.encrypt('x', place('t' as TenantId))).rejects.toThrow(/is gone; restore it/);
    writeFileSync(path, whole, { mode: 0o600 });
    expect(
      await elsewhere.decrypt(await elsewhere.encrypt('x', place('t' as TenantId)), place('t' as TenantId)),
    ).toBe('x');
  });

  test('a KMS key cannot be rotated by this verb', async () => {
    admin.services.cipher = testCipher;
    await expect(admin.run({ verb: 'rotate-encryption-key' })).rejects.toThrow(
      /aws kms rotate-key-on-demand/,
    );
  });
});
