import { expect, test } from '@jest/globals';
import type { EventId, TenantId } from '../../lib/ids.ts';
import type { WakeUp } from '../../lib/queue/wake-ups.ts';
import { inboxKey, laterKey } from '../../lib/store/sync-keys.ts';
import { resumeTenant } from '../../local/stack/resume-work.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const T = 'tenant-1' as TenantId;

const cases: [string, { inbox?: true; laterInMs?: number }, WakeUp[]][] = [
  ['without open work, not at all', {}, []],
  ['with events that nobody has looked at, at once', { inbox: true }, [{ tenantId: T }]],
  ['with an event that waits, when it is due', { laterInMs: 8_000 }, [{ tenantId: T, delaySeconds: 8 }]],
  ['with an event whose wait is over, at once', { laterInMs: -1 }, [{ tenantId: T }]],
];

test.each(cases)('after a restart a tenant is woken: %s', async (_, { inbox, laterInMs }, wanted) => {
  const clock = new VirtualClock();
  const table = new MemoryTable(clock);
  const id = 'e-1' as EventId;
  if (inbox) await table.put({ ...inboxKey(T, 3, clock.now(), 'batch-1'), eventIds: [id] }, 'anything');
  if (laterInMs !== undefined)
    await table.put({ ...laterKey(T, clock.now() + laterInMs, id), eventIds: [id] }, 'anything');
  const sent: WakeUp[] = [];
  const wakeUps = {
    send: (all: readonly WakeUp[]) => {
      sent.push(...all);
      return Promise.resolve([]);
    },
  };
  await resumeTenant({ table, wakeUps, clock }, T);
  expect(sent).toEqual(wanted);
});
