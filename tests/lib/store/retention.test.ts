/** How long each kind of item is kept: SECURITY.md, the table in the code, and what the acts really write. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { SignOuts } from '../../../lib/console/sign-outs.ts';
import type { Principal } from '../../../lib/console/principal.ts';
import { runVerb } from '../../../lib/admin/run-verb.ts';
import { MemoryTable } from '../../../lib/store/memory-table.ts';
import { type Kept, RETENTION } from '../../../lib/store/retention.ts';
import type { Item } from '../../../lib/store/table.ts';
import { makeAdmin } from '../../support/admin.ts';
import { testCipher } from '../../support/cipher.ts';
import { TestClock } from '../../support/clock.ts';

const kinds = Object.entries(RETENTION).flatMap(([table, all]) =>
  all.map((kept: Kept) => ({ table, ...kept })),
);
const isOf = (partition: string, pk: string): boolean =>
  partition.endsWith('#') ? pk.startsWith(partition) : pk === partition;

test('SECURITY.md says of each kind what the code says, and names no other', () => {
  const lines = readFileSync(new URL('../../../SECURITY.md', import.meta.url), 'utf8').split('\n');
  const header = lines.findIndex((line) => /^\| table +\| kind +\|/.test(line));
  const rows = lines.slice(header + 2, lines.indexOf('', header)).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(rows).toEqual(
    kinds.map(({ table, partition, what, personal, kept }) => [
      table,
      `\`${partition}\``,
      what,
      personal,
      kept,
    ]),
  );
});

describe('what the acts write', () => {
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
    await runVerb(admin.services, { verb: 'rotate', domain: DOMAIN }, { by, requestId: 'r' });
    const principal: Principal = {
      ...{ issuer: 'https://id.example', subject: 'u1', issuedAt: 0 },
      ...{ role: 'operator', domains: new Set() },
    };
    await new SignOuts(tables.credentials, clock).note(principal);
  });

  test.each(kinds)('$table $partition is written, and ends as it says', ({ table, partition, seconds }) => {
    const written = items(table).filter(({ pk }) => isOf(partition, pk));
    expect(written.length).toBeGreaterThan(0);
    const now = Math.floor(clock.now() / 1000);
    for (const { expiresAt } of written) {
      expect(expiresAt).toBe(seconds === undefined ? undefined : now + seconds);
    }
  });

  test.each(['credentials', 'audit'])('nothing else is in the %s table', (table) => {
    const known = kinds.filter((kind) => kind.table === table);
    const others = items(table).filter(({ pk }) => !known.some(({ partition }) => isOf(partition, pk)));
    expect(others).toEqual([]);
  });

  test('nobody’s address is in either', () => {
    expect(JSON.stringify([items('credentials'), items('audit')])).not.toContain('olive@');
  });
});
