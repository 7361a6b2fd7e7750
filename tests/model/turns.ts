/**
 * Controls time and interleaving: everything asynchronous asks for a step, and one at a time, drawn at random, can
 * continue. The same seed gives the same interleaving. Time stands still while anything can take a step.
 */
import type { Clock } from '../../lib/clock.ts';

/** A generator of numbers from 0 to 1 (mulberry32): small, and good enough for shuffling. */
export function chanceOf(start: number): () => number {
  let state = start | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Timer {
  at: number;
  end: () => void;
}

/** After this many empty rounds of the event loop, nothing is still going to ask for a step. */
const PATIENCE = 4;

const round = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Turns implements Clock {
  readonly #chance: () => number;
  #now: number;
  #waiting: (() => void)[] = [];
  readonly #timers = new Set<Timer>();

  constructor(start: number, chance: () => number) {
    this.#now = start;
    this.#chance = chance;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = { at: this.#now + Math.max(0, milliseconds), end: resolve };
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      this.#timers.add(timer);
      signal?.addEventListener('abort', () => {
        this.#timers.delete(timer);
        resolve();
      });
    });
  }

  /** Ends when it may take a step. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /**
   * Lets everything continue until `work` has ended. Time moves only when nothing waits for a step. @throws Error if
   * the work cannot end: nothing waits for a step or for a time
   */
  async until<Result>(work: Promise<Result>): Promise<Result> {
    const progress = { ended: false };
    const end = (): void => {
      progress.ended = true;
    };
    work.then(end, end);
    let idle = 0;
    for (;;) {
      await round();
      if (progress.ended) return work;
      const next = this.#waiting.splice(Math.floor(this.#chance() * this.#waiting.length), 1)[0];
      if (next !== undefined) next();
      else if (idle >= PATIENCE) this.#pass();
      idle = next === undefined && idle < PATIENCE ? idle + 1 : 0;
    }
  }

  #pass(): void {
    const at = Math.min(...[...this.#timers].map((timer) => timer.at));
    if (at === Infinity) throw new Error('nobody waits for a turn or for a time, and the work has not ended');
    this.#now = Math.max(this.#now, at);
    for (const timer of this.#timers) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.end();
    }
  }
}
