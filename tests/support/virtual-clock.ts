/**
 * A clock for simulations: sleepers wake in the order of their times, and time moves only when nothing is left to do at
 * the current time. Hours pass in seconds, in the same way each time.
 */
import type { Clock } from '../../lib/clock.ts';

interface Sleeper {
  wakeAt: number;
  /** Sleepers of one instant wake in the order in which they started to sleep. */
  order: number;
  wake: () => void;
}

/** After this many rounds of the event loop without a change of sleepers, everything counts as idle. */
const IDLE_TURNS = 4;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  /** A binary heap: the next to wake is at 0. */
  readonly #sleepers: Sleeper[] = [];

  constructor(start = Date.parse('2026-11-23T10:00:00Z')) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      this.#order += 1;
      const sleeper: Sleeper = {
        wakeAt: this.#now + Math.max(0, milliseconds),
        order: this.#order,
        wake: resolve,
      };
      this.#push(sleeper);
      signal?.addEventListener('abort', () => {
        // It stays in the heap and wakes nobody: time must not move because of it.
        sleeper.wake = gone;
        resolve();
      });
    });
  }

  /** The same time on a clock that differs by this much. */
  skewed(milliseconds: number): Clock {
    return {
      now: () => this.#now + milliseconds,
      sleep: (duration, signal) => this.sleep(duration, signal),
    };
  }

  /**
   * Lets time run until the promise has settled, and returns its result. @throws Error if everything waits for
   * something other than time
   */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    while (!(await this.#idle(() => settled))) {
      if (!this.#wakeNext(Infinity)) throw new Error('everything is idle, and nothing sleeps');
    }
    return promise;
  }

  /** Lets this much time pass, with everything that happens in it. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    do {
      await this.#idle(() => false);
    } while (this.#wakeNext(end));
    this.#now = end;
    await this.#idle(() => false);
  }

  /** Waits until nothing changes any more; ends early, with `true`, when `done`. */
  async #idle(done: () => boolean): Promise<boolean> {
    let order = this.#order;
    for (let quiet = 0; quiet < IDLE_TURNS; quiet += 1) {
      if (done()) return true;
      await turn();
      if (this.#order !== order) quiet = 0;
      order = this.#order;
    }
    return done();
  }

  #wakeNext(until: number): boolean {
    for (;;) {
      const next = this.#sleepers[0];
      if (next === undefined || next.wakeAt > until) return false;
      this.#pop();
      if (next.wake === gone) continue;
      this.#now = Math.max(this.#now, next.wakeAt);
      next.wake();
      return true;
    }
  }

  #before(a: number, b: number): boolean {
    const [first, second] = [this.#sleepers[a], this.#sleepers[b]];
    if (first === undefined || second === undefined) return first !== undefined;
    return first.wakeAt < second.wakeAt || (first.wakeAt === second.wakeAt && first.order < second.order);
  }

  #swap(a: number, b: number): void {
    const sleepers = this.#sleepers;
    [sleepers[a], sleepers[b]] = [sleepers[b] as Sleeper, sleepers[a] as Sleeper]; // both are within bounds
  }

  #push(sleeper: Sleeper): void {
    this.#sleepers.push(sleeper);
    let at = this.#sleepers.length - 1;
    for (let parent = (at - 1) >> 1; at > 0 && this.#before(at, parent); parent = (at - 1) >> 1) {
      this.#swap(at, parent);
      at = parent;
    }
  }

  #pop(): void {
    this.#swap(0, this.#sleepers.length - 1);
    this.#sleepers.pop();
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const least = this.#before(left + 1, left) ? left + 1 : left;
      if (!this.#before(least, at)) return;
      this.#swap(least, at);
      at = least;
    }
  }
}

const gone = (): void => undefined;
