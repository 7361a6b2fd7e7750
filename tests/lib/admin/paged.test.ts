/** Lists of any length are answered in pages of bounded size, one after the other, and nothing is left out. */
import type { EventId, TenantId } from '../../../lib/ids.ts';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { ENTRIES_PER_PAGE } from '../../../lib/admin/entries-per-page.ts';
import { UsageError } from '../../../lib/admin/verb.ts';
import { domainKey, tenantKey } from '../../../lib/store/keys.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { type EndedList, endedIndex, endedPlace, eventItemKey } from '../../../lib/store/sync-keys.ts';
import { isAmbiguous } from '../../../lib/turn/finish-event.ts';
import { type Admin, type Issued, makeAdmin } from '../../support/admin.ts';
import { testCipher } from '../../support/cipher.ts';
import { TestClock } from '../../support/clock.ts';

const DOMAIN = 'acme.firefishsoftware.com';
const EVENTS = ENTRIES_PER_PAGE * 2 + 7;
/** Lambda answers at most 6 MB. */
const MOST_BYTES = 5_000_000;
/** As long as an event's id may be. */
const idOf = (number: number): string => `e${number}`.padEnd(128, '~');

let clock: TestClock;
let sync: MemoryTable;
let credentials: MemoryTable;
let admin: Admin;
let acme: Issued;

beforeEach(async () => {
  clock = new TestClock();
  [sync, credentials] = [new MemoryTable(clock), new MemoryTable(clock)];
  admin = makeAdmin({ credentials, sync, audit: new MemoryTable(clock) }, testCipher, clock);
  acme = await admin.enable(DOMAIN);
});

async function end(
  list: EndedList,
  number: number,
  facts: { notes?: readonly string[]; state: string },
): Promise<void> {
  const key = eventItemKey(acme.tenantId, idOf(number) as EventId);
  // Firefish's words have at most 500 characters; three bytes each are the most.
  const words = await testCipher.encrypt('終'.repeat(500), { tenantId: acme.tenantId, key, field: 'words' });
  const common = { type: 'record.updated', attempts: 7, receivedAt: 1, finishedAt: clock.now(), notes: [] };
  // Many end within one millisecond.
  const indexSk = endedPlace(clock.now() - Math.floor(number / 10), isAmbiguous(facts.notes ?? []));
  const index = { indexPk: endedIndex(acme.tenantId, list), indexSk };
  await sync.put({ ...key, ...common, ...index, words, ...facts }, 'absent');
}

async function pages(verb: string, pagedBy: string): Promise<Record<string, unknown>[][]> {
  const found: Record<string, unknown>[][] = [];
  for (;;) {
    const after = found.at(-1)?.at(-1)?.[pagedBy];
    const options = verb === 'list' ? {} : { domain: DOMAIN };
    const page = (await admin.run({
      verb,
      ...options,
      ...(after === undefined ? {} : { after }),
    })) as Record<string, unknown>[];
    found.push(page);
    if (page.length < ENTRIES_PER_PAGE) return found;
  }
}

const NAMES = 'candidates 123456789012, 123456789013, 123456789014, contacts';
const LISTS = [
  [
    'failed',
    'id',
    ['failed'],
    { state: 'failed', reason: 'refused PATCH /candidates/{ref} 400: candidate 12' },
  ],
  [
    'decisions',
    'event',
    ['decide'],
    { state: 'skipped', reason: 'name-conflict', notes: [`name-conflict: candidate 12, contact 7 ${NAMES}`] },
  ],
  [
    'ambiguous',
    'event',
    ['ambiguous', 'skipped', 'failed'],
    { state: 'skipped', notes: ['ambiguous: candidates 12, 15; 12 was used'] },
  ],
] as const;

describe.each(LISTS)('%s', (verb, pagedBy, lists, facts) => {
  test('answers every entry once, in pages that are small enough for Lambda', async () => {
    for (let number = 0; number < EVENTS; number += 1)
      await end(lists[number % lists.length]!, number, facts);
    const found = await pages(verb, pagedBy);
    expect(found.map(({ length }) => length)).toEqual([ENTRIES_PER_PAGE, ENTRIES_PER_PAGE, 7]);
    for (const page of found) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(MOST_BYTES);
    expect(new Set(found.flat().map((entry) => entry[pagedBy])).size).toBe(EVENTS);
  });

  test('a page cannot start at an event that is no longer in the list, and the answer says what to do', async () => {
    const asked = admin.run({ verb, domain: DOMAIN, after: 'gone' });
    await expect(asked).rejects.toThrow(UsageError);
    await expect(asked).rejects.toThrow('begin again without it');
  });
});

test('list answers every tenant once, by domain', async () => {
  const { version: _, ...tenant } = (await admin.services.tenants.read(acme.tenantId))!;
  for (let number = 1; number < EVENTS; number += 1) {
    const [tenantId, domain] = [`t_${number}` as TenantId, `agency-${number}.example`];
    await credentials.put({ ...tenant, ...tenantKey(tenantId), tenantId, domain }, 'absent');
    await credentials.put({ ...domainKey(domain), tenantId }, 'absent');
  }
  const found = await pages('list', 'domain');
  expect(found.map(({ length }) => length)).toEqual([ENTRIES_PER_PAGE, ENTRIES_PER_PAGE, 7]);
  const domains = found.flat().map(({ domain }) => String(domain));
  expect(domains).toEqual([...new Set(domains)].sort());
});
