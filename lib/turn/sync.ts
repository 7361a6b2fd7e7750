/** The consumer of wake-ups: looks at the tenant, and sees to it that someone looks again when work is due. */
import type { TenantId } from '../ids.ts';
import { readOtherCalls, type TenantFirefish } from '../firefish/tenant-firefish.ts';
import { Timers, wakeTenant } from '../queue/timers.ts';
import { CLOCK_SKEW_MS, TURN } from '../times.ts';
import { heldOptOuts } from './held-opt-outs.ts';
import { Inbox } from './inbox.ts';
import { keptNow, openMemory } from './keep-record.ts';
import { Lease } from './lease.ts';
import type { InstanceDeps, SyncDeps } from './sync-deps.ts';
import { TurnOverError } from './turn-context.ts';
import { type TurnItem, isHeld, readTurn, suspectsAfter, waitOf } from './turn-record.ts';
import { type Left, Turn } from './turn.ts';
import { Workload, turnTimes } from './workload.ts';

export type { SyncDeps } from './sync-deps.ts';

export interface Sync {
  /**
   * Looks at the tenant once. Never throws: an error is reported, and a wake-up or a timer row brings the tenant back.
   * @param remainingMs how long this invocation may still last; a function is asked again while the turn runs
   * @returns 'again' where the queue must deliver the wake-up once more
   */
  handle(wakeUp: { tenantId: TenantId }, remainingMs: number | (() => number)): Promise<'done' | 'again'>;
}

/** Turns in a row in one invocation: the second is the look after the record was closed. */
const MOST_TURNS = 5;

export function createSync(parts: SyncDeps): Sync {
  const deps = { ...parts, instance: parts.newId() };
  return {
    async handle({ tenantId }, remainingMs) {
      const { clock } = deps;
      const start = clock.now();
      const remaining =
        typeof remainingMs === 'number' ? () => start + remainingMs - clock.now() : remainingMs;
      try {
        if (remaining() < TURN.shortestMs) return 'again';
        await work(deps, tenantId, remaining);
        return 'done';
      } catch (error) {
        deps.onWork?.({ tenantId, eventIds: [], error });
        return goOnLater(deps, tenantId, error);
      }
    },
  };
}

/** Whatever was stored before the record was closed is found by the look that follows. */
async function work(deps: InstanceDeps, tenantId: TenantId, remaining: () => number): Promise<void> {
  for (let turns = 1; ; turns += 1) {
    const left = await runTurn(deps, tenantId, remaining);
    if (left === undefined) return;
    const { nextAt, isExpected, progress } = left;
    const now = deps.clock.now();
    if (nextAt !== undefined && nextAt > now && !isExpected) await wakeTenant(deps, tenantId, nextAt);
    if (turns >= MOST_TURNS || remaining() < TURN.shortestMs || (nextAt !== undefined && nextAt <= now)) {
      // Without progress a turn begun at once would end like this one.
      await wakeTenant(deps, tenantId, progress > 0 ? 0 : now + TURN.saveEveryMs);
      return;
    }
  }
}

async function goOnLater(deps: SyncDeps, tenantId: TenantId, error: unknown): Promise<'done' | 'again'> {
  const soon = deps.clock.now() + TURN.afterFailureMs;
  const at = error instanceof UnclosedTurnError ? Math.max(soon, error.leaseEnd) : soon;
  try {
    await wakeTenant(deps, tenantId, at);
    return 'done';
  } catch (unsent) {
    deps.onWork?.({ tenantId, eventIds: [], error: unsent });
    return 'again';
  }
}

/** The turn before did not close its record. */
export class CrashedTurnError extends Error {
  override name = 'CrashedTurnError';
}

/** The turn ended early, and its record could not be closed: the lease runs until then (epoch milliseconds). */
export class UnclosedTurnError extends Error {
  override name = 'UnclosedTurnError';
  readonly leaseEnd: number;
  constructor(leaseEnd: number, options: ErrorOptions) {
    super('the turn could not be closed', options);
    this.leaseEnd = leaseEnd;
  }
}

/**
 * Looks at a tenant once: takes the lease if something is due, works until nothing is left or time is up, closes.
 * @returns what is left; undefined where nothing was due, or someone else has the lease and will look again
 * @throws UnclosedTurnError, or any error of a table while nothing was begun
 */
