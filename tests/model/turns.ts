/**
 * Rules time and turns: everything asynchronous asks for a turn, and one at a time may continue, drawn by
 * chance. The same chance gives the same interleaving. Time stands still while anybody has a turn to take.
 */
import type { Clock } from '../../lib/clock.ts';

/** A generator of numbers from 0 to 1 (mulberry32): small, and good enough to shuffle by. */
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

/** After so many empty rounds of the event loop nobody is still on the way to a turn. */
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

  /** Ends when it is this one's turn. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /**
   * Lets everybody continue until `work` has ended. Time moves only when nobody waits for a turn.
   * @throws Error if the work can't end: nobody waits for a turn or for a time
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
