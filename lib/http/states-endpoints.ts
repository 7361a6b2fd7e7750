/** `GET /v1/batches/{batchId}` and `GET /v1/events/{eventId}`: what happened to accepted events. */
import type { EventId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import { innerId, outerId } from '../events/inner-id.ts';
import type { StoredEvent } from '../events/event-item.ts';
import type { Urgency } from '../events/urgency.ts';
import { stateOf, VISIBLE_STATES } from '../events/visible-state.ts';
import { batchItemKey, eventIdOfKey, eventItemKey } from '../store/sync-keys.ts';
import type { Item, ReadableTable } from '../store/table.ts';
import { readTurn, waitOf } from '../turn/turn-record.ts';
import type { TenantEvent } from './authentication.ts';
import { Problem } from './problem.ts';
import { type HttpResponse, json } from './response.ts';

/** Longer ids do not exist: no table is read for them. */
const MAX_ID = 128;
const notFound = (what: string): Problem =>
  new Problem('not-found', `Your agency has no such ${what}, or it is more than 30 days old. Check the id.`);

function idIn({ pathParameters }: TenantEvent, name: string, what: string): string {
  const id = pathParameters?.[name] ?? '';
  if (id === '' || id.length > MAX_ID || !id.isWellFormed()) throw notFound(what);
  return id;
}

export const showEvent =
  (sync: ReadableTable, clock: Clock) =>
  async (event: TenantEvent): Promise<HttpResponse> => {
    const { tenantId, firefishCheckedAt } = event.tenant;
    const id = innerId(idIn(event, 'eventId', 'event'));
    const [item, turn] = await Promise.all([sync.get(eventItemKey(tenantId, id)), readTurn(sync, tenantId)]);
    if (item === undefined || isInternal(item)) throw notFound('event');
    const now = clock.now();
    const waits = (urgency: Urgency) => waitOf(turn, firefishCheckedAt, urgency, now);
    return json(200, describeEvent(outerId(id), item as StoredEvent, waits, now)); // only StoredEvents have these keys
  };

/** Internal events of operators are not the sender's events. */
const isInternal = (item: Item): boolean => String(item['type']).startsWith('internal.');

function describeEvent(
  id: string,
  stored: StoredEvent,
  waits: Parameters<typeof stateOf>[1],
  now: number,
): unknown {
  const { state, reason } = stateOf(stored, waits, now);
  return {
    ...{ id, type: stored.type, state },
    attempts: stored.attempts,
    receivedAt: new Date(stored.receivedAt).toISOString(),
    ...(stored.state === 'queued' ? {} : { finishedAt: new Date(stored.finishedAt).toISOString() }),
    ...(reason === undefined ? {} : { reason }),
    actions: stored.state === 'queued' ? [] : stored.actions,
    ...(stored.state === 'queued' || stored.notes.length === 0 ? {} : { notes: stored.notes }),
  };
}

export const showBatch =
  (sync: ReadableTable, clock: Clock) =>
  async (event: TenantEvent): Promise<HttpResponse> => {
    const { tenantId, firefishCheckedAt } = event.tenant;
    const batch = await sync.get(batchItemKey(tenantId, idIn(event, 'batchId', 'batch')));
    if (batch === undefined) throw notFound('batch');
    const eventIds = batch['eventIds'] as EventId[]; // as the intake wrote it
    const [items, turn] = await Promise.all([
      sync.getMany(eventIds.map((id) => eventItemKey(tenantId, id))),
      readTurn(sync, tenantId),
    ]);
    const now = clock.now();
    const stateById = new Map(
      items.map((item) => [
        eventIdOfKey(tenantId, item.pk),
        stateOf(item as StoredEvent, (urgency) => waitOf(turn, firefishCheckedAt, urgency, now), now).state, // only StoredEvents have these keys
      ]),
    );
    const events = eventIds.flatMap((id) => {
      const state = stateById.get(id);
      return state === undefined ? [] : [{ id: outerId(id), state }];
    });
    const counts = VISIBLE_STATES.map((state) => [state, events.filter((one) => one.state === state).length]);
    return json(200, { total: events.length, ...Object.fromEntries(counts), events });
  };
