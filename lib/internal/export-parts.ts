/** The result of an export, from the turn to the verb: encrypted, in parts, deleted after an hour at most. */
import type { TenantId, EventId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import { resultKey } from '../store/sync-keys.ts';
import type { Table } from '../store/table.ts';
import { ASKED_KEPT_SECONDS } from '../times.ts';

interface Context {
  table: Table;
  cipher: Cipher;
  clock: Clock;
  tenant: { tenantId: TenantId };
}

/** Characters of base64. An item of DynamoDB holds 400 kB. */
const PART_LENGTH = 250_000;

/** Answers how many parts there are. Twice is harmless. */
export async function writeParts(
  { table, cipher, clock, tenant: { tenantId } }: Context,
  eventId: EventId,
  result: unknown,
): Promise<number> {
  const text = Buffer.from(JSON.stringify(result)).toString('base64');
  const parts = Math.ceil(text.length / PART_LENGTH);
  const expiresAt = Math.floor(clock.now() / 1000) + ASKED_KEPT_SECONDS;
  for (let part = 0; part < parts; part += 1) {
    const slice = text.slice(part * PART_LENGTH, (part + 1) * PART_LENGTH);
    const key = resultKey(tenantId, eventId, part);
    const sealed = await cipher.encrypt(slice, { tenantId, key, field: 'sealed' });
    await table.put({ ...key, sealed, expiresAt }, 'anything');
  }
  return parts;
}

/** Reads the result once: it is deleted then. `undefined` where it is gone. */
export async function takeParts(
  { table, cipher, tenant: { tenantId } }: Omit<Context, 'clock'>,
  eventId: EventId,
  parts: number,
): Promise<unknown> {
  const keys = Array.from({ length: parts }, (_, part) => resultKey(tenantId, eventId, part));
  const texts: string[] = [];
  for (const key of keys) {
    const item = await table.get(key);
    if (item === undefined) return undefined;
    // Only `writeParts` writes these items.
    texts.push(await cipher.decrypt(item['sealed'] as Uint8Array, { tenantId, key, field: 'sealed' }));
  }
  for (const key of keys) await table.delete(key);
  return JSON.parse(Buffer.from(texts.join(''), 'base64').toString('utf8')) as unknown;
}
