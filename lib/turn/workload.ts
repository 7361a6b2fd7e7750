/** What a turn has loaded, and which of it may start next. */
import type { Clock } from '../clock.ts';
import { type Cipher, DecryptionError } from '../crypto/cipher.ts';
import { openContent } from '../events/event-content.ts';
import { type Urgency, isUrgent } from '../events/urgency.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { EVENT_RETENTION_SECONDS, TURN } from '../times.ts';
import type { EventHandler, EventHandlers } from './event-handler.ts';
import { type Entry, EventBoard, type Group } from './group-events.ts';
import type { Verdict } from './group-work.ts';
import { isOptOut } from './held-opt-outs.ts';
import type { Due } from './inbox.ts';
import { DISABLED } from './outcomes.ts';
import { type Suspect, type Suspects, judge, shortHash } from './turn-record.ts';

export interface WorkloadDeps {
  cipher: Cipher;
  clock: Clock;
  handlers: EventHandlers;
  /** Why calls of this urgency do not leave now (epoch milliseconds), if they do not. */
  waiting: (urgency: Urgency) => { until: number } | undefined;
  /** Until when work of this urgency may start (epoch milliseconds). */
  startUntil: (urgency: Urgency) => number;
}

export class Workload {
  readonly board = new EventBoard();
  readonly #suspects: Map<string, Suspect>;
  tenant: Tenant;
  readonly #deps: WorkloadDeps;
  readonly #startedAt: number;

  constructor(deps: WorkloadDeps, tenant: Tenant, suspects: Suspects) {
    this.#deps = deps;
    this.tenant = tenant;
    this.#suspects = new Map(Object.entries(suspects));
    this.#startedAt = deps.clock.now();
  }

  /** Answers those whose content cannot be read. */
  async add(due: readonly Due[]): Promise<Due[]> {
    const { cipher, handlers } = this.#deps;
    const unreadable: Due[] = [];
    await Promise.all(
      due.map(async ({ id, item, urgency }) => {
        try {
          const event = await openContent(cipher, this.tenant.tenantId, item);
          // The table of handlers has the one for this type of content; TypeScript cannot follow that.
          const handler = handlers[event.type] as EventHandler;
          const names = handler.names(this.tenant, event);
          const hash = shortHash(id);
          this.board.add({ id, hash, item, event, handler, names, urgency, notBefore: 0 });
        } catch (error) {
          if (!(error instanceof DecryptionError)) throw error;
          unreadable.push({ id, item, urgency });
        }
      }),
    );
    return unreadable;
  }

