/** How many events ended when, counted over the recent batches. */
import type { TenantId, EventId } from '../../ids.ts';
import type { StoredEvent } from '../../events/event-item.ts';
import { ExpiringCache } from '../../expiring-cache.ts';
import type { Clock } from '../../clock.ts';
import { batchesPartition, eventItemKey } from '../../store/sync-keys.ts';
import { type Item, type Page, type ReadableTable } from '../../store/table.ts';

export interface EndedCounts {
  synced: number;
  skipped: number;
  failed: number;
}

/** An event that ended: how, and when (epoch milliseconds). */
type Ended = readonly [state: keyof EndedCounts, finishedAt: number];

export interface Counted {
  ended: Ended[];
  /** Events that have not ended; and when the oldest of them was received (epoch milliseconds). */
  open: number;
  oldestOpen: number | undefined;
  /** There are more events than were counted. */
  isAtLeast: boolean;
}

const DAY_MS = 24 * 3_600_000;
/** Much more than Firefish's limits allow in hours. */
const MOST_EVENTS = 20_000;
const BATCHES_AT_ONCE = 25;
/**
 * A batch whose events have all ended is not read again for this long. After that it is, because events can be planned
 * again or replayed.
 */
const KEPT_MS = 10 * 60_000;

/** Caches batches that are over, because a progress bar asks every few seconds. */
export class EndedCounter {
  readonly #table: ReadableTable;
  readonly #clock: Clock;
  readonly #over: ExpiringCache<readonly Brief[]>;

  constructor(table: ReadableTable, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
    this.#over = new ExpiringCache<readonly Brief[]>({ maxAgeMs: KEPT_MS, maxEntries: 2_000 }, clock);
  }

  /** Counts the events received within the last day, newest batches first. */
  async count(tenantId: TenantId): Promise<Counted> {
    const since = this.#clock.now() - DAY_MS;
    const counted: Counted = { ended: [], open: 0, oldestOpen: undefined, isAtLeast: false };
    let after: string | undefined;
    do {
      const page: Page = await this.#table.query({
        ...{ pk: batchesPartition(tenantId), descending: true, limit: BATCHES_AT_ONCE },
        ...(after === undefined ? {} : { after }),
      });
      const late = page.items.filter(({ receivedAt }) => Number(receivedAt) >= since);
      const batches = await Promise.all(late.map((batch) => this.#eventsOf(tenantId, batch)));
      for (const event of batches.flat()) add(counted, event);
      counted.isAtLeast = counted.open + counted.ended.length >= MOST_EVENTS;
      after = late.length < page.items.length || counted.isAtLeast ? undefined : page.next;
    } while (after !== undefined);
    return counted;
  }

  async #eventsOf(tenantId: TenantId, batch: Item): Promise<readonly Brief[]> {
    const name = `${tenantId} ${batch.sk}`;
    const kept = await this.#over.remembered(name);
    if (kept !== undefined) return kept;
    const ids = batch['eventIds'] as EventId[]; // as the intake wrote it
    const items = await this.#table.getMany(ids.map((id) => eventItemKey(tenantId, id)));
    // Only StoredEvents have these keys. A repeat counts in the batch that it first came with.
    const own = (items as StoredEvent[]).filter(({ batchId }) => batchId === batch.sk);
    const events = own.map((event): Brief => {
      const { state, receivedAt } = event;
      return { state, receivedAt, finishedAt: event.state === 'queued' ? 0 : event.finishedAt };
    });
    if (events.every(({ state }) => state !== 'queued')) {
      await this.#over.get(name, () => Promise.resolve(events));
    }
    return events;
  }
}

/** What is counted of an event. */
type Brief = Pick<StoredEvent, 'state' | 'receivedAt'> & { finishedAt: number };

function add(counted: Counted, event: Brief): void {
  if (event.state !== 'queued') counted.ended.push([event.state, event.finishedAt]);
  else {
    counted.open += 1;
    counted.oldestOpen = Math.min(counted.oldestOpen ?? Infinity, event.receivedAt);
  }
}

/** How many ended between two times (epoch milliseconds, the end excluded). */
export function endedWithin(ended: readonly Ended[], from: number, to: number): EndedCounts {
  const counts: EndedCounts = { synced: 0, skipped: 0, failed: 0 };
  for (const [state, at] of ended) if (at >= from && at < to) counts[state] += 1;
  return counts;
}
