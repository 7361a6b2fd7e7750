/** The consumer of wake-ups: looks at the tenant, and sees to it that someone looks again when work is due. */
import type { TenantId } from '../ids.ts';
import { Timers, wakeTenant } from '../queue/timers.ts';
import { CLOCK_SKEW_MS, TURN } from '../times.ts';
import { TurnOverError } from '../turn-over-error.ts';
import { Inbox } from './inbox.ts';
import { Lease } from './lease.ts';
import { heldOptOuts } from './reopen.ts';
import { isHeld, keptNow, openMemory, readTurn, suspectsAfter, waitOf } from './turn-record.ts';
import { type InstanceDeps, type Left, type SyncDeps, Turn } from './turn.ts';
import { turnTimes, Workload } from './workload.ts';

export interface Sync {
  /**
   * Looks at the tenant once. Never throws: an error is reported, and a wake-up or a timer row brings the tenant back.
   * @param remainingMs how long this invocation may still last
   * @returns 'again' where the queue must deliver the wake-up once more
   */
  handle(wakeUp: { tenantId: TenantId }, remainingMs: number): Promise<'done' | 'again'>;
}

/** Turns in a row in one invocation: the second is the look after the record was closed. */
const MOST_TURNS = 5;

export function createSync(parts: SyncDeps): Sync {
  const deps = { ...parts, instance: parts.newId() };
  return {
    async handle({ tenantId }, remainingMs) {
      if (remainingMs < TURN.shortestMs) return 'again';
      try {
        await work(deps, tenantId, deps.clock.now() + remainingMs);
        return 'done';
      } catch (error) {
        deps.onWork?.({ tenantId, eventIds: [], error });
        return goOnLater(deps, tenantId, error);
      }
    },
  };
}

/** Whatever was stored before the record was closed is found by the look that follows. */
async function work(deps: InstanceDeps, tenantId: TenantId, endsAt: number): Promise<void> {
  for (let turns = 1; ; turns += 1) {
    const left = await runTurn(deps, tenantId, endsAt);
    if (left === undefined) return;
    const { nextAt, progress } = left;
    const now = deps.clock.now();
    if (nextAt !== undefined && nextAt > now) await wakeTenant(deps, tenantId, nextAt);
    if (turns >= MOST_TURNS || endsAt - now < TURN.shortestMs || (nextAt !== undefined && nextAt <= now)) {
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
class CrashedTurnError extends Error {
  override name = 'CrashedTurnError';
}

/** The turn ended early, and its record could not be closed: the lease runs until then (epoch milliseconds). */
class UnclosedTurnError extends Error {
  override name = 'UnclosedTurnError';
  readonly leaseEnd: number;
  constructor(leaseEnd: number, options: ErrorOptions) {
    super('the turn could not be closed', options);
    this.leaseEnd = leaseEnd;
  }
}

/**
 * Looks at a tenant once: takes the lease if something is due, works until nothing is left or time is up, closes.
 * @returns what is left; undefined if nothing was due, or someone else has the lease and will look again
 * @throws UnclosedTurnError, or any error of a table while nothing was begun
 */
async function runTurn(deps: InstanceDeps, tenantId: TenantId, endsAt: number): Promise<Left | undefined> {
  const { table, clock, config } = deps;
  const before = await readTurn(table, tenantId);
  if (isHeld(before, clock.now())) return undefined;
  const tenant = await deps.loadTenant(tenantId, 'now');
  // A tenant that is gone has no data either.
  if (tenant === undefined) return undefined;

  const givenAt = tenant.firefishGivenAt;
  const times = turnTimes(clock, config.FIREFISH_TIMEOUT_MS, endsAt);
  const workload = new Workload(deps, times, tenant, suspectsAfter(before));
  workload.waiting = (urgency) => waitOf(before, givenAt, urgency, clock.now());
  const inbox = new Inbox(tenantId, before?.class2, clock.now());
  const [due, held] = await Promise.all([
    inbox.look(table, clock.now()),
    tenant.status === 'enabled' ? heldOptOuts(table, tenantId) : [],
  ]);
  await workload.add(due);
  if (!workload.hasWork && held.length === 0 && inbox.deletable.length === 0) {
    if (workload.board.size === 0) return undefined;
    // None of it may start yet: the wake-up that found this out may have been the last one.
    const nextAt = Math.min(workload.nextAt(clock.now()), await inbox.nextLater(table));
    await new Timers(table, clock).ensure(tenantId, nextAt);
    return undefined;
  }

  const lease = new Lease(deps, tenantId, before);
  const memory = await openMemory(deps, tenantId, before);
  const firefish = deps.openFirefish({
    ...{ tenantId, config, clock, table, fetch: deps.fetch, givenAt, ...memory },
    clientId: tenant.firefishClientId,
    clientSecret: tenant.firefishClientSecret,
    mayLeave: () => {
      lease.mayLeave();
    },
  });
  workload.waiting = (urgency) => firefish.waiting(urgency);
  const keeping = { deps, workload, inbox, firefish, before };
  const taken = await keptNow(keeping);
  try {
    await take(lease, taken);
  } catch (error) {
    await firefish.end();
    if (error instanceof TurnOverError) return undefined;
    throw error;
  }
  if (memory.crashed) deps.onWork?.({ tenantId, eventIds: [], error: new CrashedTurnError() });
  return workAndClose(new Turn({ ...keeping, lease, times, held, taken }), lease);
}

/** A take whose answer was lost is met by the second try. */
async function take(lease: Lease, taken: Parameters<Lease['save']>[0]): Promise<void> {
  await lease.save(taken).catch((error: unknown) => {
    if (error instanceof TurnOverError) throw error;
    return lease.save(taken);
  });
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
