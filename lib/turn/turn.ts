/** One turn while it holds the lease: starts groups, looks for more work, saves, and closes. */
import type { TenantId, EventId } from '../ids.ts';
import { openContent } from '../events/event-content.ts';
import { readOtherCalls, type TenantWait } from '../firefish/tenant-firefish.ts';
import { Timers } from '../queue/timers.ts';
import { eventIdOfKey } from '../store/sync-keys.ts';
import type { Table } from '../store/table.ts';
import { CLOCK_SKEW_MS, TIMER, TURN } from '../times.ts';
import { type Finishing, finishAgain, finishEvent } from './finish-event.ts';
import type { Group } from './group-events.ts';
import { type Settling, workOnGroup } from './group-work.ts';
import { reopenHeld } from './held-opt-outs.ts';
import type { Due } from './inbox.ts';
import { type Keeping, keptAtEnd, keptNow } from './keep-record.ts';
import { type Kept, type Lease, guardedTable } from './lease.ts';
import { createLocks } from './locks.ts';
import { Alarm, Saver } from './saver.ts';
import type { InstanceDeps } from './sync-deps.ts';
import { type TurnContext, TurnOverError } from './turn-context.ts';
import { type TurnTimes, hasPlace } from './workload.ts';

export interface TurnParts extends Keeping {
  deps: InstanceDeps;
  lease: Lease;
  times: TurnTimes;
  unreadable: Due[];
  /** Ids of opt-outs that ended since the tenant was disabled; it is enabled now. */
  held: EventId[];
  /** What the lease was taken with: groups that it announces may start. */
  taken: Kept;
}

export interface Left {
  /** Events that ended or moved. */
  progress: number;
  /** When work that is left is due (epoch milliseconds). */
  nextAt: number | undefined;
  /** A wake-up for it is on its way already. */
  isExpected: boolean;
}

/** This many looks in a row may fail before the turn gives up. */
const MOST_FAILED_LOOKS = 3;

export class Turn {
  readonly #parts: TurnParts;
  readonly #alarm: Alarm;
  readonly #context: TurnContext;
  readonly #table: Table;
  readonly #timers: Timers;
  readonly #ended = new Set<string>();
  readonly #working = new Set<Promise<void>>();
  #saver: Saver | undefined;
  #announced: ReadonlySet<string>;
  #failedLooks = 0;
  #nextLook: number;
  #nextTenant: number;
  /** The last look found nothing, and nothing has happened since. */
  #isIdle = false;
  #progress = 0;
  #movedUntil = Infinity;
  /** Another turn must begin with new credentials. */
  #isOutdated = false;

