import type { RateLimit } from '../../lib/config.ts';

/** Counts calls by key; no window of a limit's length ever has more calls than the limit. */
export class SlidingWindows {
  readonly #limits: readonly RateLimit[];
  readonly #most: number;
  readonly #times = new Map<string, number[]>();

  constructor(limits: readonly RateLimit[]) {
    this.#limits = limits;
    this.#most = Math.max(0, ...limits.map(({ calls }) => calls));
  }

  /** The earliest instant from `now` on at which one more call under the key is permitted, in epoch milliseconds. */
  opensAt(key: string, now: number): number {
    const times = this.#times.get(key);
    let opensAt = now;
    for (const { calls, windowMs } of this.#limits) {
      const oldest = times?.[times.length - calls];
      if (oldest !== undefined) opensAt = Math.max(opensAt, oldest + windowMs);
    }
    return opensAt;
  }

  count(key: string, now: number): void {
    const times = this.#times.get(key);
    if (times === undefined) {
      this.#times.set(key, [now]);
      return;
    }
    times.push(now);
    // Cut rarely: cutting on every call would take time for the whole list.
    if (times.length > 2 * this.#most) times.splice(0, times.length - this.#most);
  }
}
