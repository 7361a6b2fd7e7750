/** `GET /v1/batches/{batchId}` and `GET /v1/events/{eventId}`: what became of what was accepted. */
import type { Clock } from '../clock.ts';
import { innerId, outerId } from '../events/inner-id.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { type Gate, type Visible, visibleState, type VisibleState } from '../events/visible-state.ts';
import { readGate } from '../firefish/gate.ts';
import { batchKey, eventKey } from '../store/keys.ts';
import type { Item, Table } from '../store/table.ts';
import type { TenantEvent } from './authentication.ts';
import { Problem } from './problem.ts';
import { type HttpResponse, json } from './response.ts';

/** Longer ones exist nowhere: no table is asked for them. */
const MAX_ID = 128;
const STATES: readonly VisibleState[] = ['queued', 'deferred', 'synced', 'skipped', 'failed'];

const notFound = (what: string): Problem =>
  new Problem('not-found', `There is no such ${what} of yours, or it is over 30 days old; check its id.`);

function idIn({ pathParameters }: TenantEvent, name: string, what: string): string {
  const id = pathParameters?.[name] ?? '';
  if (id === '' || id.length > MAX_ID || !id.isWellFormed()) throw notFound(what);
  return id;
}

// Only the intake and the sync write event items, as StoredEvent says.
const asStored = (item: Item): StoredEvent => item as StoredEvent;

export const showEvent =
  (sync: Table, clock: Clock) =>
  async (event: TenantEvent): Promise<HttpResponse> => {
    const { tenantId } = event.tenant;
    const id = innerId(idIn(event, 'eventId', 'event'));
    const [item, gate] = await Promise.all([
      sync.get(eventKey(tenantId, id)),
      readGate(sync, tenantId, clock.now()),
    ]);
    if (item === undefined) throw notFound('event');
    return json(200, describeEvent(asStored(item), gate, clock.now()));
  };

function describeEvent(stored: StoredEvent, gate: Gate | undefined, now: number): unknown {
  const { state, reason }: Visible = visibleState(stored, gate, now);
  return {
    id: outerId(stored.sk),
    type: stored.type,
    state,
    attempts: stored.attempts,
    receivedAt: new Date(stored.receivedAt).toISOString(),
    ...(stored.finishedAt === undefined ? {} : { finishedAt: new Date(stored.finishedAt).toISOString() }),
    ...(reason === undefined ? {} : { reason }),
    actions: stored.actions ?? [],
    ...(stored.notes === undefined || stored.notes.length === 0 ? {} : { notes: stored.notes }),
  };
}

export const showBatch =
  (sync: Table, clock: Clock) =>
  async (event: TenantEvent): Promise<HttpResponse> => {
    const { tenantId } = event.tenant;
    const batch = await sync.get(batchKey(tenantId, idIn(event, 'batchId', 'batch')));
    if (batch === undefined) throw notFound('batch');
    const eventIds = batch['eventIds'] as string[];
    const [items, gate] = await Promise.all([
      sync.getMany(eventIds.map((id) => eventKey(tenantId, id))),
      readGate(sync, tenantId, clock.now()),
    ]);
    const byId = new Map(items.map((item) => [item.sk, asStored(item)]));
    const events = eventIds.flatMap((id) => {
      const stored = byId.get(id);
      return stored === undefined
        ? []
        : [{ id: outerId(id), state: visibleState(stored, gate, clock.now()).state }];
    });
    const counts = STATES.map((state) => [state, events.filter((one) => one.state === state).length]);
    return json(200, { total: events.length, ...Object.fromEntries(counts), events });
  };
