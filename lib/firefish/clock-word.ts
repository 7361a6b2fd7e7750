/**
 * How late it is, told by one worker to the next in the message that hands a backlog on. Whoever comes after a
 * pause knows the time that the limiter's items are kept in only as well as clocks agree, which is to two seconds;
 * with the word of who was there before it knows it as well as the message was quick.
 */

/** By era: what the time of the items of that era is at least as the message is received, in epoch milliseconds. */
export type ClockWord = [era: number, at: number][];

/** The queue may be a little early. */
const EARLY_MS = 20;
/** How far two clocks may drift apart in a millisecond. */
const DRIFT = 1e-4;

/** The last word heard, and what it says of this instance's clock. */
export class ClockWords {
  #heard: { eras: ReadonlyMap<number, number>; at: number } | undefined;

  /** @param now this instance's clock as the message is received */
  hear(word: ClockWord, now: number): void {
    this.#heard = { eras: new Map(word.map(([era, at]) => [era, at - EARLY_MS - now])), at: now };
  }

  /** By how much the era's time is ahead of this clock at least; `undefined` where nothing was said of it. */
  aheadBy(era: number, now: number): number | undefined {
    const ahead = this.#heard?.eras.get(era);
    if (this.#heard === undefined || ahead === undefined) return undefined;
    return ahead - Math.abs(now - this.#heard.at) * DRIFT;
  }
}