export async function runTurn(
  deps: InstanceDeps,
  tenantId: TenantId,
  remainingMs: () => number,
): Promise<Left | undefined> {
  const { table, clock, config } = deps;
  const before = await readTurn(table, tenantId);
  if (isHeld(before, clock.now())) return undefined;
  const tenant = await deps.loadTenant(tenantId, 'now');
  // A tenant that is gone has no data either.
  if (tenant === undefined) return undefined;

  const givenAt = tenant.firefishGivenAt;
  const times = turnTimes(clock, config.FIREFISH_TIMEOUT_MS, remainingMs);
  const opened: { firefish?: TenantFirefish } = {};
  const workload = new Workload(
    {
      ...deps,
      startUntil: (urgency) => times.startUntil(urgency),
      waiting: (urgency) =>
        opened.firefish === undefined
          ? waitOf(before, givenAt, urgency, clock.now())
          : opened.firefish.waiting(urgency),
    },
    tenant,
    suspectsAfter(before),
  );
  const inbox = new Inbox(tenantId, before?.class2, clock.now());
  const [due, held] = await Promise.all([
    inbox.look(table, clock.now()),
    tenant.status === 'enabled' ? heldOptOuts(table, tenantId) : [],
  ]);
  const unreadable = await workload.add(due);
  const isDue = workload.hasWork || unreadable.length > 0 || held.length > 0;
  if (!isDue && !inbox.hasDeletable) {
    if (workload.board.size > 0) await ensureWakeUp(deps, tenantId, { before, workload, inbox });
    return undefined;
  }

  let lease: Lease | undefined;
  const [memory, others] = await Promise.all([
    openMemory(deps, tenantId, before),
    readOtherCalls(table, tenantId),
  ]);
  const firefish = deps.openFirefish({
    ...{ tenantId, config, clock, table, random: deps.random, fetch: deps.fetch, ...memory },
    clientId: tenant.firefishClientId,
    clientSecret: tenant.firefishClientSecret,
    givenAt,
    mayLeave: () => {
      if (lease === undefined) throw new TurnOverError();
      lease.mayLeave();
    },
  });
  opened.firefish = firefish;
  firefish.others(others);
  const keeping = { deps, workload, inbox, firefish, givenAt, before };
  const taken = await keptNow(keeping);
  try {
    lease = await take(deps, tenantId, before, taken);
  } finally {
    if (lease === undefined) await firefish.end();
  }
  if (lease === undefined) return undefined;
  if (memory.crashed) deps.onWork?.({ tenantId, eventIds: [], error: new CrashedTurnError() });
  return workAndClose(new Turn({ ...keeping, lease, times, unreadable, held, taken }), lease);
}

/** Work is there, and none of it may start yet: the wake-up that found this out may have been the last one. */
async function ensureWakeUp(
  { table, clock }: SyncDeps,
  tenantId: TenantId,
  { before, workload, inbox }: { before: TurnItem | undefined; workload: Workload; inbox: Inbox },
): Promise<void> {
  const now = clock.now();
  const nextAt = Math.min(workload.nextAt(now), await inbox.nextLater(table));
  const expectedAt = before?.wakeAt ?? -Infinity;
  if (expectedAt <= now || expectedAt > nextAt + 1_000)
    await new Timers(table, clock).ensure(tenantId, nextAt);
}

/** A take whose answer was lost is met by the second try. */
async function take(
  deps: SyncDeps,
  tenantId: TenantId,
  before: TurnItem | undefined,
  taken: Parameters<Lease['save']>[0],
): Promise<Lease | undefined> {
  const { table, clock, newId, config } = deps;
  const lease = new Lease(
    { table, clock, newId, callTimeoutMs: config.FIREFISH_TIMEOUT_MS },
    tenantId,
    before,
  );
  for (let tries = 0; ; tries += 1) {
    try {
      await lease.save(taken);
      return lease;
    } catch (error) {
      if (error instanceof TurnOverError) return undefined;
      if (tries > 0) throw error;
    }
  }
}

async function workAndClose(turn: Turn, lease: Lease): Promise<Left> {
  let failure: unknown;
  try {
    await turn.run();
  } catch (error) {
    failure = error;
  }
  try {
    const left = await turn.close();
    if (failure === undefined) return left;
  } catch (error) {
    failure ??= error;
    await turn.abandon();
    // Who lost the lease leaves the tenant to its new holder.
    throw new UnclosedTurnError(lease.end + CLOCK_SKEW_MS, { cause: failure });
  }
  throw failure as Error;
}
