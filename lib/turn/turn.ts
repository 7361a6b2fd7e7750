/** One turn while it holds the lease: starts groups, looks for more work, saves, and closes. */
import type { EventId, TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { DocumentFiles } from '../documents/document-files.ts';
import { failed } from '../events/event-item.ts';
import { readOtherCalls } from '../firefish/preview-budget.ts';
import type { TenantFirefish, TenantFirefishDeps } from '../firefish/tenant-firefish.ts';
import { Timers } from '../queue/timers.ts';
import type { WakeUps } from '../queue/wake-ups.ts';
import { eventIdOfKey } from '../store/sync-keys.ts';
import type { Table } from '../store/table.ts';
import type { LoadTenant } from '../tenants/load-tenant.ts';
import { CLOCK_SKEW_MS, TIMER, TURN } from '../times.ts';
import { TurnOverError } from '../turn-over-error.ts';
import { type Ended, finishAgain, finishEvent, type Finishing } from './finish-event.ts';
import type { Group } from './group-events.ts';
import { type Settling, workOnGroup } from './group-work.ts';
import { Alarm, guardedTable, type Lease } from './lease.ts';
import { createLocks } from './locks.ts';
import { reopenHeld } from './reopen.ts';
import type { WorkReport } from './report-work.ts';
import type { EventHandlers, TurnContext } from './turn-context.ts';
import { type Keeping, type Kept, keptAtEnd, keptNow } from './turn-record.ts';
import type { TurnTimes } from './workload.ts';

/** What the sync works with. Time, ids and the network come in here, so that tests control them. */
export interface SyncDeps {
  table: Table;
  wakeUps: WakeUps;
  cipher: Cipher;
  documents: DocumentFiles;
  clock: Clock;
  newId: () => string;
  loadTenant: LoadTenant;
  config: FirefishConfig;
  fetch: typeof fetch;
  handlers: EventHandlers;
  openFirefish: (deps: TenantFirefishDeps) => TenantFirefish;
  /** Told of each event that has ended, for logs and metrics. */
  onEnded?: (ended: Ended) => void;
  /** Told of what waits, of errors and of crashes, for logs and metrics. */
  onWork?: (report: WorkReport) => void;
}

/** One process, which has one clock. */
export interface InstanceDeps extends SyncDeps {
  /** Names it in the turn record. */
  instance: string;
}

interface TurnParts extends Keeping {
  deps: InstanceDeps;
  lease: Lease;
  times: TurnTimes;
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
}

export class Turn {
  readonly #parts: TurnParts;
  readonly #alarm: Alarm;
  readonly #context: TurnContext;
  readonly #settling: Settling;
  readonly #table: Table;
  readonly #timers: Timers;
  readonly #ended = new Set<EventId>();
  readonly #working = new Set<Promise<void>>();
  readonly #saveAlarm: Alarm;
  /** Ends once the turn closes. */
  #saving: Promise<void> | undefined;
  #isClosing = false;
  #announced: ReadonlySet<string>;
  #nextLook: number;
  #nextTenant: number;
  /** The last look found nothing, and nothing has happened since. */
  #isIdle = false;
  #progress = 0;
  /** Another turn must begin with new credentials. */
  #isOutdated = false;
  readonly #report = (error: unknown): void => {
    if (!(error instanceof TurnOverError))
      this.#parts.deps.onWork?.({ tenantId: this.#tenantId, eventIds: [], error });
  };

  constructor(parts: TurnParts) {
    this.#parts = parts;
    const { deps, lease } = parts;
    this.#alarm = new Alarm(deps.clock);
    this.#saveAlarm = new Alarm(deps.clock);
    this.#table = guardedTable(deps.table, () => {
      lease.check();
    });
    this.#timers = new Timers(deps.table, deps.clock);
    this.#announced = new Set(parts.taken.announced);
    this.#nextLook = deps.clock.now() + TURN.readInboxEveryMs;
    this.#nextTenant = deps.clock.now() + TURN.readTenantEveryMs;
    this.#context = this.#makeContext();
    this.#settling = this.#makeSettling();
  }

  /** Works until nothing is left that may start, or time is up. @throws what makes the turn end early */
  async run(): Promise<void> {
    const { lease, deps, held, workload, times, firefish } = this.#parts;
    this.#saving = this.#keepSaving();
    await this.#ensureTimer();
    // Read once the lease is taken: calls beside the turn leave faster while no turn is open.
    firefish.others(await readOtherCalls(this.#table, this.#tenantId));
    await this.#finishUnreadable();
    await reopenHeld(this.#context, held);
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
    const { deps, lease, inbox, firefish } = this.#parts;
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
    await this.#stopSaving();
    await inbox.flush(this.#table).catch(this.#report);
    const now = deps.clock.now();
    const laterAt = await inbox.nextLater(this.#table).catch((error: unknown) => {
      this.#report(error);
      return now;
    });
    const nextAt = this.#nextAt(now, laterAt);
    const kept = await keptAtEnd(this.#parts, now);
    if (nextAt !== undefined) {
      await this.#timers.ensure(this.#tenantId, Math.max(nextAt, now));
      this.#reportWaits(kept);
    }
    await lease.close(kept);
    return { progress: this.#progress, nextAt };
  }

  /** For a turn that could not close: nothing that it started continues. */
  async abandon(): Promise<void> {
    this.#parts.lease.endTurn();
    await Promise.allSettled([this.#parts.firefish.end(), this.#stopSaving(), ...this.#working]);
  }

  /** Why work of the whole tenant waits, each reason once. */
  #reportWaits({ waits }: Kept): void {
    for (const wait of new Map(Object.values(waits).map((one) => [one.reason, one])).values())
      this.#parts.deps.onWork?.({ tenantId: this.#tenantId, eventIds: [], wait });
  }

  get #tenantId(): TenantId {
    return this.#parts.workload.tenant.tenantId;
  }

  /**
   * Starts what may start and has a place. Only what the record announces starts.
   * @returns whether groups wait to be announced
   */
  #start(): boolean {
    const { workload } = this.#parts;
    let isSaving = false;
    for (const group of workload.upcoming(TURN.announcedAhead)) {
      if (!workload.hasPlace(group.work.urgency)) continue;
      if (group.entries.every(({ hash }) => this.#announced.has(hash))) this.#startGroup(group);
      else isSaving = true;
    }
    if (isSaving) this.#saveAlarm.ring();
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

  async #look(): Promise<void> {
    const { inbox, deps, workload, firefish } = this.#parts;
    this.#nextLook = deps.clock.now() + TURN.readInboxEveryMs;
    await inbox.flush(this.#table);
    const [due, others] = await Promise.all([
      inbox.look(this.#table, deps.clock.now()),
      readOtherCalls(this.#table, this.#tenantId),
    ]);
    firefish.others(others);
    // An event that ended in this turn may have been replayed in it.
    for (const { id } of due) this.#ended.delete(id);
    await workload.add(due);
    await this.#finishUnreadable();
    this.#isIdle = due.length === 0;
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

  async #finishUnreadable(): Promise<void> {
    for (const { item } of this.#parts.workload.unreadable.splice(0))
      await this.#context.finish(item, failed('unreadable'));
  }

  /** A timer row outlives the lease, should this process end. */
  #ensureTimer(): Promise<void> {
    const at = this.#parts.lease.end + CLOCK_SKEW_MS;
    const latestAt = at + TIMER.sweepEveryMs;
    return this.#timers.ensure(this.#tenantId, at, { latestAt }).catch(this.#report);
  }

  /** Every few seconds, and earlier where groups wait to be announced. */
  async #keepSaving(): Promise<void> {
    let pause: number = TURN.saveEveryMs;
    for (;;) {
      await this.#saveAlarm.wait(pause);
      if (this.#isClosing || this.#parts.lease.signal.aborted) return;
      try {
        await this.#save();
        pause = TURN.saveEveryMs;
      } catch (error) {
        if (error instanceof TurnOverError) return;
        this.#report(error);
        pause = TURN.saveAgainMs;
      }
    }
  }

  /** Waits for the save under way. */
  async #stopSaving(): Promise<void> {
    this.#isClosing = true;
    this.#saveAlarm.ring();
    await this.#saving;
  }

  async #save(): Promise<void> {
    const kept = await keptNow(this.#parts);
    await this.#parts.lease.save(kept);
    this.#announced = new Set(kept.announced);
    this.#alarm.ring();
    await this.#ensureTimer();
  }

  /** @param laterAt when the first event is due that waits alone: an earlier turn may have put it off */
  #nextAt(now: number, laterAt: number): number | undefined {
    const { workload, inbox, firefish } = this.#parts;
    const opensAt = firefish.waiting(3)?.until ?? now;
    const bulk = inbox.hasMore ? Math.max(now, opensAt - TURN.wakeEarlyMs) : Infinity;
    const at = Math.min(workload.nextAt(now), inbox.absentUntil ?? Infinity, bulk, laterAt);
    return at === Infinity ? undefined : at;
  }

  #makeSettling(): Settling {
    const { deps, workload, inbox } = this.#parts;
    return {
      ...{ context: this.#context, workload, onWork: deps.onWork },
      hasEnded: (id) => this.#ended.has(id),
      onMoved: (id) => {
        this.#progress += 1;
        inbox.settled(id);
      },
    };
  }

  #makeContext(): TurnContext {
    const { deps, lease, firefish, workload, inbox, times } = this.#parts;
    const { cipher, documents, clock, onEnded } = deps;
    const { tenantId } = workload.tenant;
    const table = this.#table;
    const finishing: Finishing = { table, cipher, clock, onEnded, tenantId };
    return {
      get tenant() {
        return workload.tenant;
      },
      ...{ table, cipher, documents, clock },
      callTimeoutMs: deps.config.FIREFISH_TIMEOUT_MS,
      locks: createLocks(lease.signal),
      deadline: times.startUntil(4),
      firefish: (work) => firefish.for(work),
      finish: async (item, outcome) => {
        await finishEvent(finishing, item, outcome);
        const id = eventIdOfKey(tenantId, item.pk);
        this.#progress += 1;
        this.#ended.add(id);
        workload.board.remove(id);
        inbox.settled(id);
      },
      finishAgain: (item, outcome) => finishAgain(finishing, item, outcome),
    };
  }
}
