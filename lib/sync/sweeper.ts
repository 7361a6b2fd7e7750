/**
 * Sees to what nobody else does: events whose message was never sent or got lost, backlogs whose ring got lost,
 * and what has waited too long. Runs each minute, and looks after the backlogs all that minute.
 */
import type { Clock } from '../clock.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { EVENT_RETENTION_SECONDS } from '../events/stored-event.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { EventQueue } from '../queue/queue.ts';
import { eventKey, openEventsPartition, BACKLOG_MARKS_PARTITION, WORK_PARTITION } from '../store/keys.ts';
import { ConflictError, type Item, queryAll, type Table } from '../store/table.ts';
import { MARK_LASTS_MS, markBacklog, sendRing, WORK_MARKER_INTERVAL_MS } from './backlog.ts';
import { isSeenTo } from './backlog-lease.ts';
import { type Ended, finishEvent } from './finish.ts';

interface SweeperDeps {
  table: Table;
  queue: EventQueue;
  deadLetters: EventQueue;
  clock: Clock;
  readGate: (tenantId: string, now: number) => Promise<{ reason: string; until: number } | undefined>;
  /** Looks after the tenants that were swept, before those without work are forgotten: somebody may have to be told. */
  watch?: (tenantIds: readonly string[]) => Promise<void>;
  /** Told of each event that has ended here. */
  onEnded?: ((ended: Ended) => void) | undefined;
}

export interface Sweeper {
  /** One look through all tenants with open events. Answers how many were rung for. */
  sweep(): Promise<number>;
  /** One look through the tenants with a backlog. Answers how many were rung for. */
  release(): Promise<number>;
  /**
   * A sweep, then looks at the backlogs every few seconds while there is time. How much is left (milliseconds)
   * is asked anew before each look: the end may come sooner than it seemed.
   */
  run(remainingMs: () => number): Promise<void>;
}

const TICK_MS = 2_000;
/** What is left for the look that is under way when the time is up. */
const ENDING_MS = 3_000;
const RING_AGAIN_MS = 20_000;
const TENANTS_AT_ONCE = 16;
/** Of each tenant, at each sweep: the oldest are looked at for having waited too long. */
const LOOKED_AT = 50;

export function createSweeper(deps: SweeperDeps): Sweeper {
  const rungAt = new Map<string, number>();
  const sweeper: Sweeper = {
    async sweep() {
      const markers = await itemsOf(deps.table, WORK_PARTITION);
      const idle: Item[] = [];
      let rung = 0;
      await eachInTurn([
        () => eachTenant(markers, (marker) => findDue(deps, marker, idle)),
        async () => {
          await deps.watch?.(markers.map(({ sk }) => sk));
          // Only now: who was not watched is watched the next time.
          await Promise.all(idle.map((marker) => unlessChanged(deps.table.delete(marker, marker.version))));
        },
        async () => {
          rung = await sweeper.release();
        },
      ]);
      return rung;
    },
    async release() {
      return eachTenant(await itemsOf(deps.table, BACKLOG_MARKS_PARTITION), (marker) =>
        seeTo(deps, marker, rungAt),
      );
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

async function itemsOf(table: Table, pk: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of queryAll(table, { pk })) items.push(item);
  return items;
}

/** One tenant's trouble is no other's: all are looked through before the first error passes on. */
async function eachTenant(items: readonly Item[], look: (item: Item) => Promise<boolean>): Promise<number> {
  const errors: unknown[] = [];
  const answers = await mapConcurrently(items, TENANTS_AT_ONCE, (item) =>
    look(item).catch((error: unknown) => {
      errors.push(error);
      return false;
    }),
  );
  if (errors.length > 0) throw new AggregateError(errors, 'some tenants could not be swept');
  return answers.filter(Boolean).length;
}

/**
 * What is due and has not ended has no message (any more): it is the tenant's backlog.
 * @param idle gets the marker of a tenant that has no work any more
 */
async function findDue(deps: SweeperDeps, marker: Item, idle: Item[]): Promise<boolean> {
  const { table, clock } = deps;
  const tenantId = marker.sk;
  const now = clock.now();
  const { items } = await table.query({
    pk: openEventsPartition(tenantId),
    index: true,
    to: new Date(now).toISOString(),
    limit: LOOKED_AT,
  });
  let isDue = false;
  for (const { sk } of items) {
    // The index may lag behind: the item itself decides.
    const event = (await table.get(eventKey(tenantId, sk))) as StoredEvent | undefined;
    if (event?.state !== 'queued') continue;
    const waitsSince = event.replayedAt ?? event.receivedAt;
    if (waitsSince + EVENT_RETENTION_SECONDS * 1000 < now) await expire(deps, tenantId, event);
    else isDue = true;
  }
  if (isDue) await markBacklog(table, tenantId, now);
  else if (await isIdle(deps, marker, now)) idle.push(marker);
  return isDue;
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

/** Rings for a tenant whose backlog is due while its gate is open, where nobody is at it and nobody will be. */
async function seeTo(
  { table, queue, clock, readGate }: SweeperDeps,
  marker: Item,
  rungAt: Map<string, number>,
): Promise<boolean> {
  const tenantId = marker.sk;
  const now = clock.now();
  // The workers may all be busy: more rings would make nobody come sooner.
  if (now - (rungAt.get(tenantId) ?? -Infinity) < RING_AGAIN_MS) return false;
  if ((await readGate(tenantId, now)) !== undefined || (await isSeenTo(table, tenantId, now))) return false;
  const to = new Date(now).toISOString();
  const { items } = await table.query({ pk: openEventsPartition(tenantId), index: true, to, limit: 1 });
  if (items.length > 0) {
    rungAt.set(tenantId, now);
    await sendRing(queue, tenantId);
    return true;
  }
  if (Number(marker['parkedAt']) + MARK_LASTS_MS < now)
    await unlessChanged(table.delete(marker, marker.version));
  return false;
}

async function unlessChanged(write: Promise<void>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}
