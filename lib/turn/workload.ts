/** What a turn has loaded, and which of it may start next. */
import { failed, type Outcome } from '../events/event-item.ts';
import type { Clock } from '../clock.ts';
import { type Cipher, DecryptionError } from '../crypto/cipher.ts';
import { openContent } from '../events/event-content.ts';
import { isUrgent, type Urgency } from '../events/urgency.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { EVENT_RETENTION_SECONDS, TURN } from '../times.ts';
import type { EventHandler, EventHandlers } from './turn-context.ts';
import { type Entry, EventBoard, type Group } from './group-events.ts';
import type { Due } from './inbox.ts';
import { isOptOut } from '../plan/consent.ts';
import { DISABLED } from './finish-event.ts';
import { shortHash, type Suspect, type Suspects } from './turn-record.ts';

/** What the turn does with an event instead of working on it; `set aside`: it waits ten minutes, as a suspect. */
type Verdict = { kind: 'work' } | { kind: 'end'; outcome: Outcome } | { kind: 'set aside' };

/** Crashes of an event's turns. */
const SET_ASIDE_AFTER = 2;
const FAILS_AFTER = 3;

interface WorkloadDeps {
  cipher: Cipher;
  clock: Clock;
  handlers: EventHandlers;
}

export class Workload {
  readonly board = new EventBoard();
  /** Events whose content cannot be read: the turn ends them. */
  readonly unreadable: Due[] = [];
  readonly #suspects: Map<string, Suspect>;
  tenant: Tenant;
  /** Why calls of this urgency do not leave now (epoch milliseconds), if they do not. */
  waiting: (urgency: Urgency) => { until: number } | undefined = () => undefined;
  readonly #deps: WorkloadDeps;
  readonly #times: TurnTimes;
  readonly #startedAt: number;

  constructor(deps: WorkloadDeps, times: TurnTimes, tenant: Tenant, suspects: Suspects) {
    this.#deps = deps;
    this.#times = times;
    this.tenant = tenant;
    this.#suspects = new Map(Object.entries(suspects));
    this.#startedAt = deps.clock.now();
  }

  async add(due: readonly Due[]): Promise<void> {
    const { cipher, handlers } = this.#deps;
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
          this.unreadable.push({ id, item, urgency });
        }
      }),
    );
  }

  /** What is done with an event: the turn ends some by itself, in every state of Firefish. */
  verdict({ item, event, handler, hash }: Entry): Verdict {
    const since = item.replayedAt ?? item.receivedAt;
    const { status, disabledAt = -Infinity } = this.tenant;
    const isOver = status === 'disabled' || (since <= disabledAt && !isOptOut(event));
    if (handler.callsFirefish && isOver) return { kind: 'end', outcome: DISABLED };
    if (since + EVENT_RETENTION_SECONDS * 1000 < this.#deps.clock.now())
      return { kind: 'end', outcome: failed('expired') };
    const { crashes = 0, setAside } = this.#suspects.get(hash) ?? {};
    if (crashes >= FAILS_AFTER) return { kind: 'end', outcome: failed('crashed') };
    return { kind: crashes >= SET_ASIDE_AFTER && setAside !== true ? 'set aside' : 'work' };
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
    return this.unreadable.length > 0 || this.upcoming(1).length > 0 || this.nextInside() !== undefined;
  }

  /**
   * The groups that start next. Suspects come last, but not later than in the middle of a turn, and work alone.
   */
  upcoming(count: number): Group[] {
    const { inHand, ready } = this.board;
    // Work without calls to Firefish runs after a crash as before it.
    const isSuspect = ({ handler, hash }: Entry): boolean =>
      handler.callsFirefish && this.#suspects.has(hash);
    if ([...inHand].some(({ entries }) => entries.some(isSuspect))) return [];
    const hasSuspects = [...ready].some(isSuspect);
    const isLate = this.#deps.clock.now() - this.#startedAt > TURN.bulkUntilMs / 2;
    const others =
      hasSuspects && isLate ? [] : this.board.next(count, (one) => !isSuspect(one) && this.#may(one));
    if (others.length > 0 || !hasSuspects || inHand.size > 0) return others;
    return this.board.next(1, (one) => isSuspect(one) && this.#may(one));
  }

  /** Whether one more group may start: bulk has its places, and urgent work some beside them. */
  hasPlace(urgency: Urgency): boolean {
    const { inHand } = this.board;
    const bulk = [...inHand].filter(({ work }) => !isUrgent(work.urgency)).length;
    return isUrgent(urgency) ? inHand.size < TURN.bulkAtOnce + TURN.urgentAtOnce : bulk < TURN.bulkAtOnce;
  }

  /** When the first short wait inside the turn ends (epoch milliseconds). */
  nextInside(): number | undefined {
    const now = this.#deps.clock.now();
    const times = [...this.board.ready].flatMap((entry) => {
      const at = this.#startsAt(entry, now);
      const isInside = at <= now + TURN.waitInsideMs && at < this.#times.startUntil(entry.urgency);
      return at > now && isInside ? [at] : [];
    });
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** When a turn for work that is left should begin (epoch milliseconds). */
  nextAt(now: number): number {
    const { wakeEarlyMs } = TURN;
    return Math.min(...[...this.board.ready].map((one) => this.#startsAt(one, now, wakeEarlyMs)), Infinity);
  }

  #startsAt(entry: Entry, now: number, earlyMs = 0): number {
    const wait = this.#needsNoCalls(entry) ? undefined : this.waiting(entry.urgency);
    return Math.max(entry.notBefore, (wait?.until ?? now) - earlyMs, now);
  }

  #may(entry: Entry): boolean {
    const now = this.#deps.clock.now();
    if (entry.notBefore > now || now >= this.#times.startUntil(entry.urgency)) return false;
    return this.#needsNoCalls(entry) || this.waiting(entry.urgency) === undefined;
  }

  #needsNoCalls(entry: Entry): boolean {
    return !entry.handler.callsFirefish || this.verdict(entry).kind !== 'work';
  }
}

/** When a turn stops starting work, so that its last calls are answered and its record is closed in time. */
export interface TurnTimes {
  /** Epoch milliseconds. */
  startUntil(urgency: Urgency): number;
  /** No call may leave any more. */
  isUp(): boolean;
}

/** @param endsAt when the invocation ends (epoch milliseconds) */
export function turnTimes(clock: Clock, callTimeoutMs: number, endsAt: number): TurnTimes {
  const start = clock.now();
  const callsUntil = endsAt - callTimeoutMs - TURN.closingMs;
  const bulkUntil = Math.min(start + TURN.bulkUntilMs, callsUntil - TURN.lastBulkMs);
  const urgentUntil = Math.min(start + TURN.urgentUntilMs, callsUntil - TURN.lastUrgentMs);
  return {
    startUntil: (urgency) => (isUrgent(urgency) ? urgentUntil : bulkUntil),
    isUp: () => clock.now() >= callsUntil,
  };
}
