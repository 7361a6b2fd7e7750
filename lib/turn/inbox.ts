/**
 * What is due for a tenant: rows of the inbox, by class, and events that waited alone until now. A row is deleted once
 * all its events have ended or wait elsewhere.
 */
import type { EventId, TenantId } from '../ids.ts';
import type { OpenEvent, StoredEvent } from '../events/event-item.ts';
import { URGENCIES, type Urgency } from '../events/urgency.ts';
import {
  eventIdOfKey,
  eventItemKey,
  inboxClasses,
  inboxPartition,
  laterPartition,
  laterUntil,
} from '../store/sync-keys.ts';
import { type Item, type Key, type Query, queryAll, type ReadableTable, type Table } from '../store/table.ts';
import { CLASS_2, CLOCK_SKEW_MS, POST_LASTS_MS, TURN } from '../times.ts';

/** A row of the inbox (open work of one POST and class), or of the events that wait alone. */
interface WorkRow extends Item {
  eventIds: EventId[];
  urgency: Urgency;
  /** Epoch milliseconds; the events of a POST may be stored for a while after this. */
  receivedAt: number;
}

/** An event that is due, as it is stored. */
export interface Due {
  id: EventId;
  item: OpenEvent;
  urgency: Urgency;
}

interface Row {
  key: Key;
  urgency: Urgency;
  pending: Set<EventId>;
  /** Epoch milliseconds: an event that is absent until then may still be being stored. */
  storedUntil: number;
}

const ROWS_PER_LOOK = 500;
/** A background refresh must not hide what people push: each class has its own measure of what is read ahead. */
const BULK = [3, 4] as const;
const nameOf = ({ pk, sk }: Key): string => `${pk} ${sk}`;

export class Inbox {
  readonly #tenantId: TenantId;
  readonly #rows = new Map<string, Row>();
  /** What is loaded, and has neither ended nor been moved. */
  readonly #loaded = new Set<EventId>();
  /** Classes with rows that are not read yet. */
  readonly #more = new Set<Urgency>();
  /** What class 2 may take now: 20 events, and one more each second. */
  class2: { left: number; at: number };

  constructor(tenantId: TenantId, class2: { left: number; at: number } | undefined, now: number) {
    this.#tenantId = tenantId;
    this.class2 = class2 ?? { left: CLASS_2.atOnce, at: now };
  }

