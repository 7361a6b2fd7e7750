import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Pointer } from '../../../lib/queue/queue.ts';
import { eventKey, openEventsPartition, backlogMarkKey, workKey } from '../../../lib/store/keys.ts';
import { MemoryTable } from '../../../lib/store/memory-table.ts';
import { createSweeper, type Sweeper } from '../../../lib/sync/sweeper.ts';
import { TestClock } from '../../support/clock.ts';

let clock: TestClock;
let table: MemoryTable;
let sent: string[];
let watched: string[][];
let watch: () => Promise<void>;
let sweeper: Sweeper;
/** Reading this tenant's gate fails. */
let poisoned: string | undefined;

beforeEach(() => {
  clock = new TestClock();
  table = new MemoryTable(clock);
  sent = [];
  watched = [];
  watch = () => Promise.resolve();
  poisoned = undefined;
  const queue = {
    send: (pointers: readonly Pointer[]) => {
      sent.push(...pointers.map(({ tenantId }) => tenantId));
      return Promise.resolve([]);
    },
  };
  sweeper = createSweeper({
    ...{ table, queue, deadLetters: queue, clock },
    readGate: (tenantId) =>
      tenantId === poisoned ? Promise.reject(new Error('poisoned')) : Promise.resolve(undefined),
    watch: async (tenantIds) => {
      watched.push([...tenantIds]);
      await watch();
    },
  });
});

/** A minute of the sweeper's, with an end after which nothing is left to look at. */
function minute(): Promise<void> {
  const end = clock.now() + 55_000;
  return sweeper.run(() => end - clock.now());
}
const hasMarker = async (tenantId: string): Promise<boolean> =>
  (await table.get(workKey(tenantId))) !== undefined;

async function park(tenantId: string): Promise<void> {
  const due = {
    indexPk: openEventsPartition(tenantId),
    indexSk: new Date(clock.now()).toISOString(),
  };
  await table.put({ ...eventKey(tenantId, 'e'), ...due, state: 'queued', receivedAt: clock.now() }, 'absent');
  await table.put({ ...backlogMarkKey(tenantId), parkedAt: clock.now() }, 'absent');
}

describe('the sweeper', () => {
  test('has a tenant watched whose last event has just ended, before it forgets it', async () => {
    await table.put({ ...workKey('idle'), lastReceivedAt: 0 }, 'absent');
    watch = async () => {
      expect(await hasMarker('idle')).toBe(true);
    };
    await sweeper.sweep();
    expect(watched).toEqual([['idle']]);
    expect(await hasMarker('idle')).toBe(false);
  });

  test('keeps a tenant in sight that could not be watched, and says so at the end of its minute', async () => {
    await table.put({ ...workKey('idle'), lastReceivedAt: 0 }, 'absent');
    watch = () => Promise.reject(new Error('no topic'));
    await expect(minute()).rejects.toThrow('not all could be swept');
    expect(await hasMarker('idle')).toBe(true);
  });

  test('sends what waits of the others although one tenant can never be looked at', async () => {
    poisoned = 'poisoned';
    await park('poisoned');
    await expect(minute()).rejects.toThrow('not all could be swept');
    await park('healthy');
    await table.put({ ...workKey('healthy'), lastReceivedAt: clock.now() }, 'absent');
    const end = clock.now() + 55_000;
    await expect(sweeper.run(() => end - clock.now())).rejects.toThrow('not all could be swept');
    expect(new Set(sent)).toEqual(new Set(['healthy']));
    expect(watched.at(-1)).toEqual(['healthy']);
  });
});
