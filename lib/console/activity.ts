/**
 * A tenant's events, newest first: read off the sparse index, where an event stands among those of its state by the
 * instant of what happened to it last. Nothing is kept for the list besides the events themselves.
 */
import type { StoredEvent } from '../events/stored-event.ts';
import { type Gate, visibleState, type VisibleState } from '../events/visible-state.ts';
import { behind } from '../store/behind.ts';
import {
  endedEventsPartition,
  eventPartition,
  failedEventsPartition,
  openEventsPartition,
} from '../store/keys.ts';
import type { Query, Table } from '../store/table.ts';

/** The parts of the index. What has not ended stands together, by when it is due: minutes after it came at most. */
const SHELVES = ['open', 'synced', 'skipped', 'failed'] as const;
type Shelf = (typeof SHELVES)[number];

interface EventFilter {
  /** None: all. */
  states?: readonly VisibleState[];
  types?: readonly string[];
  /** Whether a failed event is wanted. */
  wanted?: (event: StoredEvent) => boolean;
  /** Epoch milliseconds, of `happenedAt`, both included. */
  from?: number;
  to?: number;
}

/** Where to go on: per shelf the last event that was looked at. */
export type Cursor = Partial<Record<Shelf, { id: string; indexSk: string }>>;

export interface FoundEvents {
  events: StoredEvent[];
  next?: Cursor;
  /** Set where `next` is: how far back the look went (epoch milliseconds). */
  lookedBackTo?: number;
}

/** How many events one request looks at: where a filter fits few of them, the list goes on with the next request. */
const LOOKED_AT = 1_500;
const PAGE = 100;

const partitionOf = (tenantId: string, shelf: Shelf): string => {
  if (shelf === 'open') return openEventsPartition(tenantId);
  return shelf === 'failed' ? failedEventsPartition(tenantId) : endedEventsPartition(tenantId, shelf);
};

/** When something last happened to an event: it ended or, while it is open, was received or put back. */
export const happenedAt = ({ state, finishedAt, receivedAt, replayedAt = 0 }: StoredEvent): number =>
  state === 'queued' ? Math.max(receivedAt, replayedAt) : (finishedAt ?? receivedAt);

/** @param limit how many at most */
export async function findEvents(
  { table, tenantId, gate, now }: { table: Table; tenantId: string; gate: Gate | undefined; now: number },
  filter: EventFilter,
  limit: number,
  cursor: Cursor = {},
): Promise<FoundEvents> {
  const shelves = await Promise.all(
    SHELVES.filter((shelf) => isWanted(shelf, filter.states)).map((shelf) =>
      ShelfReader.open(table, tenantId, shelf, filter, cursor[shelf]),
    ),
  );
  const events: StoredEvent[] = [];
  const seen = new Set<string>();
  let lookedBackTo = now;
  for (let looked = 0; events.length < limit; looked += 1) {
    const shelf = newest(shelves);
    if (shelf?.head === undefined) return { events };
    if (looked >= LOOKED_AT) break;
    const event = shelf.head;
    lookedBackTo = happenedAt(event);
    // The index is behind the table by a moment: an event that has just moved may stand in two places.
    if (!seen.has(event.sk) && fits(event, filter, gate, now)) events.push(event);
    seen.add(event.sk);
    await shelf.step();
  }
  if (newest(shelves) === undefined) return { events };
  const next = Object.fromEntries(shelves.map(({ name, at }) => [name, at]).filter(([, at]) => at)) as Cursor;
  return { events, next: { ...cursor, ...next }, lookedBackTo };
}

const isWanted = (shelf: Shelf, states: readonly VisibleState[] | undefined): boolean =>
  states === undefined ||
  states.some((state) => (shelf === 'open' ? state === 'queued' || state === 'deferred' : state === shelf));

function newest(shelves: readonly ShelfReader[]): ShelfReader | undefined {
  const [first, ...others] = shelves.filter(({ head }) => head !== undefined);
  return others.reduce((best, one) => (one.headAt > (best?.headAt ?? 0) ? one : best), first);
}

function fits(
  event: StoredEvent,
  { states, types, wanted, from, to }: EventFilter,
  gate: Gate | undefined,
  now: number,
): boolean {
  const at = happenedAt(event);
  return (
    (states === undefined || states.includes(visibleState(event, gate, now).state)) &&
    (types === undefined || types.includes(event.type)) &&
    (from === undefined || at >= from) &&
    (to === undefined || at <= to) &&
    wanted?.(event) !== false
  );
}

/** One shelf, newest first, a page at a time. */
class ShelfReader {
  readonly name: Shelf;
  /** The last event that was stepped over. */
  at: { id: string; indexSk: string } | undefined;
  readonly #table: Table;
  readonly #query: Query;
  #page: StoredEvent[] = [];
  #next: string | undefined;

  private constructor(table: Table, name: Shelf, query: Query) {
    this.name = name;
    this.#table = table;
    this.#query = query;
  }

  static async open(
    table: Table,
    tenantId: string,
    shelf: Shelf,
    { from, to }: EventFilter,
    at: { id: string; indexSk: string } | undefined,
  ): Promise<ShelfReader> {
    const pk = partitionOf(tenantId, shelf);
    // What is open stands by when it is due, which says too little of when it came.
    const bounded = shelf !== 'open';
    const reader = new ShelfReader(table, shelf, {
      ...{ pk, index: true, descending: true, limit: PAGE },
      ...(bounded && from !== undefined ? { from: new Date(from).toISOString() } : {}),
      ...(bounded && to !== undefined ? { to: new Date(to).toISOString() } : {}),
    });
    if (at === undefined) await reader.#read(undefined);
    else {
      reader.at = at;
      await reader.#read(
        behind({ pk: eventPartition(tenantId), sk: at.id, indexPk: pk, indexSk: at.indexSk }),
      );
    }
    return reader;
  }

  get head(): StoredEvent | undefined {
    return this.#page[0];
  }

  get headAt(): number {
    return this.head === undefined ? 0 : happenedAt(this.head);
  }

  async step(): Promise<void> {
    const event = this.#page.shift();
    if (event?.indexSk !== undefined) this.at = { id: event.sk, indexSk: event.indexSk };
    if (this.#page.length === 0 && this.#next !== undefined) await this.#read(this.#next);
  }

  async #read(after: string | undefined): Promise<void> {
    let next = after;
    do {
      const page = await this.#table.query({
        ...this.#query,
        ...(next === undefined ? {} : { after: next }),
      });
      // Only the intake and the sync write event items, as StoredEvent says.
      this.#page = page.items as StoredEvent[];
      next = page.next;
    } while (this.#page.length === 0 && next !== undefined);
    this.#next = next;
  }
}
