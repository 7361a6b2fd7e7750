import type { EventId } from '../../../lib/ids.ts';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readAmbiguous, readDecisions } from '../../../lib/admin/events/decisions.ts';
import { type EndedList, endedIndex, endedPlace, eventItemKey } from '../../../lib/store/sync-keys.ts';
import { isAmbiguous } from '../../../lib/turn/finish-event.ts';
import { AdminError, UsageError } from '../../../lib/admin/verb.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { type Admin, type Issued, makeAdmin } from '../../support/admin.ts';
import { testCipher } from '../../support/cipher.ts';
import { TestClock } from '../../support/clock.ts';

const DOMAIN = 'acme.firefishsoftware.com';
let clock: TestClock;
let sync: MemoryTable;
let admin: Admin;
let acme: Issued;
let ended: number;

const end = async (
  id: string,
  list: EndedList,
  facts: { reason?: string; notes?: string[] },
): Promise<void> => {
  ended += 1;
  const state = {
    failed: 'failed',
    dismissed: 'failed',
    ambiguous: 'synced',
    skipped: 'skipped',
    decide: 'skipped',
  }[list];
  const at = {
    indexPk: endedIndex(acme.tenantId, list),
    indexSk: endedPlace(clock.now() + ended, isAmbiguous(facts.notes ?? [])),
  };
  const item = {
    ...eventItemKey(acme.tenantId, id as EventId),
    ...at,
    state,
    type: 'record.updated',
    notes: [],
    ...facts,
  };
  await sync.put(item, 'absent');
};

beforeEach(async () => {
  clock = new TestClock();
  ended = 0;
  sync = new MemoryTable(clock);
  const tables = { credentials: new MemoryTable(clock), sync, audit: new MemoryTable(clock) };
  admin = makeAdmin(tables, testCipher, clock);
  acme = await admin.enable(DOMAIN);
});

test('decisions lists the skipped events with contradicting names, newest first, with the records they name', async () => {
  await end('old', 'decide', { reason: 'name-conflict', notes: ['name-conflict: candidate 12'] });
  await end('other', 'skipped', { reason: 'not-in-firefish' });
  await end('new', 'decide', {
    reason: 'name-conflict',
    notes: ['name-conflict: candidate 12, contact 7', 'matched: contact 8 by link'],
  });
  expect(await readDecisions(sync, acme.tenantId)).toEqual([
    {
      event: 'new',
      type: 'record.updated',
      records: [
        { entity: 'candidate', ref: 12 },
        { entity: 'contact', ref: 7 },
      ],
    },
    { event: 'old', type: 'record.updated', records: [{ entity: 'candidate', ref: 12 }] },
  ]);
});

test('ambiguous lists the events whose notes say so, with the record that was used', async () => {
  await end('people', 'ambiguous', { notes: ['ambiguous: candidates 12, 15; 12 was used'] });
  await end('companies', 'ambiguous', {
    notes: ['company-missing: 9', 'ambiguous: companies 3, 4; 4 was used'],
  });
  await end('failed', 'failed', { notes: ['ambiguous: contacts 1, 2'] });
  await end('clear', 'skipped', { notes: ['matched: candidate 5 by link'] });
  const ambiguous = await readAmbiguous(sync, acme.tenantId);
  expect(ambiguous.map(({ event, records, used }) => [event, records.map(({ ref }) => ref), used])).toEqual([
    ['companies', [3, 4], { entity: 'company', ref: 4 }],
    ['people', [12, 15], { entity: 'candidate', ref: 12 }],
    ['failed', [1, 2], undefined],
  ]);
});

test('ambiguous reads only the events that were, whatever else was skipped', async () => {
  for (let number = 0; number < 300; number += 1)
    await end(`skipped-${number}`, 'skipped', { reason: 'addWhen' });
  await end('one', 'skipped', { reason: 'addWhen', notes: ['ambiguous: candidates 12, 15'] });
  const getMany = jest.spyOn(sync, 'getMany');
  expect((await readAmbiguous(sync, acme.tenantId)).map(({ event }) => event)).toEqual(['one']);
  expect(getMany.mock.calls.flatMap(([keys]) => keys)).toEqual([
    eventItemKey(acme.tenantId, 'one' as EventId),
  ]);
});

describe('decide', () => {
  const run = (options: object): Promise<unknown> =>
    admin.run({ verb: 'decide', domain: DOMAIN, ...options });
  const twoRecords = {
    reason: 'name-conflict',
    notes: ['name-conflict: candidate 12, contact 12, contact 7'],
  };

  test('of an event that does not wait is refused, and the error says where the waiting events are', async () => {
    await end('e1', 'skipped', { reason: 'not-in-firefish' });
    for (const event of ['e1', 'nobody']) {
      const refused = run({ event, as: 'someone-else' });
      await expect(refused).rejects.toThrow(AdminError);
      await expect(refused).rejects.toThrow('see decisions');
    }
  });

  test.each([{}, { ref: '12' }, { ref: 'candidate:7' }, { ref: 'contact:8' }])(
    'of several records asks which one, if %j does not say it',
    async (ref) => {
      await end('e1', 'decide', twoRecords);
      const refused = run({ event: 'e1', as: 'same-person', ...ref });
      await expect(refused).rejects.toThrow(UsageError);
      await expect(refused).rejects.toThrow('candidate:12, contact:12, contact:7');
    },
  );

  test.each([
    { event: 'e1' },
    { as: 'same-person' },
    { event: 'e1', as: 'perhaps' },
    { event: 'ann@client.example', as: 'same-person' },
    { event: 'e1', as: 'same-person', ref: 'candidate' },
    { event: 'e1', as: 'same-person', ref: 'candidate:0' },
    { event: 'e1', as: 'same-person', ref: 'person:1' },
  ])('with %j is wrong usage', async (options) => {
    await end('e1', 'decide', twoRecords);
    await expect(run(options)).rejects.toThrow(UsageError);
  });
});
