/**
 * A tenant's events, newest first: the batches in which they came, newest first, and the events of each. A list of only
 * failed or only skipped events is read from the sparse index, by the time they ended.
 */
import type { TenantId, EventId } from '../../ids.ts';
import type { StoredEvent } from '../../events/event-item.ts';
import { stateOf, type VisibleState } from '../../events/visible-state.ts';
import { behind } from '../../store/behind.ts';
import {
  batchesPartition,
  batchItemKey,
  endedIndex,
  eventIdOfKey,
  eventItemKey,
  placesUntil,
} from '../../store/sync-keys.ts';
import type { Item, Page, Query, Table } from '../../store/table.ts';
import { happenedAt } from './describe-event.ts';
import type { WaitsOf } from '../services.ts';

interface EventFilter {
  /** None: all. */
  states?: readonly VisibleState[];
  types?: readonly string[];
  /** Whether an event is wanted, beside its state and type. */
  wanted?: (event: StoredEvent) => boolean | Promise<boolean>;
  /** Epoch milliseconds, of `happenedAt`, both included. */
  from?: number;
  to?: number;
}

/** Where to continue: the batch, and how many of its events were read; or the ended event that was read last. */
export type Cursor =
  { batch: string; events: number } | { list: 'failed' | 'skipped'; id: EventId; at: string };

export interface FoundEvents {
  events: StoredEvent[];
  next?: Cursor;
  /** Set if `next` is set: how far back events were read (epoch milliseconds). */
  lookedBackTo?: number;
}

/** How many events one request reads: if the filter matches few of them, the next request continues the list. */
const LOOKED_AT = 1_500;
const PAGE = 100;

/** An event and its position in the list. */
interface Placed {
  event: StoredEvent | undefined;
  at: Cursor;
}

interface About {
  table: Table;
  tenantId: TenantId;
  waits: WaitsOf;
  now: number;
}

/** @param limit how many at most */
export async function findEvents(
  about: About,
  filter: EventFilter,
  limit: number,
  cursor?: Cursor,
  mostLookedAt = LOOKED_AT,
): Promise<FoundEvents> {
  const events: StoredEvent[] = [];
  let lookedBackTo = about.now;
  let looked = 0;
  let last: Cursor | undefined;
  for await (const { event, at } of placesOf(about, filter, cursor)) {
    if (last !== undefined && (events.length >= limit || looked >= mostLookedAt)) {
      return { events, next: last, lookedBackTo };
    }
    looked += 1;
    last = at;
    if (event === undefined) continue;
    lookedBackTo = Math.min(lookedBackTo, happenedAt(event));
    if (await fits(about, event, filter)) events.push(event);
  }
  return { events };
}

function placesOf(about: About, filter: EventFilter, cursor: Cursor | undefined): AsyncGenerator<Placed> {
  const [only, ...others] = filter.states ?? [];
  const isListed = (only === 'failed' || only === 'skipped') && others.length === 0;
  return isListed ? listed(about, only, filter, cursor) : inBatches(about, cursor);
}

async function fits(
  { waits, now }: About,
  event: StoredEvent,
  { states, types, wanted, from, to }: EventFilter,
): Promise<boolean> {
  const at = happenedAt(event);
  return (
    (states === undefined || states.includes(stateOf(event, waits, now).state)) &&
    (types === undefined || types.includes(event.type)) &&
    (from === undefined || at >= from) &&
    (to === undefined || at <= to) &&
    (await wanted?.(event)) !== false
  );
}

/** By when they were received, newest first. */
async function* inBatches({ table, tenantId }: About, cursor: Cursor | undefined): AsyncGenerator<Placed> {
  const from = cursor !== undefined && 'batch' in cursor ? cursor : undefined;
  const key = from && batchItemKey(tenantId, from.batch);
  const first = key && (await table.get(key));
  if (first !== undefined) yield* eventsOf(table, tenantId, first, from?.events);
  const query: Query = { pk: batchesPartition(tenantId), descending: true, limit: PAGE };
  let after = key && behind(key);
  do {
    const page: Page = await table.query(after === undefined ? query : { ...query, after });
    for (const batch of page.items) yield* eventsOf(table, tenantId, batch);
    after = page.next;
  } while (after !== undefined);
}

async function* eventsOf(table: Table, tenantId: TenantId, batch: Item, skipped = 0): AsyncGenerator<Placed> {
  const ids = (batch['eventIds'] as EventId[]).toReversed(); // as the intake wrote it
  for (let start = skipped; start < ids.length; start += PAGE) {
    const some = ids.slice(start, start + PAGE);
    const keys = some.map((id) => eventItemKey(tenantId, id));
    const items = (await table.getMany(keys)) as StoredEvent[]; // only StoredEvents have these keys
    const byKey = new Map(items.map((item) => [item.pk, item]));
    for (const [place, { pk }] of keys.entries()) {
      const event = byKey.get(pk);
      // A repeated event is only in the batch with which it came first.
      const isFirst = event?.batchId === batch.sk;
      yield { event: isFirst ? event : undefined, at: { batch: batch.sk, events: start + place + 1 } };
    }
  }
}

/** By when they ended, newest first. */
async function* listed(
  { table, tenantId }: About,
  list: 'failed' | 'skipped',
  { from, to }: EventFilter,
  cursor: Cursor | undefined,
): AsyncGenerator<Placed> {
  const pk = endedIndex(tenantId, list);
  const query: Query = {
    ...{ pk, index: true, descending: true, limit: PAGE },
    ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
    ...(to === undefined ? {} : { to: placesUntil(to) }),
  };
  let after =
    cursor !== undefined && 'list' in cursor
      ? behind({ ...eventItemKey(tenantId, cursor.id), indexPk: pk, indexSk: cursor.at })
      : undefined;
  do {
    const page: Page = await table.query(after === undefined ? query : { ...query, after });
    const keys = page.items.map((item) => ({ pk: item.pk, sk: item.sk }));
    const items = (await table.getMany(keys)) as StoredEvent[]; // only StoredEvents are in this index
    const byKey = new Map(items.map((item) => [item.pk, item]));
    for (const { pk: key, indexSk = '' } of page.items) {
      const event = byKey.get(key);
      // The index lags behind the table by a moment; internal events of operators are not the sender's events.
      const isThere = event !== undefined && event.state === list && !event.type.startsWith('internal.');
      const at = { list, id: eventIdOfKey(tenantId, key), at: indexSk };
      yield { event: isThere ? event : undefined, at };
    }
    after = page.next;
  } while (after !== undefined);
}
