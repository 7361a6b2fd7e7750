/** The shared limiter: Firefish's rate limits per tenant and endpoint, kept by all instances together. */
import type { Clock } from '../clock.ts';
import type { RateLimit } from '../config.ts';
import type { Table } from '../store/table.ts';
import { type ClockWord, ClockWords } from './clock-word.ts';
import { EndpointLimiter } from './endpoint-limiter.ts';
import { stretch } from './windows.ts';

/**
 * Firefish counts when a call arrives, we count when it leaves: two calls may arrive closer together than
 * they left, by as much as their ways differ. Each window is longer by that, and by more where it costs little:
 * 100 ms for a second (200 ms for whoever leaves on time, since places are counted at the end of their 100 ms),
 * half a second for a minute, two for an hour. It costs 1.2 % of the calls a minute.
 */
const marginMs = (windowMs: number): number => Math.min(Math.max(windowMs / 120, 100), 2000);

export class Limiter {
  readonly #endpoint: (name: string) => EndpointLimiter;
  readonly #endpoints = new Map<string, EndpointLimiter>();
  readonly #clock: Clock;
  readonly #words = new ClockWords();

  constructor(deps: {
    table: Table;
    tenantId: string;
    limits: readonly RateLimit[];
    clock: Clock;
    random: () => number;
  }) {
    const { limits, ...rest } = deps;
    const windows = stretch(limits, marginMs);
    const words = this.#words;
    this.#clock = deps.clock;
    this.#endpoint = (name) => {
      const known =
        this.#endpoints.get(name) ?? new EndpointLimiter({ ...rest, limits, windows, words }, name);
      this.#endpoints.set(name, known);
      return known;
    };
  }

  /**
   * Ends at the instant at which the call may leave, with what is to be called when its answer is there.
   * @throws LimitedError where that instant is after `startBy`
   */
  acquire(endpoint: string, startBy: number): Promise<() => void> {
    return this.#endpoint(endpoint).acquire(startBy);
  }

  /** What to tell whoever calls next, in a message that takes so long at least. */
  clockWord(delayMs: number): ClockWord {
    return [...this.#endpoints.values()].flatMap((endpoint): ClockWord => {
      const known = endpoint.timeKnown();
      return known === undefined ? [] : [[known[0], known[1] + delayMs]];
    });
  }

  hearClockWord(word: ClockWord): void {
    this.#words.hear(word, this.#clock.now());
  }

  /** Keeps the endpoint's calls of all instances back for so long, after a 429. */
  block(endpoint: string, milliseconds: number): Promise<void> {
    return this.#endpoint(endpoint).block(milliseconds);
  }
}