  constructor(parts: TurnParts) {
    this.#parts = parts;
    const { deps, lease } = parts;
    this.#alarm = new Alarm(deps.clock);
    this.#table = guardedTable(deps.table, () => {
      lease.check();
    });
    this.#timers = new Timers(deps.table, deps.clock);
    this.#announced = new Set(parts.taken.announced);
    this.#nextLook = deps.clock.now() + TURN.readInboxEveryMs;
    this.#nextTenant = deps.clock.now() + TURN.readTenantEveryMs;
    this.#context = this.#makeContext();
  }

  /** Works until nothing is left that may start, or time is up. @throws what makes the turn end early */
  async run(): Promise<void> {
    const { lease, deps, unreadable, held, workload, times } = this.#parts;
    this.#saver = new Saver({
      ...{ lease, clock: deps.clock, kept: () => this.#kept() },
      onSaved: async (kept) => {
        this.#announced = new Set(kept.announced);
        this.#alarm.ring();
        await this.#ensureTimer();
      },
      onError: (error) => {
        this.#report(error);
      },
    });
    await this.#ensureTimer();
    for (const due of unreadable) await this.#finishUnreadable(due);
    await reopenHeld(this.#context, held);
    if (held.length > 0) await this.#look();
    for (;;) {
      lease.check();
      const now = deps.clock.now();
      if (now >= this.#nextTenant) await this.#readTenant();
      if (now >= this.#nextLook) await this.#look();
      const mayStart = !this.#isOutdated && !times.isUp();
      const isSaving = mayStart && this.#start();
      const inside = mayStart ? workload.nextInside() : undefined;
      if (times.isUp()) break;
      if (workload.board.inHand.size > 0 || inside !== undefined || isSaving) {
        await this.#alarm.wait(Math.min(this.#nextLook, this.#nextTenant, inside ?? Infinity) - now);
      } else if (this.#isIdle || !mayStart) break;
      else await this.#look();
    }
  }

  /** Ends all that the turn started, and writes `closed`. Answers what is left for the next one. */
  async close(): Promise<Left> {
    const { deps, lease, inbox, before, firefish } = this.#parts;
    // Calls that wait in line end now; those in flight are answered.
    await firefish.end();
    // Work that does not end by itself meets the guard as soon as the record is closed.
    const patience = new AbortController();
    await Promise.race([
      Promise.all(this.#working).finally(() => {
        patience.abort();
      }),
      deps.clock.sleep(TURN.closingMs / 2, patience.signal),
    ]);
    await this.#saver?.stop();
    await inbox.flush(this.#table).catch((error: unknown) => {
      this.#report(error);
    });
    const now = deps.clock.now();
    const laterAt = await inbox.nextLater(this.#table).catch((error: unknown) => {
      this.#report(error);
      return this.#movedUntil;
    });
    const nextAt = this.#nextAt(now, laterAt);
    const expectedAt = before?.wakeAt ?? -Infinity;
    const isExpected = nextAt !== undefined && expectedAt > now && expectedAt <= nextAt + 1_000;
    if (nextAt !== undefined && !isExpected) await this.#timers.ensure(this.#tenantId, Math.max(nextAt, now));
    for (const wait of new Map(this.#waits.map((one) => [one.reason, one])).values()) {
      deps.onWork?.({ tenantId: this.#tenantId, eventIds: [], wait });
    }
    const wakeAt = isExpected ? expectedAt : nextAt !== undefined && nextAt > now ? nextAt : undefined;
    await lease.close(await keptAtEnd(this.#parts, now, wakeAt));
    const wait = firefish.waiting(3);
    if (nextAt !== undefined && wait !== undefined)
      deps.onWork?.({ tenantId: this.#tenantId, eventIds: [], wait });
    return { progress: this.#progress, nextAt, isExpected };
  }

  /** For a turn that could not close: nothing that it started continues. */
  async abandon(): Promise<void> {
    this.#parts.lease.endTurn();
    await Promise.allSettled([this.#parts.firefish.end(), this.#saver?.stop(), ...this.#working]);
  }

  /** Why work of the whole tenant waits. */
  get #waits(): TenantWait[] {
    const { workload, firefish } = this.#parts;
    const urgencies = new Set([...workload.board.ready].map(({ urgency }) => urgency));
    return [...urgencies].flatMap((urgency) => firefish.waiting(urgency) ?? []);
  }

  get #tenantId(): TenantId {
    return this.#context.tenant.tenantId;
  }

  /**
   * Starts what may start and has a place. Only what the record announces starts.
   * @returns whether groups wait to be announced
   */
  #start(): boolean {
    const { workload } = this.#parts;
    let isSaving = false;
    for (const group of workload.upcoming(TURN.announcedAhead)) {
      if (!hasPlace(workload.board, group.work.urgency)) continue;
      if (group.entries.every(({ hash }) => this.#announced.has(hash))) this.#startGroup(group);
      else isSaving = true;
    }
    if (isSaving) this.#saver?.saveSoon();
    return isSaving;
  }

  #startGroup(group: Group): void {
    const { workload } = this.#parts;
    this.#isIdle = false;
    workload.board.take(group);
    const work = workOnGroup(this.#settling, group).then((open) => {
      workload.board.release(group, open);
      for (const { id, hash } of group.entries) if (this.#ended.has(id)) workload.forget(hash);
      this.#alarm.ring();
    });
    this.#working.add(work);
    void work.finally(() => this.#working.delete(work));
  }

  get #settling(): Settling {
    const { deps, workload, inbox } = this.#parts;
    return {
      context: this.#context,
      judge: (entry) => workload.verdict(entry),
      onSetAside: ({ hash }) => {
        workload.setAside(hash);
      },
      hasEnded: (id) => this.#ended.has(id),
      onMoved: (id, until) => {
        this.#progress += 1;
        this.#movedUntil = Math.min(this.#movedUntil, until);
        inbox.settled(id);
      },
      onWork: deps.onWork,
    };
  }

  async #look(): Promise<void> {
    const { inbox, deps, workload, firefish } = this.#parts;
    this.#nextLook = deps.clock.now() + TURN.readInboxEveryMs;
    try {
      await inbox.flush(this.#table);
      const [due, others] = await Promise.all([
        inbox.look(this.#table, deps.clock.now()),
        readOtherCalls(this.#table, this.#tenantId),
      ]);
      firefish.others(others);
      // An event that ended in this turn may have been replayed in it.
      for (const { id } of due) this.#ended.delete(id);
      for (const unreadable of await workload.add(due)) await this.#finishUnreadable(unreadable);
      this.#isIdle = due.length === 0;
      this.#failedLooks = 0;
    } catch (error) {
      this.#failedLooks += 1;
      if (this.#failedLooks >= MOST_FAILED_LOOKS) throw error;
      this.#report(error);
    }
  }

  async #readTenant(): Promise<void> {
    const { deps, workload } = this.#parts;
    this.#nextTenant = deps.clock.now() + TURN.readTenantEveryMs;
    try {
      const tenant = await deps.loadTenant(this.#tenantId, 'now');
      if (tenant?.firefishGivenAt !== workload.tenant.firefishGivenAt) this.#isOutdated = true;
      // What is in hand ends with the credentials that its calls leave with.
      else workload.tenant = tenant;
    } catch (error) {
      this.#report(error);
    }
  }

  async #finishUnreadable({ item }: Due): Promise<void> {
    const reason = 'its content cannot be decrypted';
    await this.#context.finish(item, { state: 'failed', reason, actions: [], notes: [] });
  }

  /** A timer row outlives the lease, should this process end. */
  #ensureTimer(): Promise<void> {
    const at = this.#parts.lease.end + CLOCK_SKEW_MS;
    return this.#timers
      .ensure(this.#tenantId, at, { latestAt: at + TIMER.sweepEveryMs })
      .catch((error: unknown) => {
        this.#report(error);
      });
  }

  #kept(): Promise<Kept> {
    return keptNow(this.#parts);
  }

  /** @param laterAt when the first event is due that waits alone: an earlier turn may have put it off */
  #nextAt(now: number, laterAt: number): number | undefined {
    const { workload, inbox } = this.#parts;
    const opensAt = this.#parts.firefish.waiting(3)?.until ?? now;
    const bulk = inbox.hasMore ? Math.max(now, opensAt - TURN.wakeEarlyMs) : Infinity;
    const at = Math.min(workload.nextAt(now), inbox.absentUntil ?? Infinity, bulk, laterAt);
    return at === Infinity ? undefined : at;
  }

  #report(error: unknown): void {
    if (!(error instanceof TurnOverError)) {
      this.#parts.deps.onWork?.({ tenantId: this.#tenantId, eventIds: [], error });
    }
  }

  #makeContext(): TurnContext {
    const { deps, lease, firefish, workload, inbox, times } = this.#parts;
    const { cipher, documents, clock, random, newId, onEnded } = deps;
    const table = this.#table;
    const finishing: Finishing = { ...{ table, cipher, clock, onEnded }, tenantId: workload.tenant.tenantId };
    const onFinished = ({ pk }: { pk: string }): void => {
      const id = eventIdOfKey(finishing.tenantId, pk);
      this.#progress += 1;
      this.#ended.add(id);
      workload.board.remove(id);
      inbox.settled(id);
    };
    return {
      get tenant() {
        return workload.tenant;
      },
      ...{ table, cipher, documents, clock, random, newId },
      callTimeoutMs: deps.config.FIREFISH_TIMEOUT_MS,
      locks: createLocks(lease.signal),
      deadline: times.startUntil(4),
      check: () => {
        lease.check();
      },
      firefish: (work) => firefish.for(work),
      finish: async (item, outcome) => {
        await finishEvent(finishing, item, outcome);
        onFinished(item);
      },
      finishAgain: (item, outcome) => finishAgain(finishing, item, outcome),
      contentOf: async ({ pk, sk, content }) =>
        content === undefined ? undefined : openContent(cipher, finishing.tenantId, { pk, sk, content }),
    };
  }
}
