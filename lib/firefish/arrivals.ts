/**
 * When this instance's own calls can have arrived. Firefish counts a call at some instant between its leaving and
 * its answer: a new connection, or a machine that is busy, may make that a second. Seen from here a further call
 * keeps a limit for certain only once the call that it follows by the limit's number was answered a window ago.
 * Other instances' calls are the shared limiter's margin's business.
 */
import type { Clock } from '../clock.ts';
import type { RateLimit } from '../config.ts';

interface Call {
  leftAt: number;
  answeredAt?: number;
}

/** What has not been answered by then has arrived all the same: it hangs. */
const ARRIVED_AFTER_MS = 1_000;
const ROUNDING_MS = 1;
/** So many calls may have overtaken one another. */
const OVERTAKING = 64;

export class Arrivals {
  readonly #limits: readonly RateLimit[];
  readonly #clock: Clock;
  #calls: Call[] = [];
  #slowestMs = 0;

  constructor(limits: readonly RateLimit[], clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** How long answers have taken lately, a second at most. */
  get slowestMs(): number {
    return this.#slowestMs;
  }

  /** From when on one more call keeps every limit, if nothing more is answered until then. */
  opensAt(): number {
    const now = this.#clock.now();
    return Math.max(
      now,
      ...this.#limits.map(({ calls, windowMs }) => this.#lastArrival(calls, now) + windowMs + ROUNDING_MS),
    );
  }

  /** A call leaves now. Answers what to call when its answer is there. */
  leave(): () => void {
    const call: Call = { leftAt: this.#clock.now() };
    this.#forget(call.leftAt);
    this.#calls.push(call);
    return () => {
      call.answeredAt ??= this.#clock.now();
      const took = Math.min(call.answeredAt - call.leftAt, ARRIVED_AFTER_MS);
      this.#slowestMs = Math.max(took, this.#slowestMs * 0.99);
    };
  }

  /** The latest instant at which the nth call from the end, or one before it, can have arrived. */
  #lastArrival(n: number, now: number): number {
    const index = this.#calls.length - n;
    return this.#calls
      .slice(Math.max(0, index - OVERTAKING), Math.max(0, index + 1))
      .reduce(
        (latest, { leftAt, answeredAt = now }) =>
          Math.max(latest, Math.min(answeredAt, leftAt + ARRIVED_AFTER_MS)),
        -Infinity,
      );
  }

  /** What no window counts any more, now and then. */
  #forget(now: number): void {
    const longest = Math.max(...this.#limits.map(({ windowMs }) => windowMs)) + ARRIVED_AFTER_MS;
    const [oldest] = this.#calls;
    if (oldest === undefined || now - oldest.leftAt < 2 * longest) return;
    this.#calls = this.#calls.filter(({ leftAt }) => now - leftAt < longest);
  }
}