  /** What is done with an event: the turn ends some by itself, in every state of Firefish. */
  verdict({ item, event, handler, hash }: Entry): Verdict {
    const since = item.replayedAt ?? item.receivedAt;
    const { status, disabledAt = -Infinity } = this.tenant;
    const isOver = status === 'disabled' || (since <= disabledAt && !isOptOut(event));
    if (handler.callsFirefish && isOver) return { kind: 'end', outcome: DISABLED };
    if (since + EVENT_RETENTION_SECONDS * 1000 < this.#deps.clock.now())
      return fails('waited 30 days for Firefish');
    const suspect = this.#suspects.get(hash);
    const judged = suspect === undefined ? 'work' : judge(suspect);
    if (judged === 'fail') return fails('its process ended each time');
    return { kind: judged };
  }

  /** It did not end its process. */
  forget(hash: string): void {
    this.#suspects.delete(hash);
  }

  setAside(hash: string): void {
    const suspect = this.#suspects.get(hash);
    if (suspect !== undefined) this.#suspects.set(hash, { ...suspect, setAside: true });
  }

  /** Suspects that the next turn must know of. */
  suspectsLeft(hasMore: boolean): Suspects {
    const isThere = hasMore || this.board.size > 0;
    return Object.fromEntries([...this.#suspects].filter(([, { setAside }]) => isThere || setAside === true));
  }

  /** Whether anything may start now, or after a short wait. */
  get hasWork(): boolean {
    return this.upcoming(1).length > 0 || this.nextInside() !== undefined;
  }

  /**
   * The groups that start next. Suspects come last, but not later than in the middle of a turn, and work alone.
   */
  upcoming(count: number): Group[] {
    const { board } = this;
    const inHand = [...board.inHand];
    if (inHand.some((group) => this.#isSuspect(group))) return [];
    const suspects = [...board.ready].some((entry) => this.#suspectOf(entry) !== undefined);
    const isLate = this.#deps.clock.now() - this.#startedAt > TURN.bulkUntilMs / 2;
    const others =
      suspects && isLate
        ? []
        : board.next(count, (entry) => this.#suspectOf(entry) === undefined && this.#may(entry));
    if (others.length > 0 || !suspects || inHand.length > 0) return others;
    return board.next(1, (entry) => this.#suspectOf(entry) !== undefined && this.#may(entry));
  }

  /** When the first short wait inside the turn ends (epoch milliseconds). */
  nextInside(): number | undefined {
    const now = this.#deps.clock.now();
    const times = [...this.board.ready]
      .map((entry) => ({ entry, at: this.#startsAt(entry, now) }))
      .filter(
        ({ entry, at }) =>
          at > now && at <= now + TURN.waitInsideMs && at < this.#deps.startUntil(entry.urgency),
      )
      .map(({ at }) => at);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** When a turn for work that is left should begin (epoch milliseconds). */
  nextAt(now: number): number {
    const { wakeEarlyMs } = TURN;
    return Math.min(...[...this.board.ready].map((one) => this.#startsAt(one, now, wakeEarlyMs)), Infinity);
  }

  #startsAt(entry: Entry, now: number, earlyMs = 0): number {
    const wait = this.#needsNoCalls(entry) ? undefined : this.#deps.waiting(entry.urgency);
    return Math.max(entry.notBefore, (wait?.until ?? now) - earlyMs, now);
  }

  #may(entry: Entry): boolean {
    const now = this.#deps.clock.now();
    if (entry.notBefore > now || now >= this.#deps.startUntil(entry.urgency)) return false;
    return this.#needsNoCalls(entry) || this.#deps.waiting(entry.urgency) === undefined;
  }

  #needsNoCalls(entry: Entry): boolean {
    return !entry.handler.callsFirefish || this.verdict(entry).kind !== 'work';
  }

  /** Work without calls to Firefish runs after a crash as before it. */
  #suspectOf({ handler, hash }: Entry): Suspect | undefined {
    return handler.callsFirefish ? this.#suspects.get(hash) : undefined;
  }

  #isSuspect({ entries }: Group): boolean {
    return entries.some((entry) => this.#suspectOf(entry) !== undefined);
  }
}

const fails = (reason: string): Verdict => ({
  kind: 'end',
  outcome: { state: 'failed', reason, actions: [], notes: [] },
});

/** How many more groups may start: bulk has its places, and urgent work some beside them. */
export function hasPlace(board: EventBoard, urgency: Urgency): boolean {
  const urgent = board.urgentInHand();
  const bulk = board.inHand.size - urgent;
  return isUrgent(urgency) ? urgent + bulk < TURN.bulkAtOnce + TURN.urgentAtOnce : bulk < TURN.bulkAtOnce;
}

/** When a turn stops starting work, so that its last calls are answered and its record is closed in time. */
export interface TurnTimes {
  /** Epoch milliseconds. */
  startUntil(urgency: Urgency): number;
  /** No call may leave any more. */
  isUp(): boolean;
}

/** @param remainingMs of the invocation */
export function turnTimes(clock: Clock, callTimeoutMs: number, remainingMs: () => number): TurnTimes {
  const start = clock.now();
  const callsUntil = start + remainingMs() - callTimeoutMs - TURN.closingMs;
  const bulkUntil = Math.min(start + TURN.bulkUntilMs, callsUntil - TURN.lastBulkMs);
  const urgentUntil = Math.min(start + TURN.urgentUntilMs, callsUntil - TURN.lastUrgentMs);
  return {
    startUntil: (urgency) => (isUrgent(urgency) ? urgentUntil : bulkUntil),
    isUp: () => remainingMs() <= callTimeoutMs + TURN.closingMs,
  };
}
