/**
 * Sends what nobody else will: events whose message was never sent or got lost, events that are due again,
 * and the events of parked tenants as their gates open. Runs each minute and looks after parked tenants all
 * that minute, so that a limit that frees is used within seconds.
 */
import type { Clock } from '../clock.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { EVENT_RETENTION_SECONDS } from '../events/stored-event.ts';
import { WORK_MARKER_INTERVAL_MS } from '../intake/accept-events.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { EventQueue } from '../queue/queue.ts';
import { eventKey, openEventsPartition, WORK_PARTITION } from '../store/keys.ts';
import { ConflictError, type Item, queryAll, type Table } from '../store/table.ts';
import { finishEvent } from './finish.ts';
import { markReleased, parkedTenants, releaseEvents } from './parking.ts';

export interface SweeperDeps {
  table: Table;
  queue: EventQueue;
  deadLetters: EventQueue;
  clock: Clock;
  readGate: (tenantId: string, now: number) => Promise<{ reason: string; until: number } | undefined>;
  /** Looks after the tenants that were swept, before those without work are forgotten: somebody may have to be told. */
  watch?: (tenantIds: readonly string[]) => Promise<void>;
}

export interface Sweeper {
  /** One look through all tenants with open events. Answers how many were sent. */
  sweep(): Promise<number>;
  /** One look through the parked tenants. Answers how many events were sent. */
  release(): Promise<number>;
  /**
   * A sweep, then releases every few seconds while there is time. How much is left (milliseconds) is asked
   * anew before each look: the end may come sooner than it seemed.
   */
  run(remainingMs: () => number): Promise<void>;
}

const TICK_MS = 2_000;
/** What is left for the look that is under way when the time is up. */
const ENDING_MS = 5_000;
/** A gate that opens this soon is as good as open: by then a worker has the event. */
const LEAD_MS = 3_000;
/** Twice what the limit of ten a second lets through between two ticks: enough always to have one waiting. */
const RELEASED_AT_ONCE = 40;
/** While Firefish is down a few events are enough to find out when it is back. */
const PROBES_AT_ONCE = 2;
const TENANTS_AT_ONCE = 16;

export function createSweeper(deps: SweeperDeps): Sweeper {
  const sweeper: Sweeper = {
    async sweep() {
      const markers = await tenantsWithWork(deps.table);
      const idle: Item[] = [];
      let sent = 0;
      await eachInTurn([
        async () => {
          sent += await eachTenant(markers, (marker) => resendDue(deps, marker, idle));
        },
        async () => {
          await deps.watch?.(markers.map(({ sk }) => sk));
          // Only now: who was not watched is watched the next time.
          await Promise.all(idle.map((marker) => unlessChanged(deps.table.delete(marker, marker.version))));
        },
        async () => {
          sent += await sweeper.release();
        },
      ]);
      return sent;
    },
    async release() {
      return eachTenant(await parkedTenants(deps.table), (item) => releaseParked(deps, item));
    },
    async run(remainingMs) {
      await eachInTurn(looks(sweeper, deps.clock, remainingMs));
    },
  };
  return sweeper;
}

function* looks(
  sweeper: Sweeper,
  clock: Clock,
  remainingMs: () => number,
): Generator<() => Promise<unknown>> {
  yield () => sweeper.sweep();
  while (remainingMs() > TICK_MS + ENDING_MS) {
    yield async () => {
      await clock.sleep(TICK_MS);
      await sweeper.release();
    };
  }
}

/** One step's trouble is no other's: all are taken before the errors pass on. */
async function eachInTurn(steps: Iterable<() => Promise<unknown>>): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw new AggregateError(errors, 'not all could be swept');
}

async function tenantsWithWork(table: Table): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of queryAll(table, { pk: WORK_PARTITION })) items.push(item);
  return items;
}

/** One tenant's trouble is no other's: all are looked through before the first error passes on. */
async function eachTenant(items: readonly Item[], look: (item: Item) => Promise<number>): Promise<number> {
  const errors: unknown[] = [];
  const counts = await mapConcurrently(items, TENANTS_AT_ONCE, (item) =>
    look(item).catch((error: unknown) => {
      errors.push(error);
      return 0;
    }),
  );
  if (errors.length > 0) throw new AggregateError(errors, 'some tenants could not be swept');
  return counts.reduce((sum, count) => sum + count, 0);
}

/** @param idle gets the marker of a tenant that has no work any more */
async function resendDue(deps: SweeperDeps, marker: Item, idle: Item[]): Promise<number> {
  const { table, queue, clock } = deps;
  const tenantId = marker.sk;
  const now = clock.now();
  const pk = openEventsPartition(tenantId);
  let sent = 0;
  for await (const { sk } of queryAll(table, {
    pk,
    index: true,
    to: new Date(now).toISOString(),
    limit: 100,
  })) {
    const event = (await table.get(eventKey(tenantId, sk))) as StoredEvent | undefined;
    if (event?.state !== 'queued') continue;
    if (event.receivedAt + EVENT_RETENTION_SECONDS * 1000 < now) {
      await expire(deps, tenantId, event);
    } else if (await markReleased(table, event, now)) {
      await queue.send([{ tenantId, eventId: sk }]);
      sent += 1;
    }
  }
  if (sent === 0 && (await isIdle(deps, marker, now))) idle.push(marker);
  return sent;
}

/** What Firefish could not be given in thirty days is parked: a person decides, and may replay it. */
async function expire(deps: SweeperDeps, tenantId: string, event: StoredEvent): Promise<void> {
  const outcome = { state: 'failed' as const, reason: 'waited 30 days for Firefish', actions: [], notes: [] };
  await finishEvent({ ...deps, tenant: { tenantId } }, event, outcome);
}

async function isIdle({ table }: SweeperDeps, marker: Item, now: number): Promise<boolean> {
  if (Number(marker['lastReceivedAt']) + 2 * WORK_MARKER_INTERVAL_MS > now) return false;
  const { items } = await table.query({ pk: openEventsPartition(marker.sk), index: true, limit: 1 });
  return items.length === 0;
}

async function releaseParked(deps: SweeperDeps, marker: Item): Promise<number> {
  const { table, queue, clock, readGate } = deps;
  const tenantId = marker.sk;
  const gate = await readGate(tenantId, clock.now());
  if (gate !== undefined && gate.until - clock.now() > LEAD_MS) return 0;
  const probing = gate?.reason === 'outage' || gate?.reason === 'credentials';
  const count = probing ? PROBES_AT_ONCE : RELEASED_AT_ONCE;
  const { eventIds, empty } = await releaseEvents(table, clock, tenantId, count);
  await queue.send(eventIds.map((eventId) => ({ tenantId, eventId })));
  if (empty) await unlessChanged(table.delete(marker, marker.version));
  return eventIds.length;
}

async function unlessChanged(write: Promise<void>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}
