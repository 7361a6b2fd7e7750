/**
 * A time that all instances of the limiter share although their clocks differ.
 *
 * Shared time is the clock of whichever instance wrote the item first. Every other instance knows it only
 * within an interval, and learns from the item itself, as NTP learns from packets. Each write is stamped with
 * the interval of shared time in which it was made, and
 * - a write that I can read lies in the past: shared time is at least its `low` now;
 * - whoever wrote after my own write had read mine before: shared time was at most its `high` when I wrote.
 * The closer two writes follow each other, the narrower the interval: under contention, when it matters, it
 * shrinks to milliseconds. Whoever is alone knows it exactly.
 *
 * Guaranteed as long as no clock is off by more than a second: shared time lies within [earliest, latest].
 */
import type { Clock } from '../clock.ts';

/** Two clocks, each off by up to a second, to either side. */
const MAX_DIFFERENCE_MS = 2000;
/** How far two clocks may drift apart in a millisecond: a hundred parts in a million, tenfold what is usual. */
const DRIFT = 1e-4;
/** Stamps are whole milliseconds, so that two exact bounds may cross by this much. */
const ROUNDING_MS = 1;
export interface Stamp {
  low: number;
  high: number;
}

/** An item's last writes, the newest at the end: the last one made `version`. */
export interface Stamps {
  /** Differs where the item, or its shared time, has begun anew. */
  era: number;
  version: number;
  stamps: readonly Stamp[];
}

export class SharedTime {
  readonly #clock: Clock;
  /** Shared time minus this clock's time lies between the two. */
  #low = -MAX_DIFFERENCE_MS;
  #high = MAX_DIFFERENCE_MS;
  /** When the interval was last widened by the drift. */
  #widenedAt: number | undefined;
  #era: number | undefined;
  #founder = false;
  #own: { version: number; sentAt: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  earliest(): number {
    return this.#now() + this.#low;
  }

  latest(): number {
    return this.#now() + this.#high;
  }

  /** How much later than `earliest` it may be. */
  uncertainty(): number {
    this.#now();
    return this.#high - this.#low;
  }

  stamp(): Stamp {
    // Whole milliseconds, outwards.
    return { low: Math.floor(this.earliest()), high: Math.ceil(this.latest()) };
  }

  /** This clock becomes the shared time: nobody has written yet, or this write begins a new era. */
  found(era: number): void {
    this.#forget();
    this.#low = 0;
    this.#high = 0;
    this.#founder = true;
    this.#era = era;
  }

  /** What a read that has just ended tells. */
  met({ era, version, stamps }: Stamps): void {
    if (era !== this.#era) this.#forget();
    this.#era = era;
    const now = this.#now();
    const last = stamps.at(-1);
    if (last === undefined) return;
    this.#low = Math.max(this.#low, last.low - now);
    const own = this.#own;
    const next = own === undefined ? undefined : stamps[stamps.length - (version - own.version)];
    if (own !== undefined && next !== undefined && version > own.version) {
      this.#high = Math.min(this.#high, next.high - own.sentAt);
      this.#own = undefined;
    }
    // A clock was set, or is further off than promised: know nothing rather than something wrong.
    if (this.#low > this.#high + ROUNDING_MS) this.#forget();
    this.#low = Math.min(this.#low, this.#high);
  }

  /** Shared time is ahead of this clock by so much at least: somebody who knew has said so. */
  isAheadBy(milliseconds: number): void {
    if (this.#founder) return;
    this.#now();
    this.#low = Math.min(Math.max(this.#low, milliseconds), this.#high);
  }

  /** Own write, sent at that instant of this clock, made this version. */
  wrote(version: number, sentAt: number): void {
    this.#own = { version, sentAt };
  }

  #forget(): void {
    this.#low = -MAX_DIFFERENCE_MS;
    this.#high = MAX_DIFFERENCE_MS;
    this.#founder = false;
    this.#own = undefined;
  }

  /** This clock's time, after widening the interval by the drift since the last look. */
  #now(): number {
    const now = this.#clock.now();
    // Whoever founded the shared time is it: no drift against oneself.
    if (this.#founder) return now;
    const elapsed = Math.max(0, now - (this.#widenedAt ?? now));
    this.#widenedAt = now;
    this.#low = Math.max(-MAX_DIFFERENCE_MS, this.#low - elapsed * DRIFT);
    this.#high = Math.min(MAX_DIFFERENCE_MS, this.#high + elapsed * DRIFT);
    return now;
  }
}
