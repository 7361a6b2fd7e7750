import type { Clock } from '../../lib/clock.ts';

/** A clock that stands still until a test moves it; a sleep also moves it. */
export class TestClock implements Clock {
  #now: number;

  constructor(start = Date.parse('2026-11-23T10:00:00Z')) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number): Promise<void> {
    this.advance(milliseconds);
    return Promise.resolve();
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
