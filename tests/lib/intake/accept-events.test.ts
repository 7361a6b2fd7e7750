import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SourceWhaleEvent } from '../../../lib/events/event.ts';
import { Intake } from '../../../lib/intake/accept-events.ts';
import { WORK_MARKER_INTERVAL_MS } from '../../../lib/sync/backlog.ts';
import type { QueuedPointer } from '../../../lib/queue/queue.ts';
import { batchKey, eventKey, openEventsPartition, workKey } from '../../../lib/store/keys.ts';
import { MemoryTable } from '../../../lib/store/memory-table.ts';
import type { Expected, Item, NewItem } from '../../../lib/store/table.ts';
import { testCipher } from '../../support/cipher.ts';
import { TestClock } from '../../support/clock.ts';

/** A table whose writes fail, or take their time, as a test says. */
class ShakyTable extends MemoryTable {
  fails: (item: NewItem) => boolean = () => false;
  beforePut: (item: NewItem) => void = () => undefined;
  puts: string[] = [];
  override put(item: NewItem, expected: Expected): Promise<Item> {
    this.beforePut(item);
    this.puts.push(item.sk);
    if (this.fails(item)) return Promise.reject(new Error('the table is away'));
    return super.put(item, expected);
  }
}

const makeEvents = (...ids: string[]): SourceWhaleEvent[] =>
  ids.map((id) => ({
    id,
    type: 'record.updated',
    occurredAt: '2026-01-01T00:00:00Z',
    record: { candidateId: 'c', kind: 'contact' },
  }));

describe('taking events in', () => {
  const TENANT = 't1';
  let clock: TestClock;
  let table: ShakyTable;
  let sent: QueuedPointer[];
  let queueIsUp: boolean;
  let intake: Intake;
  const sentIds = (): string[] =>
    sent.flatMap((pointer) => ('eventId' in pointer ? [pointer.eventId] : ['the backlog']));
  const makeIntake = (): Intake => {
    let batches = 0;
    const queue = {
      send: (pointers: readonly QueuedPointer[]) => {
        if (queueIsUp) sent.push(...pointers);
        return Promise.resolve(queueIsUp ? [] : pointers.map((_, index) => index));
      },
    };
    return new Intake(table, queue, testCipher, clock, () => `batch-${(batches += 1)}`);
  };

  beforeEach(() => {
    clock = new TestClock();
    table = new ShakyTable(clock);
    sent = [];
    queueIsUp = true;
    intake = makeIntake();
  });

  test('nothing is queued before it is stored, nor stored before the sweeper can find it', async () => {
    table.beforePut = (item) => {
      expect(sent).toEqual([]);
      if (item.pk === eventKey(TENANT, '').pk) expect(table.puts).toContain(workKey(TENANT).sk);
    };
    await intake.accept(TENANT, makeEvents('a', 'b'));
    expect(sentIds()).toEqual(['a', 'b']);
  });

  test('what some writes did not take is told, and left out of the batch and the queue', async () => {
    table.fails = ({ sk }) => sk === 'b';
    const { batchId, stored } = await intake.accept(TENANT, makeEvents('a', 'b', 'c'));
    expect(stored).toEqual([true, false, true]);
    expect((await table.get(batchKey(TENANT, batchId)))!['eventIds']).toEqual(['a', 'c']);
    expect(sentIds()).toEqual(['a', 'c']);
  });

  test('a table that has become slow gets no further writes', async () => {
    table.beforePut = ({ pk }) => {
      if (pk === eventKey(TENANT, '').pk) clock.advance(16_000);
    };
    const { stored } = await intake.accept(
      TENANT,
      makeEvents(...Array.from({ length: 100 }, (_, n) => `e${n}`)),
    );
    expect(stored.filter(Boolean).length).toBeLessThan(stored.length);
    expect(stored.filter(Boolean).length).toBe(sent.length);
  });

  test('a table that is away fails the request before anything is stored', async () => {
    table.fails = () => true;
    await expect(intake.accept(TENANT, makeEvents('a'))).rejects.toThrow('the table is away');
    expect(table.all()).toEqual([]);
  });

  test('a queue that is away costs nothing but time: the sweeper finds the events by their index', async () => {
    queueIsUp = false;
    const { stored, unsent } = await intake.accept(TENANT, makeEvents('a', 'b'));
    expect({ stored, unsent }).toEqual({ stored: [true, true], unsent: 2 });
    const { items } = await table.query({ pk: openEventsPartition(TENANT), index: true });
    expect(items.map(({ sk }) => sk)).toEqual(['a', 'b']);
    expect(await table.get(workKey(TENANT))).toHaveProperty('lastReceivedAt', clock.now());
  });

  test('the work marker is written once in its interval by each instance', async () => {
    const markers = (): number => table.puts.filter((sk) => sk === TENANT).length;
    await intake.accept(TENANT, makeEvents('a'));
    clock.advance(WORK_MARKER_INTERVAL_MS - 1);
    await intake.accept(TENANT, makeEvents('b'));
    expect(markers()).toBe(1);
    clock.advance(1);
    await intake.accept(TENANT, makeEvents('c'));
    expect(markers()).toBe(2);
    await makeIntake().accept(TENANT, makeEvents('d'));
    expect(markers()).toBe(3);
  });

  test('of two requests at once with one id, one content is stored and both are accepted', async () => {
    const [event] = makeEvents('a');
    const answers = await Promise.all([
      intake.accept(TENANT, [{ ...event!, occurredAt: '2026-01-01T00:00:01Z' }]),
      makeIntake().accept(TENANT, [{ ...event!, occurredAt: '2026-01-01T00:00:02Z' }]),
    ]);
    expect(answers.map(({ stored }) => stored)).toEqual([[true], [true]]);
    expect(answers.map(({ repeats }) => repeats).sort()).toEqual([0, 1]);
    expect(table.all().filter(({ sk }) => sk === 'a')).toHaveLength(1);
  });
});
