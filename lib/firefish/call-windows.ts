/**
 * The sliding windows of one endpoint: pure arithmetic, no clock. A call is kept as the latest instant at which it can
 * have arrived at Firefish, since Firefish counts arrivals. Instants are whole milliseconds of the limiter's own time.
 */
import type { RateLimit } from '../config.ts';
import { RESERVE } from '../times.ts';

/** A call that was not answered by then has arrived all the same: it hangs, or its answer is being made. */
const ARRIVES_WITHIN_MS = 600;
/** Instants are cut to whole milliseconds, here and there. */
const ROUNDING_MS = 1;
/** How many calls of others may be under way that are not counted yet. */
const OTHERS_UNDER_WAY = 2;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What a call may use: all of each window, or what is left beside the reserve of the urgent. */
export type Share = 'all' | 'bulk';

const reserveOf = ({ calls, windowMs }: RateLimit): number => {
  const wanted = windowMs >= HOUR_MS ? RESERVE.perHour : windowMs >= MINUTE_MS ? RESERVE.perMinute : 0;
  return Math.min(wanted, Math.floor(calls / 4));
};

/** The limits as bulk work may use them: without the reserve. */
export const bulkLimits = (limits: readonly RateLimit[]): RateLimit[] =>
  limits.map((limit) => ({ ...limit, calls: limit.calls - reserveOf(limit) }));

export class CallWindows {
  /** Ascending in length, as `bulkLimits` are. */
  readonly #limits: readonly RateLimit[];
  readonly #bulkLimits: readonly RateLimit[];
  /** Bulk calls keep this distance, so that the next one's place is never a whole second away for the urgent. */
  readonly #bulkGapMs: number;
  /** Ascending. */
  #calls: number[] = [];
  #lastLeft = -Infinity;
  blockedUntil = -Infinity;

  constructor(limits: readonly RateLimit[]) {
    this.#limits = [...limits].sort((a, b) => a.windowMs - b.windowMs);
    this.#bulkLimits = bulkLimits(this.#limits);
    const seconds = limits.filter(({ windowMs }) => windowMs <= 1_000);
    this.#bulkGapMs = Math.max(0, ...seconds.map(({ calls, windowMs }) => (0.2 * windowMs) / calls));
  }

  /** The earliest instant from `now` on at which one more call keeps every window. */
  opensAt(share: Share, now: number, othersCall: boolean): number {
    const begin = Math.max(now, this.blockedUntil, share === 'bulk' ? this.#lastLeft + this.#bulkGapMs : now);
    const limits = share === 'bulk' ? this.#bulkLimits : this.#limits;
    return limits.reduce((instant, { calls, windowMs }) => {
      const places = Math.max(1, calls - (othersCall ? OTHERS_UNDER_WAY : 0));
      const oldest = this.#calls[this.#calls.length - places];
      return oldest === undefined ? instant : Math.max(instant, oldest + windowMs + ROUNDING_MS);
    }, begin);
  }

  /** How many bulk calls can have left in the last `spanMs` before `at`, beside those that are known. */
  freeForBulk(at: number, spanMs: number): number {
    const free = this.#bulkLimits.map(({ calls, windowMs }) => {
      const known = this.#calls.filter((call) => call > at - windowMs).length;
      return calls * Math.max(1, Math.ceil(spanMs / windowMs)) - known;
    });
    return Math.max(0, Math.min(...free));
  }

  /** A call leaves. Answers what to call, with the instant, when its answer is there. */
  leave(now: number): (at: number) => void {
    this.#lastLeft = now;
    const arrivesBy = now + ARRIVES_WITHIN_MS;
    this.#forget(now);
    this.count(1, arrivesBy);
    return (at) => {
      const index = this.#calls.lastIndexOf(arrivesBy);
      if (at >= arrivesBy || index === -1) return;
      this.#calls.splice(index, 1);
      this.count(1, at);
    };
  }

  /** Counts calls that left at the latest at that instant. */
  count(calls: number, at: number): void {
    const index = this.#calls.findLastIndex((call) => call <= at) + 1;
    this.#calls.splice(index, 0, ...Array<number>(calls).fill(at));
  }

  block(until: number): void {
    this.blockedUntil = Math.max(this.blockedUntil, until);
  }

  /**
   * The calls that still count, for keeping: exact in the last seconds, and the coarser the older they are, but always
   * rounded to the later side. Round instants are multiples in the limiter's time, so that what was rounded once stays.
   */
  runs(now: number): [at: number, calls: number][] {
    const runs: [number, number][] = [];
    for (const call of this.#calls) {
      const grain = this.#grain(now - call);
      if (grain === undefined) continue;
      const at = Math.ceil(call / grain) * grain;
      const last = runs.at(-1);
      // What was rounded up may pass a younger call: that one is then as late.
      if (last !== undefined && last[0] >= at) last[1] += 1;
      else runs.push([at, 1]);
    }
    return runs;
  }

  /** That of the shortest window that counts the call; rounding must not bring it back into a shorter one. */
  #grain(age: number): number | undefined {
    const counting = this.#limits.findIndex(({ windowMs }) => age < windowMs);
    const [shorter, window] = [this.#limits[counting - 1], this.#limits[counting]];
    if (window === undefined) return undefined;
    const grain = grainOf(window);
    return shorter !== undefined && age - grain <= shorter.windowMs ? grainOf(shorter) : grain;
  }

  #forget(now: number): void {
    const [oldest] = this.#calls;
    const longestMs = this.#limits.at(-1)?.windowMs ?? 0;
    // Now and then: cutting at each call would cost the length of the list.
    if (oldest === undefined || now - oldest < 1.1 * longestMs) return;
    this.#calls = this.#calls.filter((call) => now - call < longestMs);
  }
}

/** A window is kept to this part of it: 10 ms of a second, 250 ms of a minute, 40 s of an hour. */
const grainOf = ({ windowMs }: RateLimit): number =>
  Math.max(1, Math.floor(windowMs / (windowMs > MINUTE_MS ? 90 : windowMs > 1_000 ? 240 : 100)));
