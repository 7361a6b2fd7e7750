/**
 * One instance's copy of the limiter's item: remembered between writes, so that in the common case a call
 * costs one write and no read, and the place where the item's shared time meets this instance's clock.
 */
import type { Clock } from '../clock.ts';
import { limiterKey } from '../store/keys.ts';
import { ConflictError, type Table } from '../store/table.ts';
import { freshState, readState, settled, toItem, type LimiterState } from './limiter-item.ts';
import { nextStamps, SharedTime } from './shared-time.ts';
import { compact, type Run, type Window } from './windows.ts';

export interface LimiterCopyDeps {
  table: Table;
  tenantId: string;
  windows: readonly Window[];
  clock: Clock;
  random: () => number;
}

/** An item that was not looked at for so long may have ended and begun anew. */
const TRUSTED_FOR_MS = 600_000;
/** While others write, too, a copy older than this would probably cost a write in vain. */
const TRUSTED_AMONG_OTHERS_MS = 20;
const OTHERS_WRITE_MS = 2_000;
/** Whoever has been alone for so many writes, and knows the shared time no better than this, begins a new era. */
const ALONE_AFTER_WRITES = 8;
const GOOD_ENOUGH_MS = 50;

const ERAS = 2 ** 32;

export class LimiterCopy {
  readonly time: SharedTime;
  readonly #deps: LimiterCopyDeps;
  readonly #endpoint: string;
  #known: { state: LimiterState; at: number } | undefined;
  #conflictAt = -Infinity;
  #alone = 0;

  constructor(deps: LimiterCopyDeps, endpoint: string) {
    this.#deps = deps;
    this.#endpoint = endpoint;
    this.time = new SharedTime(deps.clock);
  }

  /** Shared time before which this instance knows that nobody may call; 0 for none. */
  blockedUntil(): number {
    return this.#known?.state.blockedUntil ?? 0;
  }

  /** From memory where that may do: whoever writes on it learns whether it did. */
  async state(): Promise<LimiterState> {
    const now = this.#deps.clock.now();
    const trusted = now - this.#conflictAt < OTHERS_WRITE_MS ? TRUSTED_AMONG_OTHERS_MS : TRUSTED_FOR_MS;
    if (this.#known !== undefined && now - this.#known.at <= trusted) return this.#known.state;
    return this.#read();
  }

  async #read(): Promise<LimiterState> {
    const { table, tenantId, clock, random } = this.#deps;
    const before = this.#known?.state.version;
    const item = await table.get(limiterKey(tenantId, this.#endpoint));
    const state = item === undefined ? freshState(Math.floor(random() * ERAS)) : readState(item);
    if (item === undefined) this.time.found(state.era);
    else this.time.met(state);
    if (state.version !== before) this.#alone = 0;
    const known = settled(state, this.time.latest());
    this.#known = { state: known, at: clock.now() };
    return known;
  }

  /**
   * Writes the state with further calls, if the item is still the one that we know.
   * @param leaveBy when each of those leaves at the latest, in shared time as of `earliest`
   */
  async write(state: LimiterState, leaveBy: readonly number[]): Promise<boolean> {
    const { table, tenantId, windows, clock } = this.#deps;
    const sentAt = clock.now();
    const stamp = this.time.stamp();
    const written: LimiterState = {
      ...state,
      version: state.version + 1,
      stamps: nextStamps(state.stamps, stamp),
      runs: compact(state.runs, windows, stamp.low),
      pending: leaveBy.map((instant) => Math.max(0, Math.ceil(instant) - stamp.low)),
      blockedUntil: state.blockedUntil > stamp.low ? state.blockedUntil : 0,
    };
    try {
      const item = toItem(tenantId, this.#endpoint, written, windows);
      const { version } = await table.put(item, state.version === 0 ? 'absent' : state.version);
      this.time.wrote(version, sentAt);
      this.#alone += 1;
      this.#known = { state: { ...settled(written, stamp.high), version }, at: clock.now() };
      return true;
    } catch (error) {
      this.#known = undefined;
      if (!(error instanceof ConflictError)) throw error;
      this.#conflictAt = clock.now();
      return false;
    }
  }

  /**
   * The state as it is, or at the beginning of a new era in which this clock is the shared time: for whoever is
   * left alone with a shared time that it hardly knows. Only while no place is waiting to be used.
   */
  async renewed(): Promise<LimiterState> {
    const state = await this.state();
    if (this.#alone < ALONE_AFTER_WRITES || this.time.uncertainty() <= GOOD_ENOUGH_MS) return state;
    // What happened at a shared time of at most this, happened at most that late by our clock.
    const shift = this.#deps.clock.now() - this.time.earliest();
    const runs = state.runs.map(([at, count]): Run => [Math.ceil(at + shift), count]);
    const blockedUntil = state.blockedUntil === 0 ? 0 : Math.ceil(state.blockedUntil + shift);
    const era = Math.floor(this.#deps.random() * ERAS);
    this.time.found(era);
    const renewed: LimiterState = { ...state, era, stamps: [], runs, blockedUntil };
    this.#known = { state: renewed, at: this.#deps.clock.now() };
    return renewed;
  }
}
