/**
 * How many of a tenant's people are worked on at once: one more for each that went through, half as many when
 * Firefish's limits had one wait too long, as TCP finds its window. So calls neither idle nor bounce, whatever
 * the limits are, and a Firefish that is down is asked by one at a time.
 */
const FIRST = 8;
const MOST = 24;
/** What bounces together is one bounce. */
const ONE_BOUNCE_MS = 1_000;

export class Pace {
  #atOnce = FIRST;
  #slowedAt = -Infinity;

  get atOnce(): number {
    return Math.floor(this.#atOnce);
  }

  wentThrough(): void {
    this.#atOnce = Math.min(this.#atOnce + 1, MOST);
  }

  wasLimited(now: number): void {
    if (now - this.#slowedAt < ONE_BOUNCE_MS) return;
    this.#slowedAt = now;
    this.#atOnce = Math.max(1, this.#atOnce / 2);
  }

  isDown(): void {
    this.#atOnce = 1;
  }
}
