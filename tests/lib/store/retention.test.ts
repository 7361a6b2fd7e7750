/** How long each kind of item is kept: SECURITY.md, the table in the code, and what the acts really write. */
import type { TenantId } from '../../../lib/ids.ts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { SignOuts } from '../../../lib/console/sign-in/sign-outs.ts';
import type { Principal } from '../../../lib/console/sign-in/principal.ts';
import { runVerb } from '../../../lib/admin/run-verb.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import * as keys from '../../../lib/store/keys.ts';
import * as syncKeys from '../../../lib/store/sync-keys.ts';
import { kindOf, type Kept, RETENTION } from '../../../lib/retention.ts';
import type { Item } from '../../../lib/store/table.ts';
import { makeAdmin } from '../../support/admin.ts';
import { testCipher } from '../../support/cipher.ts';
import { TestClock } from '../../support/clock.ts';

/** Of the tables that administration writes. */
const kinds = (['credentials', 'audit'] as const).flatMap((table) =>
  RETENTION[table].map((kept: Kept) => ({ table, ...kept })),
);
const isOf = (partition: string, pk: string): boolean =>
  partition.endsWith('#') ? pk.startsWith(partition) : pk === partition;

describe('the kinds of items in SECURITY.md', () => {
  const T = 't_1' as TenantId;
  type Make = (...parts: unknown[]) => unknown;
  const made = Object.entries({ ...keys, ...syncKeys } as Record<string, unknown>)
    .filter((entry): entry is [string, Make] => typeof entry[1] === 'function' && /Key$/.test(entry[0]))
    .filter(([name]) => name !== 'eventIdOfKey')
    .map(([name, make]) => {
      const isTenants = /^\(?tenantId\b/.test(make.toString());
      return [
        name,
        make(...(isTenants ? [T] : []), 'a', 'b', 'c', 'd') as { pk: string; sk: string },
      ] as const;
    });
  // The functions that make keys of several kinds, or of one that is no function's.
  const others = [
    keys.KEY_MARK,
    keys.SERVICE_KEY,
    keys.FAILURES_KEY,
    keys.failuresKey('client', 'a'),
    keys.failuresKey('source', 'a'),
    ...['note#', 'pend#', 'reach#'].map((part) => ({
      pk: syncKeys.personItemsPartition(T, 'p'),
      sk: `${part}a`,
    })),
  ];
  const kindsOf = (key: { pk: string; sk: string }): Kept[] =>
    (['credentials', 'audit', 'sync'] as const).flatMap((table) => kindOf(table, key, T) ?? []);

  test.each(made.filter(([name]) => name !== 'failuresKey'))('include one for %s', (_name, key) => {
    expect(kindsOf(key)).toHaveLength(1);
  });

  test('all have keys that exist', () => {
    const known = new Set([...made.map(([, key]) => key), ...others].flatMap(kindsOf));
    const all: Kept[] = Object.values(RETENTION).flat();
    expect(all.filter((kind) => !known.has(kind))).toEqual([]);
  });
});

describe('what administrative acts write', () => {
  const DOMAIN = 'acme.firefishsoftware.com';
  const clock = new TestClock();
  const tables = {
    credentials: new MemoryTable(clock),
    sync: new MemoryTable(clock),
    audit: new MemoryTable(clock),
  };
  const items = (table: string): Item[] => tables[table as 'credentials' | 'audit'].all();

  beforeAll(async () => {
    const admin = makeAdmin(tables, testCipher, clock);
    const { tenantId } = await admin.enable(DOMAIN);
    await admin.services.tenants.markConnected(tenantId);
    const by = 'arn:aws:sts::1:assumed-role/Operators/olive@agency.example';
    await runVerb(
      admin.services,
      { verb: 'rotate', domain: DOMAIN },
      { by, requestId: 'r', role: 'operator' },
    );
    await tables.audit.put({ ...keys.erasedKey(tenantId, 'hash') }, 'anything');
    await tables.credentials.put({ ...keys.KEY_MARK }, 'anything');
    const principal: Principal = {
      ...{ issuer: 'https://id.example', subject: 'u1', issuedAt: 0 },
      ...{ role: 'operator', domains: new Set() },
    };
    await new SignOuts(tables.credentials, clock).note(principal);
  });

  test.each(kinds)(
    'has $table $partition, which expires as SECURITY.md says',
    ({ table, partition, seconds }) => {
      const written = items(table).filter(({ pk }) => isOf(partition, pk));
      expect(written.length).toBeGreaterThan(0);
      const now = Math.floor(clock.now() / 1000);
      for (const { expiresAt } of written) {
        expect(expiresAt).toBe(seconds === undefined ? undefined : now + seconds);
      }
    },
  );

  test.each(['credentials', 'audit'])('has nothing else in the %s table', (table) => {
    const known = kinds.filter((kind) => kind.table === table);
    const others = items(table).filter(({ pk }) => !known.some(({ partition }) => isOf(partition, pk)));
    expect(others).toEqual([]);
  });

  test('has nobody’s address in either table', () => {
    expect(JSON.stringify([items('credentials'), items('audit')])).not.toContain('olive@');
  });
});