  /** Events are named whose storing has not ended, or bulk events that this turn has not looked at. */
  get absentUntil(): number | undefined {
    const times = [...this.#unloaded().values()].flat().map(({ storedUntil }) => storedUntil);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  get hasMore(): boolean {
    return this.#more.size > 0;
  }

  /** Rows of which nothing is open. */
  get deletable(): Row[] {
    return [...this.#rows.values()].filter(({ pending }) => pending.size === 0);
  }

  /** Reads, consistently, what is due and not loaded yet. */
  async look(table: ReadableTable, now: number): Promise<Due[]> {
    const pk = inboxPartition(this.#tenantId);
    const later = { pk: laterPartition(this.#tenantId), to: laterUntil(now), limit: ROWS_PER_LOOK };
    const wanted = [{ pk, ...inboxClasses(0, 2), limit: ROWS_PER_LOOK }, later];
    const pages = await Promise.all(wanted.map((query) => table.query(query)));
    this.#adopt(
      pages.flatMap(({ items }) => items),
      now,
    );
    for (const urgency of BULK) {
      const query = { pk, ...inboxClasses(urgency, urgency), limit: ROWS_PER_LOOK };
      if (this.#ahead(urgency) < TURN.lookAhead / 2) await this.#lookAtBulk(table, urgency, query, now);
    }
    return this.#load(table, now);
  }

  /** Bulk rows that are known are read again until they are deleted: nothing is lost where clocks differ. */
  async #lookAtBulk(table: ReadableTable, urgency: Urgency, query: Query, now: number): Promise<void> {
    this.#more.delete(urgency);
    let after: string | undefined;
    do {
      const page = await table.query(after === undefined ? query : { ...query, after });
      this.#adopt(page.items, now);
      after = page.next;
    } while (after !== undefined && !this.#more.has(urgency));
  }

  /** Open bulk events of this class and of the one before it. */
  #ahead(urgency: Urgency): number {
    const rows = [...this.#rows.values()].filter((row) => isBulk(row) && row.urgency <= urgency);
    return rows.reduce((sum, { pending }) => sum + pending.size, 0);
  }

  #adopt(items: readonly Item[], now: number): void {
    // Intake and the turn alone write rows.
    for (const item of items as readonly WorkRow[]) {
      const { pk, sk, eventIds, receivedAt } = item;
      if (this.#rows.has(nameOf(item))) continue;
      const isLater = pk === laterPartition(this.#tenantId);
      const urgency = item.urgency === 2 && !isLater ? this.#judge(eventIds.length, now) : item.urgency;
      if (isBulk({ urgency }) && this.#ahead(urgency) >= TURN.lookAhead) {
        this.#more.add(urgency);
        continue;
      }
      const storedUntil = isLater ? 0 : receivedAt + POST_LASTS_MS + CLOCK_SKEW_MS;
      this.#rows.set(nameOf(item), {
        ...{ key: { pk, sk }, urgency, pending: new Set(eventIds), storedUntil },
      });
    }
  }

  /** What a person did just now, unless it is more than people do: then it counts as bulk. */
  #judge(events: number, now: number): Urgency {
    const { left, at } = this.class2;
    const refilled = Math.min(CLASS_2.atOnce, left + Math.max(0, now - at) / CLASS_2.oneMoreEachMs);
    const isUrgent = refilled >= events;
    this.class2 = { left: isUrgent ? refilled - events : refilled, at: now };
    return isUrgent ? 2 : 3;
  }

  /** Open events that are not loaded, each with the rows that name it. */
  #unloaded(): Map<EventId, Row[]> {
    const rowsOf = new Map<EventId, Row[]>();
    for (const row of this.#rows.values()) {
      for (const id of row.pending)
        if (!this.#loaded.has(id)) rowsOf.set(id, [...(rowsOf.get(id) ?? []), row]);
    }
    return rowsOf;
  }

  async #load(table: ReadableTable, now: number): Promise<Due[]> {
    const wanted = this.#unloaded();
    if (wanted.size === 0) return [];
    const items = await table.getMany([...wanted.keys()].map((id) => eventItemKey(this.#tenantId, id)));
    const found = new Map(
      items.map((item) => [eventIdOfKey(this.#tenantId, item.pk), item as StoredEvent]), // only StoredEvents have these keys
    );
    const due: Due[] = [];
    for (const [id, rows] of wanted) {
      const item = found.get(id);
      if (item === undefined) {
        if (rows.every(({ storedUntil }) => storedUntil < now)) this.settled(id);
      } else if (item.state !== 'queued' || (item.waitUntil ?? 0) > now) {
        // It has ended, or waits: the row at which it waits was written before the event said so.
        this.settled(id);
      } else {
        this.#loaded.add(id);
        due.push({ id, item, urgency: smallest(rows) });
      }
    }
    return due;
  }

  /**
   * When the first event is due that waits alone, in epoch milliseconds; Infinity: none waits. Without those that this
   * turn has looked at: they may be due, and wait as a whole.
   */
  async nextLater(table: Table): Promise<number> {
    for await (const row of queryAll(table, { pk: laterPartition(this.#tenantId), limit: ROWS_PER_LOOK })) {
      if (!this.#rows.has(nameOf(row))) return Number(row.sk.slice(0, row.sk.indexOf('#')));
    }
    return Infinity;
  }

  /** The event has ended, or a later row has it: no row needs to name it any more. */
  settled(id: EventId): void {
    this.#loaded.delete(id);
    for (const { pending } of this.#rows.values()) pending.delete(id);
  }

  /** Deletes the rows of which nothing is open. @throws what the table throws; the rest is deleted next time */
  async flush(table: Table): Promise<void> {
    await Promise.all(
      this.deletable.map(async ({ key }) => {
        await table.delete(key);
        this.#rows.delete(nameOf(key));
      }),
    );
  }
}

const smallest = (rows: readonly Row[]): Urgency =>
  URGENCIES.find((urgency) => rows.some((row) => row.urgency === urgency)) ?? 3;

const isBulk = ({ urgency }: Pick<Row, 'urgency'>): boolean => urgency > 2;
