/** A preview rejects an id that was used with other content, as storing would. */
import { expect, test } from '@jest/globals';
import { innerId } from '../../../lib/events/inner-id.ts';
import { systemClock } from '../../../lib/clock.ts';
import { readEvents } from '../../../lib/intake/read-events.ts';
import { withoutReused } from '../../../lib/intake/reused-ids.ts';
import { eventItemKey } from '../../../lib/store/sync-keys.ts';
import { TENANT_ID } from '../../support/harness.ts';
import { MemoryTable } from '../../support/memory-table.ts';

test.each([
  ['of a stored event with the same content', ['Buyer'], ['Buyer'], ['ok']],
  ['of a stored event with other content', ['Buyer'], ['CTO'], ['id-reused']],
  ['twice in one request', [], ['Buyer', 'Buyer'], ['ok', 'ok']],
  ['twice in one request with other content', [], ['Buyer', 'CTO', 'Buyer'], ['ok', 'id-reused', 'ok']],
])('an id %s', async (_, earlier, said, results) => {
  const table = new MemoryTable(systemClock);
  const read = (roles: readonly string[]) => {
    const events = roles.map((role) => ({
      ...{ id: 'constructor', type: 'record.updated', occurredAt: 1_790_000_000 },
      record: { candidateId: 'c', kind: 'contact', role },
    }));
    const text = JSON.stringify({ events });
    return readEvents(text, JSON.parse(text), 50, new Date('2026-11-30T12:00:00Z'));
  };
  for (const one of earlier.length === 0 ? [] : read(earlier)) {
    if (!('event' in one)) throw new Error('the event is valid');
    const key = eventItemKey(TENANT_ID, innerId(one.event.id));
    await table.put({ ...key, contentHash: one.contentHash }, 'absent');
  }

  const checked = await withoutReused(table, TENANT_ID, read(said));

  const found = checked.map((one) => ('event' in one ? 'ok' : one.errors[0]?.message.split(':', 1)[0]));
  expect(found).toEqual(results);
});
