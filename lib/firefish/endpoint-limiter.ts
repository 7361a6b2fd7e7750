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
import { LimiterCopy, type LimiterCopyDeps } from './limiter-copy.ts';
import type { LimiterState } from './limiter-item.ts';
import { add, earliest, type Run } from './windows.ts';

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
  leave: () => void;
  refuse: (error: unknown) => void;
}

interface Place {
  caller: Caller;
  /** Shared time, and the era that it belongs to: the call leaves from then on … */
  from: number;
  era: number;
  /** … and by this clock's instant at the latest. */
  leaveBy: number;
}

/** How long after its instant a place can still be used; grows while writes take longer than that. */
const MIN_ALLOWANCE_MS = 100;
const MAX_ALLOWANCE_MS = 2000;
/** Sleeps are whole milliseconds. */
const ROUNDING_MS = 2;
const FIRST_BACKOFF_MS = 10;
const MAX_BACKOFF_MS = 160;

const copy = (runs: readonly Run[]): Run[] => runs.map(([at, count]) => [at, count]);

export class EndpointLimiter {
  readonly #deps: LimiterCopyDeps;
  readonly #copy: LimiterCopy;
  readonly #waiting: Caller[] = [];
  #allowanceMs = MIN_ALLOWANCE_MS;
  #running = false;
  #places = 0;

  constructor(deps: LimiterCopyDeps, endpoint: string) {
    this.#deps = deps;
    this.#copy = new LimiterCopy(deps, endpoint);
  }

  /** Ends when the call may leave, at once. @throws LimitedError where that is after `startBy` (this clock's instant) */
  acquire(startBy: number): Promise<void> {
    return new Promise((leave, refuse) => {
      this.#waiting.push({ startBy, leave, refuse });
      void this.#run();
    });
  }

  /** No call leaves for so long, whatever the instance: Firefish has said so. */
  async block(milliseconds: number): Promise<void> {
    for (let round = 0; ; round += 1) {
      const state = await this.#copy.state();
      const until = Math.ceil(this.#copy.time.latest() + milliseconds);
      if (state.blockedUntil >= until) return;
      if (await this.#copy.write({ ...state, blockedUntil: until }, [])) return;
      await this.#backOff(round);
    }
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
    const state = this.#places === 0 ? await this.#copy.renewed() : await this.#copy.state();
    const planned = { ...state, runs: copy(state.runs) };
    const given = this.#plan(planned, this.#waiting.splice(0));
    this.#tell(given.refused, planned);
    if (given.places.length === 0) return true;
    let written = false;
    try {
      written = await this.#copy.write(state, given.untils);
    } finally {
      // Also where the table failed: whoever waits must hear of it.
      if (!written) this.#waiting.unshift(...given.places.map(({ caller }) => caller));
    }
    if (!written) return false;
    this.#places += given.places.length;
    for (const place of given.places) void this.#leave(place);
    return true;
  }

  /** Adds to the state's runs what it gives; `untils` are the instants that are written down. */
  #plan(
    state: LimiterState & { runs: Run[] },
    callers: readonly Caller[],
  ): { places: Place[]; untils: number[]; refused: Caller[] } {
    const { time } = this.#copy;
    const toClock = this.#deps.clock.now() - time.earliest();
    const places: Place[] = [];
    const untils: number[] = [];
    const refused: Caller[] = [];
    for (const caller of callers) {
      const from = this.#next(state);
      if (from + toClock + ROUNDING_MS > caller.startBy) {
        refused.push(caller);
        continue;
      }
      const until = Math.max(from + this.#allowanceMs, untils.at(-1) ?? 0);
      add(state.runs, until + time.uncertainty());
      untils.push(until);
      places.push({ caller, from, era: state.era, leaveBy: until + toClock });
    }
    return { places, untils, refused };
  }

  /** Tells the refused the instants that would be theirs now, one after the other: they shall not all return at once. */
  #tell(refused: readonly Caller[], state: LimiterState): void {
    const imagined = { ...state, runs: copy(state.runs) };
    const toClock = this.#deps.clock.now() - this.#copy.time.earliest();
    const opensAt = this.#next(state) + toClock;
    for (const caller of refused) {
      const from = this.#next(imagined);
      add(imagined.runs, from + this.#allowanceMs);
      caller.refuse(new LimitedError(from + toClock, opensAt));
    }
  }

  /** The earliest permitted instant, in shared time. */
  #next({ runs, blockedUntil }: LimiterState): number {
    return earliest(runs, this.#deps.windows, Math.max(this.#copy.time.earliest(), blockedUntil));
  }

  async #leave(place: Place): Promise<void> {
    await this.#until(place);
    this.#places -= 1;
    const { caller } = place;
    const now = this.#deps.clock.now();
    if (this.#stands(place) && now <= place.leaveBy && now <= caller.startBy) {
      this.#allowanceMs = Math.max(MIN_ALLOWANCE_MS, this.#allowanceMs * 0.95);
      caller.leave();
      return;
    }
    this.#allowanceMs = Math.min(MAX_ALLOWANCE_MS, this.#allowanceMs * 2);
    this.#waiting.push(caller);
    void this.#run();
  }

  async #until(place: Place): Promise<void> {
    for (;;) {
      const wait = place.from - this.#copy.time.earliest();
      if (wait <= 0 || !this.#stands(place)) return;
      await this.#deps.clock.sleep(Math.ceil(wait));
    }
  }

  /** Firefish has not said meanwhile to wait, and nobody has begun a new era, in which a place's instant means nothing. */
  #stands({ from, era }: Place): boolean {
    return this.#copy.blockedUntil() <= from && this.#copy.time.era === era;
  }

  #backOff(round: number): Promise<void> {
    const ceiling = Math.min(FIRST_BACKOFF_MS * 2 ** round, MAX_BACKOFF_MS);
    return this.#deps.clock.sleep(Math.ceil(ceiling * this.#deps.random()));
  }
}
