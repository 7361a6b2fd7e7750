/**
 * What is due for a tenant: rows of the inbox, by class, and events that waited alone until now. A row is deleted once
 * all its events have ended or wait elsewhere.
 */
import type { TenantId, EventId } from '../ids.ts';
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
export interface WorkRow extends Item {
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
const URGENT_CLASSES = inboxClasses(0, 2);
/** A background refresh must not hide what people push: each class has its own measure of what is read ahead. */
const BULK = [3, 4] as const;
const nameOf = ({ pk, sk }: Key): string => `${pk} ${sk}`;

export class Inbox {
  readonly #tenantId: TenantId;
  readonly #rows = new Map<string, Row>();
  /** The rows that name an event. */
  readonly #rowsOf = new Map<EventId, Set<Row>>();
  /** What is loaded, and has neither ended nor been moved. */
  readonly #loaded = new Set<EventId>();
  readonly #deletable = new Set<Row>();
  /** Events of bulk rows that are open, by class. */
  readonly #bulk = { 3: 0, 4: 0 };
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
    const waiting = [...this.#rows.values()].filter(({ pending }) =>
      [...pending].some((id) => !this.#loaded.has(id)),
    );
    return waiting.length === 0 ? undefined : Math.max(...waiting.map(({ storedUntil }) => storedUntil));
  }

  get hasMore(): boolean {
    return this.#more.size > 0;
  }

  get hasDeletable(): boolean {
    return this.#deletable.size > 0;
  }

  /** Reads, consistently, what is due and not loaded yet. */
  async look(table: ReadableTable, now: number): Promise<Due[]> {
    const pk = inboxPartition(this.#tenantId);
    const later = { pk: laterPartition(this.#tenantId), to: laterUntil(now), limit: ROWS_PER_LOOK };
    const wanted = [{ pk, ...URGENT_CLASSES, limit: ROWS_PER_LOOK }, later];
    const pages = await Promise.all(wanted.map((query) => table.query(query)));
    for (const item of pages.flatMap(({ items }) => items)) this.#adopt(item as WorkRow, now); // written by intake and turn
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
      for (const item of page.items) this.#adopt(item as WorkRow, now); // written by intake and turn
      after = page.next;
    } while (after !== undefined && !this.#more.has(urgency));
  }

  /** Open bulk events of this class and of the one before it. */
  #ahead(urgency: 3 | 4): number {
    return this.#bulk[3] + (urgency === 4 ? this.#bulk[4] : 0);
  }

  #adopt(item: WorkRow, now: number): void {
    const name = nameOf(item);
    if (this.#rows.has(name)) return;
    const isLater = item.pk === laterPartition(this.#tenantId);
    const urgency = item.urgency === 2 && !isLater ? this.#judge(item.eventIds.length, now) : item.urgency;
    if (isBulk(urgency) && this.#ahead(urgency) >= TURN.lookAhead) {
      this.#more.add(urgency);
      return;
    }
    const row: Row = {
      key: { pk: item.pk, sk: item.sk },
      urgency,
      pending: new Set(item.eventIds),
      storedUntil: isLater ? 0 : item.receivedAt + POST_LASTS_MS + CLOCK_SKEW_MS,
    };
    this.#rows.set(name, row);
    if (isBulk(urgency)) this.#bulk[urgency] += row.pending.size;
    for (const id of row.pending) {
      const rows = this.#rowsOf.get(id);
      if (rows === undefined) this.#rowsOf.set(id, new Set([row]));
      else rows.add(row);
    }
    if (row.pending.size === 0) this.#deletable.add(row);
  }

  /** What a person did just now, unless it is more than people do: then it counts as bulk. */
  #judge(events: number, now: number): Urgency {
    const { left, at } = this.class2;
    const refilled = Math.min(CLASS_2.atOnce, left + Math.max(0, now - at) / CLASS_2.oneMoreEachMs);
    const isUrgent = refilled >= events;
    this.class2 = { left: isUrgent ? refilled - events : refilled, at: now };
    return isUrgent ? 2 : 3;
  }

  async #load(table: ReadableTable, now: number): Promise<Due[]> {
    const wanted = [...this.#rowsOf.keys()].filter((id) => !this.#loaded.has(id));
    if (wanted.length === 0) return [];
    const items = await table.getMany(wanted.map((id) => eventItemKey(this.#tenantId, id)));
    const found = new Map(
      items.map((item) => [eventIdOfKey(this.#tenantId, item.pk), item as StoredEvent]), // only StoredEvents have these keys
    );
    const due: Due[] = [];
    for (const id of wanted) {
      const item = found.get(id);
      const rows = [...(this.#rowsOf.get(id) ?? [])];
      if (item === undefined) {
        if (rows.every(({ storedUntil }) => storedUntil < now)) this.settled(id);
      } else if (item.state !== 'queued') {
        this.settled(id);
      } else if ((item.waitUntil ?? 0) > now) {
        // The row at which it waits was written before the event said so.
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
    for (const row of this.#rowsOf.get(id) ?? []) {
      row.pending.delete(id);
      if (isBulk(row.urgency)) this.#bulk[row.urgency] -= 1;
      if (row.pending.size === 0) this.#deletable.add(row);
    }
    this.#rowsOf.delete(id);
  }

  /** Deletes the rows of which nothing is open. @throws what the table throws; the rest is deleted next time */
  async flush(table: Table): Promise<void> {
    await Promise.all(
      [...this.#deletable].map(async (row) => {
        await table.delete(row.key);
        this.#deletable.delete(row);
        this.#rows.delete(nameOf(row.key));
      }),
    );
  }
}

const smallest = (rows: readonly Row[]): Urgency =>
  URGENCIES.find((urgency) => rows.some((row) => row.urgency === urgency)) ?? 3;

const isBulk = (urgency: Urgency): urgency is 3 | 4 => urgency > 2;
