/**
 * One instance's copy of the limiter's item: remembered between writes, so that in the common case a call
 * costs one write and no read, and the place where the item's shared time meets this instance's clock.
 */
import type { Clock } from '../clock.ts';
import { limiterKey } from '../store/keys.ts';
import { ConflictError, type Table } from '../store/table.ts';
import {
  allRuns,
  countInQuarter,
  freshState,
  readState,
  toItem,
  withoutUnused,
  withWrite,
  type LimiterState,
} from './limiter-item.ts';
import { SharedTime } from './shared-time.ts';
import type { ClockWords } from './clock-word.ts';
import { compact, type Run, type Window } from './windows.ts';

export interface LimiterCopyDeps {
  table: Table;
  tenantId: string;
  windows: readonly Window[];
  clock: Clock;
  random: () => number;
  words: ClockWords;
}

interface Known {
  state: LimiterState;
  /** This clock's instant. */
  at: number;
  /** The shared time of the last write, at the latest. */
  lastSentBy: number;
}

/** What has been let go, as this instance sees it: instants are this clock's, at the latest. */
export interface View {
  runs: Run[];
  blockedUntil: number;
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
/** More than an item keeps writes. */
const OWN_REMEMBERED = 100;

export class LimiterCopy {
  readonly #deps: LimiterCopyDeps;
  readonly #endpoint: string;
  readonly #time: SharedTime;
  #known: Known | undefined;
  /** When own writes were sent, by the version they made. */
  readonly #own = new Map<number, number>();
  #ownEra: number | undefined;
  /** The versions whose calls did not all leave, once for each such call. */
  readonly #unused: number[] = [];
  #conflictAt = -Infinity;
  #alone = 0;

  constructor(deps: LimiterCopyDeps, endpoint: string) {
    this.#deps = deps;
    this.#endpoint = endpoint;
    this.#time = new SharedTime(deps.clock);
  }

  /** Whether nobody may call now, as far as this instance knows. */
  isBlocked(): boolean {
    return (this.#known?.state.blockedUntil ?? 0) > this.#time.earliest();
  }

  /** What the item's time is at least, for whoever calls next. */
  timeKnown(): [era: number, earliest: number] | undefined {
    return this.#ownEra === undefined ? undefined : [this.#ownEra, Math.floor(this.#time.earliest())];
  }

  /** From memory where that may do: whoever writes on it learns whether it did. */
  async look(): Promise<View> {
    return this.#view(await this.#recent());
  }

  #view({ state, lastSentBy }: Known): View {
    const toClock = this.#toClock();
    const last = state.writes.length - 1;
    const runs = allRuns(withoutUnused(state, this.#unused), (index) => {
      // Own writes, and whatever came before them, lie behind us by as much as our clock says.
      const sentAt = this.#own.get(state.version - last + index);
      const own = sentAt === undefined ? Infinity : sentAt - toClock;
      return index === last ? Math.min(own, lastSentBy) : own;
    });
    return {
      runs: runs.map(([at, count]) => [Math.ceil(at + toClock), count]),
      blockedUntil: state.blockedUntil === 0 ? 0 : Math.ceil(state.blockedUntil + toClock),
    };
  }

  /**
   * Writes down that calls leave by these instants of this clock. Answers the version that says so; `undefined`:
   * somebody else has written meanwhile.
   */
  async letGo(leaveBy: readonly number[]): Promise<number | undefined> {
    const known = this.#known;
    if (known === undefined || !(await this.#write(this.#renewed(known), leaveBy))) return undefined;
    return this.#known?.state.version;
  }

  /** A call of that write did not leave, and never will: its place is free again with the next write, if that is soon. */
  giveBack(version: number): void {
    this.#unused.push(version);
  }

  /** Writes down that nobody calls for so long. `false`: somebody else has written meanwhile. */
  async block(milliseconds: number): Promise<boolean> {
    const { state } = await this.#recent();
    const until = Math.ceil(this.#time.latest() + milliseconds);
    return state.blockedUntil >= until || this.#write({ ...state, blockedUntil: until }, []);
  }

  /** What to add to a shared instant: from then on by this clock, it has surely come. */
  #toClock(): number {
    return this.#deps.clock.now() - this.#time.earliest();
  }

  async #recent(): Promise<Known> {
    const now = this.#deps.clock.now();
    const trusted = now - this.#conflictAt < OTHERS_WRITE_MS ? TRUSTED_AMONG_OTHERS_MS : TRUSTED_FOR_MS;
    if (this.#known !== undefined && now - this.#known.at <= trusted) return this.#known;
    return this.#read();
  }

  async #read(): Promise<Known> {
    const { table, tenantId, clock, random, words } = this.#deps;
    const item = await table.get(limiterKey(tenantId, this.#endpoint));
    const state = item === undefined ? freshState(Math.floor(random() * ERAS)) : readState(item);
    if (item === undefined) this.#time.found(state.era);
    else this.#time.met({ ...state, stamps: state.writes });
    const aheadBy = words.aheadBy(state.era, clock.now());
    if (aheadBy !== undefined) this.#time.isAheadBy(aheadBy);
    if (!this.#own.has(state.version)) this.#alone = 0;
    if (this.#ownEra !== state.era) this.#own.clear();
    this.#ownEra = state.era;
    this.#known = { state, at: clock.now(), lastSentBy: this.#time.latest() };
    return this.#known;
  }

  async #write(state: LimiterState, leaveBy: readonly number[]): Promise<boolean> {
    const { table, tenantId, windows, clock } = this.#deps;
    const sentAt = clock.now();
    const stamp = this.#time.stamp();
    const delays = leaveBy.map((instant) => Math.max(0, Math.ceil(instant - sentAt)));
    const unused = [...this.#unused];
    const written = withWrite(withoutUnused(state, unused), { ...stamp, delays });
    const compacted: LimiterState = {
      ...written,
      runs: compact(written.runs, windows, stamp.low, written.phase),
      blockedUntil: state.blockedUntil > stamp.low ? state.blockedUntil : 0,
      quarters: countInQuarter(state.quarters, leaveBy.length, sentAt),
    };
    try {
      const item = toItem(tenantId, this.#endpoint, compacted, windows);
      const { version } = await table.put(item, state.version === 0 ? 'absent' : state.version);
      this.#unused.splice(0, unused.length);
      this.#time.wrote(version, sentAt);
      this.#alone += 1;
      this.#ownEra = state.era;
      this.#own.set(version, sentAt);
      this.#own.delete(version - OWN_REMEMBERED);
      this.#known = { state: { ...compacted, version }, at: clock.now(), lastSentBy: stamp.high };
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
   * left alone with a shared time that it hardly knows.
   */
  #renewed(known: Known): LimiterState {
    if (this.#alone < ALONE_AFTER_WRITES || this.#time.uncertainty() <= GOOD_ENOUGH_MS) return known.state;
    const { runs, blockedUntil } = this.#view(known);
    const phase = known.state.phase + Math.ceil(this.#toClock());
    const era = Math.floor(this.#deps.random() * ERAS);
    this.#time.found(era);
    const { version, quarters } = known.state;
    return { version, era, writes: [], runs, phase, blockedUntil, quarters };
  }
}
