/**
 * The shared limiter of one tenant's endpoint.
 *
 * Never over the limit, for any interleaving of instances: a call leaves no earlier, in shared time, than a
 * window's length after the latest instant at which the call N places before it can have left, and places are
 * given by conditional writes of one item. A place is written down before it is used, at the latest instant
 * at which it may be; one that was missed is given up, not used late.
 *
 * Callers of one instance that wait together take their places in one write. Whoever would have to wait
 * longer than it may takes no place and learns when it would have been.
 */
import type { RateLimit } from '../config.ts';
import { Arrivals } from './arrivals.ts';
import { LimiterCopy, type LimiterCopyDeps, type View } from './limiter-copy.ts';
import { add, earliest } from './windows.ts';

/** A call may not wait as long as it would have to. Instants are this clock's. */
export class LimitedError extends Error {
  override name = 'LimitedError';
  /** When its place would be, behind those who were told so before it. */
  readonly at: number;
  /** When the next place of all is. */
  readonly opensAt: number;
  constructor(at: number, opensAt: number) {
    super('the earliest permitted instant is too far away');
    this.at = at;
    this.opensAt = opensAt;
  }
}

interface Caller {
  /** This clock's instant after which the call must not leave. */
  startBy: number;
  leave: (answered: () => void) => void;
  refuse: (error: unknown) => void;
}

/** By this clock: the call leaves from then on, and not after that. */
interface Place {
  caller: Caller;
  from: number;
  leaveBy: number;
}

/** How long after its instant a place can still be used; grows while writes take longer than that. */
const MIN_ALLOWANCE_MS = 100;
const MAX_ALLOWANCE_MS = 2000;
/** Sleeps are whole milliseconds. */
const ROUNDING_MS = 2;
const FIRST_BACKOFF_MS = 30;
const MAX_BACKOFF_MS = 300;
/** While a call's leaving depends on answers that are still to come, it looks for them this often. */
const LOOK_FOR_ANSWERS_MS = 10;

export class EndpointLimiter {
  readonly #deps: LimiterCopyDeps;
  readonly #copy: LimiterCopy;
  readonly #arrivals: Arrivals;
  readonly #waiting: Caller[] = [];
  #allowanceMs = MIN_ALLOWANCE_MS;
  #running = false;

  constructor(deps: LimiterCopyDeps & { limits: readonly RateLimit[] }, endpoint: string) {
    this.#deps = deps;
    this.#copy = new LimiterCopy(deps, endpoint);
    this.#arrivals = new Arrivals(deps.limits, deps.clock);
  }

  /**
   * Ends when the call may leave, at once, with what is to be called when its answer is there.
   * @throws LimitedError where that is after `startBy` (this clock's instant)
   */
  acquire(startBy: number): Promise<() => void> {
    return new Promise((leave, refuse) => {
      this.#waiting.push({ startBy, leave, refuse });
      void this.#run();
    });
  }

  timeKnown(): [era: number, earliest: number] | undefined {
    return this.#copy.timeKnown();
  }

  /** No call leaves for so long, whatever the instance: Firefish has said so. */
  async block(milliseconds: number): Promise<void> {
    for (let round = 0; !(await this.#copy.block(milliseconds)); round += 1) await this.#backOff(round);
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      // Callers that begin together share one write.
      await Promise.resolve();
      for (let round = 0; this.#waiting.length > 0; round += 1) {
        if (await this.#serve()) round = 0;
        else await this.#backOff(round);
      }
    } catch (error) {
      for (const caller of this.#waiting.splice(0)) caller.refuse(error);
    } finally {
      this.#running = false;
    }
  }

  /** Gives everybody who waits a place or a refusal; `false` where another instance was faster. */
  async #serve(): Promise<boolean> {
    const view = await this.#copy.look();
    const { places, refused } = this.#plan(view, this.#waiting.splice(0));
    this.#tell(refused, view);
    if (places.length === 0) return true;
    let version: number | undefined;
    try {
      version = await this.#copy.letGo(places.map(({ leaveBy }) => leaveBy));
    } finally {
      // Also where the table failed: whoever waits must hear of it.
      if (version === undefined) this.#waiting.unshift(...places.map(({ caller }) => caller));
    }
    if (version === undefined) return false;
    for (const place of places) void this.#leave(place, version);
    return true;
  }

  /** Adds to the view what it gives. */
  #plan(view: View, callers: readonly Caller[]): { places: Place[]; refused: Caller[] } {
    const places: Place[] = [];
    const refused: Caller[] = [];
    for (const caller of callers) {
      const from = this.#next(view);
      if (from + ROUNDING_MS > caller.startBy) {
        refused.push(caller);
      } else {
        const leaveBy = Math.max(from + this.#allowance(), places.at(-1)?.leaveBy ?? 0);
        add(view.runs, leaveBy);
        places.push({ caller, from, leaveBy });
      }
    }
    return { places, refused };
  }

  /** Tells the refused the instants that would be theirs now, one after the other: they shall not all return at once. */
  #tell(refused: readonly Caller[], view: View): void {
    const opensAt = this.#next(view);
    for (const caller of refused) {
      const from = this.#next(view);
      add(view.runs, from + this.#allowance());
      caller.refuse(new LimitedError(from, opensAt));
    }
  }

  /** The earliest permitted instant. */
  #next({ runs, blockedUntil }: View): number {
    return earliest(runs, this.#deps.windows, Math.max(this.#deps.clock.now(), blockedUntil));
  }

  /** No shorter than answers take: else the next would find its place before the answer that it waits for. */
  #allowance(): number {
    return Math.max(this.#allowanceMs, this.#arrivals.slowestMs);
  }

  async #leave({ caller, from, leaveBy }: Place, version: number): Promise<void> {
    const { clock } = this.#deps;
    for (let wait = from - clock.now(); wait > 0; wait = from - clock.now())
      await clock.sleep(Math.ceil(wait));
    const mayLeave = (): boolean =>
      clock.now() <= leaveBy && clock.now() <= caller.startBy && !this.#copy.isBlocked();
    while (mayLeave()) {
      if (this.#arrivals.opensAt() > clock.now()) {
        await clock.sleep(LOOK_FOR_ANSWERS_MS);
        continue;
      }
      this.#allowanceMs = Math.max(MIN_ALLOWANCE_MS, this.#allowanceMs * 0.95);
      caller.leave(this.#arrivals.leave());
      return;
    }
    this.#allowanceMs = Math.min(MAX_ALLOWANCE_MS, this.#allowanceMs * 2);
    this.#copy.giveBack(version);
    this.#waiting.push(caller);
    void this.#run();
  }

  #backOff(round: number): Promise<void> {
    const ceiling = Math.min(FIRST_BACKOFF_MS * 2 ** round, MAX_BACKOFF_MS);
    return this.#deps.clock.sleep(Math.ceil(ceiling * this.#deps.random()));
  }
}
