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
import type { Clock } from '../clock.ts';
import { limiterKey } from '../store/keys.ts';
import { ConflictError, type Table } from '../store/table.ts';
import { afterWrite, freshState, readState, toItem, type LimiterState } from './limiter-item.ts';
import { SharedTime } from './shared-time.ts';
import { add, earliest, type Run, type Window } from './windows.ts';

export interface EndpointLimiterDeps {
  table: Table;
  tenantId: string;
  windows: readonly Window[];
  clock: Clock;
  random: () => number;
}

/** A caller may not wait that long. `at` is this clock's instant of the earliest permitted place. */
export class LimitedError extends Error {
  override name = 'LimitedError';
  readonly at: number;
  constructor(at: number) {
    super('the earliest permitted instant is too far away');
    this.at = at;
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
  /** Shared time: the window in which the call may leave. */
  from: number;
  until: number;
}

const copy = (runs: readonly Run[]): Run[] => runs.map(([at, count]) => [at, count]);

/** How long after its instant a place can still be used; grows while writes take longer than that. */
const MIN_ALLOWANCE_MS = 100;
const MAX_ALLOWANCE_MS = 2000;
/** An item that was not looked at for so long may have ended and begun anew. */
const TRUSTED_FOR_MS = 600_000;
const MAX_BACKOFF_MS = 200;

export class EndpointLimiter {
  readonly #deps: EndpointLimiterDeps;
  readonly #endpoint: string;
  readonly #time: SharedTime;
  #waiting: Caller[] = [];
  #known: { state: LimiterState; at: number } | undefined;
  #allowanceMs = MIN_ALLOWANCE_MS;
  #running = false;

  constructor(deps: EndpointLimiterDeps, endpoint: string) {
    this.#deps = deps;
    this.#endpoint = endpoint;
    this.#time = new SharedTime(deps.clock);
  }

  /** Ends when the call may leave, at once. @throws LimitedError where that is after `startBy` */
  acquire(startBy: number): Promise<void> {
    return new Promise((leave, refuse) => {
      this.#waiting.push({ startBy, leave, refuse });
      void this.#run();
    });
  }

  /** No call leaves for so long, whatever the instance: Firefish has said so. */
  async block(milliseconds: number): Promise<void> {
    for (let round = 0; ; round += 1) {
      const state = await this.#state();
      const until = Math.ceil(this.#time.latest() + milliseconds);
      if (state.blockedUntil >= until) return;
      if (await this.#write({ ...state, blockedUntil: until })) return;
      await this.#backOff(round);
    }
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      // A turn of the event loop's microtasks: callers that begin together share one write.
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
    const state = await this.#state();
    const runs = copy(state.runs);
    const { places, refused } = this.#plan({ ...state, runs }, this.#waiting.splice(0));
    this.#tell(refused, { ...state, runs });
    if (places.length === 0) return true;
    let written = false;
    try {
      written = await this.#write({ ...state, runs });
    } finally {
      // Also where the table failed: whoever waits must hear of it.
      if (!written) this.#waiting.unshift(...places.map(({ caller }) => caller));
    }
    if (written) for (const place of places) void this.#leave(place);
    return written;
  }

  /** Adds to the state's runs what it gives. */
  #plan(state: LimiterState, callers: readonly Caller[]): { places: Place[]; refused: Caller[] } {
    const places: Place[] = [];
    const refused: Caller[] = [];
    for (const caller of callers) {
      const { at, from, until } = this.#next(state);
      if (at > caller.startBy) {
        refused.push(caller);
      } else {
        add(state.runs, until);
        places.push({ caller, from, until });
      }
    }
    return { places, refused };
  }

  /** Tells the refused, one after the other, the instants that would be theirs now: they shall not all return at once. */
  #tell(refused: readonly Caller[], state: LimiterState): void {
    const imagined = { ...state, runs: copy(state.runs) };
    for (const caller of refused) {
      const { at, until } = this.#next(imagined);
      add(imagined.runs, until);
      caller.refuse(new LimitedError(at));
    }
  }

  /** The earliest place: its window in shared time, and when that begins by this clock. */
  #next(state: LimiterState): { at: number; from: number; until: number } {
    const now = this.#time.earliest();
    const from = earliest(state.runs, this.#deps.windows, Math.max(now, state.blockedUntil));
    return {
      at: this.#deps.clock.now() + from - now,
      from,
      until: from + this.#allowanceMs + this.#time.uncertainty(),
    };
  }

  async #leave({ caller, from, until }: Place): Promise<void> {
    const { clock } = this.#deps;
    // What has been blocked meanwhile is over: a place is not used late.
    const blocked = (): boolean => (this.#known?.state.blockedUntil ?? 0) > from;
    for (let wait = this.#wait(from); wait > 0 && !blocked(); wait = this.#wait(from)) {
      await clock.sleep(Math.ceil(wait));
    }
    if (!blocked() && this.#time.latest() <= until && clock.now() <= caller.startBy) {
      this.#allowanceMs = Math.max(MIN_ALLOWANCE_MS, this.#allowanceMs * 0.95);
      caller.leave();
      return;
    }
    this.#allowanceMs = Math.min(MAX_ALLOWANCE_MS, this.#allowanceMs * 2);
    this.#waiting.push(caller);
    void this.#run();
  }

  #wait(from: number): number {
    return from - this.#time.earliest();
  }

  async #state(): Promise<LimiterState> {
    const { table, tenantId, clock, random } = this.#deps;
    const known = this.#known;
    if (known !== undefined && clock.now() - known.at < TRUSTED_FOR_MS) return known.state;
    const item = await table.get(limiterKey(tenantId, this.#endpoint));
    const state = item === undefined ? freshState(Math.floor(random() * 2 ** 32)) : readState(item);
    if (item === undefined) this.#time.found(state.era);
    else this.#time.met(state);
    this.#known = { state, at: clock.now() };
    return state;
  }

  /** Whether the item was still as we knew it. */
  async #write(state: LimiterState): Promise<boolean> {
    const { table, tenantId, windows, clock } = this.#deps;
    const sentAt = clock.now();
    const written = afterWrite(state, windows, this.#time.stamp());
    const item = toItem(tenantId, this.#endpoint, written, windows);
    try {
      const { version } = await table.put(item, state.version === 0 ? 'absent' : state.version);
      this.#time.wrote(version, sentAt);
      this.#known = { state: { ...written, version }, at: clock.now() };
      return true;
    } catch (error) {
      this.#known = undefined;
      if (error instanceof ConflictError) return false;
      throw error;
    }
  }

  async #backOff(round: number): Promise<void> {
    // The first time at once: one reader who lost to one other has nobody to dodge.
    if (round === 0) return;
    const ceiling = Math.min(5 * 2 ** round, MAX_BACKOFF_MS);
    await this.#deps.clock.sleep(Math.ceil(ceiling * this.#deps.random()));
  }
}
