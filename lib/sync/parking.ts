/**
 * A tenant that Firefish limits or that can't be reached is parked: its events leave the queue without a
 * write of their own, and the sweeper sends them again as its gate opens. So they hold up nobody else, and use
 * up neither receives nor the messages that SQS allows in flight.
 */
import { RESEND_AFTER_SECONDS, type StoredEvent } from '../events/stored-event.ts';
import { eventKey, openEventsPartition, PARKED_PARTITION, parkedKey } from '../store/keys.ts';
import { ConflictError, type Item, queryAll, type Table } from '../store/table.ts';
import type { Clock } from '../clock.ts';

/** A parked tenant is marked once per instance in this time. */
const MARK_INTERVAL_MS = 10_000;

export class Parking {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #markedAt = new Map<string, number>();

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Takes these events off the queue. Costs no write per event but for those that the sweeper sent too early. */
  async park(tenantId: string, events: readonly StoredEvent[]): Promise<void> {
    const now = this.#clock.now();
    if (now - (this.#markedAt.get(tenantId) ?? -Infinity) >= MARK_INTERVAL_MS) {
      await this.#table.put({ ...parkedKey(tenantId), parkedAt: now }, 'anything');
      this.#markedAt.set(tenantId, now);
    }
    const released = events.filter(({ releasedAt }) => releasedAt !== undefined);
    await Promise.all(released.map((event) => this.#takeBack(event)));
  }

  async #takeBack({ releasedAt, ...event }: StoredEvent): Promise<void> {
    if (releasedAt === undefined) return;
    await putUnlessChanged(this.#table, { ...event, indexSk: new Date(releasedAt).toISOString() });
  }
}

export const parkedTenants = async (table: Table): Promise<Item[]> => {
  const parked: Item[] = [];
  for await (const item of queryAll(table, { pk: PARKED_PARTITION })) parked.push(item);
  return parked;
};

/**
 * The tenant's events that can be sent now, oldest first, each marked as sent; `empty` where none is left that
 * waits for it.
 */
export async function releaseEvents(
  table: Table,
  clock: Clock,
  tenantId: string,
  count: number,
): Promise<{ eventIds: string[]; empty: boolean }> {
  const now = clock.now();
  const eventIds: string[] = [];
  let seen = 0;
  for await (const { sk } of queryAll(table, {
    pk: openEventsPartition(tenantId),
    index: true,
    limit: 2 * count,
  })) {
    // The index may lag behind: the item itself decides.
    const event = (await table.get(eventKey(tenantId, sk))) as StoredEvent | undefined;
    if (event?.state !== 'queued') continue;
    if (event.releasedAt !== undefined && event.releasedAt + RESEND_AFTER_SECONDS * 1000 > now) continue;
    seen += 1;
    if ((event.deferredUntil ?? 0) > now) continue;
    if (await markReleased(table, event, now)) eventIds.push(event.sk);
    if (eventIds.length >= count) break;
  }
  return { eventIds, empty: seen === 0 };
}

/** Marks an event as sent again: the sweeper leaves it alone until it should long have been worked on. */
export async function markReleased(table: Table, event: StoredEvent, now: number): Promise<boolean> {
  const indexSk = new Date(now + RESEND_AFTER_SECONDS * 1000).toISOString();
  return putUnlessChanged(table, { ...event, releasedAt: now, indexSk });
}

async function putUnlessChanged(table: Table, event: StoredEvent): Promise<boolean> {
  try {
    await table.put(event, event.version);
    return true;
  } catch (error) {
    // Somebody has it in hand, or it has ended.
    if (error instanceof ConflictError) return false;
    throw error;
  }
}
