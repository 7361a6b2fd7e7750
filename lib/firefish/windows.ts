/**
 * Sliding windows over the instants of past calls: pure arithmetic, no clock. Calls are kept as runs of
 * [instant, how many], ascending; instants are whole milliseconds and only ever rounded up, to the safe side.
 */
import type { RateLimit } from '../config.ts';

export type Run = [at: number, count: number];

/** What any window of `lengthMs` may hold: a limit, stretched by its margin. */
export interface Window {
  calls: number;
  lengthMs: number;
}

export const stretch = (limits: readonly RateLimit[], margin: (windowMs: number) => number): Window[] =>
  limits.map(({ calls, windowMs }) => ({ calls, lengthMs: windowMs + margin(windowMs) }));

/** The instant of the nth call from the end; `undefined` where there are fewer. */
function nthFromLast(runs: readonly Run[], n: number): number | undefined {
  let left = n;
  for (let index = runs.length - 1; index >= 0; index -= 1) {
    const [at, count] = runs[index] as Run; // the index is within bounds
    left -= count;
    if (left <= 0) return at;
  }
  return undefined;
}

/** The earliest instant from `from` on at which one more call keeps every window. */
export function earliest(runs: readonly Run[], windows: readonly Window[], from: number): number {
  return windows.reduce((instant, { calls, lengthMs }) => {
    const oldest = nthFromLast(runs, calls);
    return oldest === undefined ? instant : Math.max(instant, oldest + lengthMs);
  }, from);
}

/** Adds a call at `at` or, where a later one is there already, together with that one. */
export function add(runs: Run[], at: number): void {
  const last = runs.at(-1);
  const instant = Math.ceil(at);
  if (last !== undefined && last[0] >= instant) last[1] += 1;
  else runs.push([instant, 1]);
}

/** How fine the instants of old calls are kept: this part of the shortest window that still counts them. */
const GRAIN = 360;

/**
 * Drops the calls that no window counts any more and joins old ones: a call that only the hour still counts
 * is kept to ten seconds, rounded up, so that 3,000 calls an hour take about a kilobyte.
 * @param phase by how much all instants were shifted since they were first rounded: what is round once is not rounded
 * again
 */
export function compact(runs: readonly Run[], windows: readonly Window[], now: number, phase = 0): Run[] {
  const lengths = windows.map(({ lengthMs }) => lengthMs).sort((a, b) => a - b);
  const kept: Run[] = [];
  for (const [at, count] of runs) {
    const age = now - at;
    const counting = lengths.findIndex((length) => age < length);
    if (counting === -1) continue;
    const grain = Math.floor((lengths[counting] ?? 0) / GRAIN);
    const shorter = lengths[counting - 1];
    // Rounding up must not bring a call back into a shorter window that has let it go.
    const coarse = shorter !== undefined && grain > 1 && age - grain > shorter;
    const instant = coarse ? Math.ceil((at - phase) / grain) * grain + phase : at;
    const last = kept.at(-1);
    if (last !== undefined && last[0] >= instant) last[1] += count;
    else kept.push([instant, count]);
  }
  return kept;
}
