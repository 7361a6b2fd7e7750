/** What the limiter keeps in one item per tenant and endpoint, between bytes and numbers. */
import { limiterKey } from '../store/keys.ts';
import type { Item, NewItem } from '../store/table.ts';
import { decodeIntegers, decodeRuns, encodeIntegers, encodeRuns } from './runs-codec.ts';
import type { Stamp } from './shared-time.ts';
import { add, type Run, type Window } from './windows.ts';

/** A write of the item: when it was sent, and the calls that it has let go, each so many milliseconds later at most. */
export interface Write extends Stamp {
  delays: readonly number[];
}

/** All instants are in shared time. */
export interface LimiterState {
  /** 0: there is no item yet. */
  version: number;
  era: number;
  /** The last ones, the newest at the end: when they were, others may know better than who wrote them. */
  writes: readonly Write[];
  /** The latest instants at which the calls of earlier writes may have left. */
  runs: readonly Run[];
  /** By how much the eras have shifted them, so that what is rounded stays as it is. */
  phase: number;
  /** Firefish has asked us not to call again before; 0 for never. */
  blockedUntil: number;
  /** How many calls each quarter of an hour let go, a day back: `[quarter, calls]`. No limit asks for it, people do. */
  quarters: readonly Run[];
}

interface LimiterItem extends Item {
  era: number;
  writes: Uint8Array;
  runs: Uint8Array;
  phase?: number;
  quarters?: Uint8Array;
  blockedUntil?: number;
}

/** Enough to find out who wrote after me with thirty instances taking turns. */
const KEPT_WRITES = 32;
/** Kept this much longer than any limit counts what is in it: as long as people are shown it. */
const KEPT_FOR_MS = 24 * 3_600_000;

export const QUARTER_MS = 900_000;
const KEPT_QUARTERS = KEPT_FOR_MS / QUARTER_MS + 1;

/** Counts these calls. @param now epoch milliseconds */
export function countInQuarter(quarters: readonly Run[], calls: number, now: number): readonly Run[] {
  const quarter = Math.floor(now / QUARTER_MS);
  const last = quarters.at(-1);
  if (calls === 0) return quarters;
  if (last !== undefined && last[0] >= quarter) return [...quarters.slice(0, -1), [last[0], last[1] + calls]];
  return [...quarters.filter(([at]) => at > quarter - KEPT_QUARTERS), [quarter, calls]];
}

export const freshState = (era: number): LimiterState => ({
  version: 0,
  era,
  writes: [],
  runs: [],
  phase: 0,
  blockedUntil: 0,
  quarters: [],
});

export function readState(stored: Item): LimiterState {
  const item = stored as LimiterItem; // written below and nowhere else
  return {
    version: item.version,
    era: item.era,
    writes: decodeWrites(item.writes),
    runs: decodeRuns(item.runs),
    phase: item.phase ?? 0,
    blockedUntil: item.blockedUntil ?? 0,
    quarters: decodeRuns(item.quarters),
  };
}

export function toItem(
  tenantId: string,
  endpoint: string,
  state: LimiterState,
  windows: readonly Window[],
): NewItem {
  const { era, writes, runs, phase, blockedUntil, quarters } = state;
  const longest = Math.max(...windows.map(({ lengthMs }) => lengthMs));
  const lastCalls = writes.map(({ high, delays }) => high + (delays.at(-1) ?? 0));
  return {
    ...limiterKey(tenantId, endpoint),
    era,
    writes: encodeWrites(writes),
    runs: encodeRuns(runs),
    ...(phase === 0 ? {} : { phase }),
    quarters: encodeRuns(quarters),
    ...(blockedUntil > 0 ? { blockedUntil } : {}),
    expiresAt: Math.ceil((Math.max(...lastCalls, blockedUntil) + longest + KEPT_FOR_MS) / 1000),
  };
}

/**
 * All calls as runs, each at the latest instant at which it may have left.
 * @param sentBy the latest instant at which the write at this index was sent, where one knows that better than
 * its stamp does. A write is never later than any that follows it.
 */
export function allRuns(state: LimiterState, sentBy: (index: number) => number | undefined): Run[] {
  const runs = state.runs.map(([at, count]): Run => [at, count]);
  const latest: number[] = [];
  let bound = Infinity;
  for (const [index, { high }] of [...state.writes.entries()].reverse()) {
    bound = Math.min(bound, high, sentBy(index) ?? Infinity);
    latest[index] = bound;
  }
  for (const [index, { delays }] of state.writes.entries()) {
    for (const delay of delays) add(runs, (latest[index] ?? bound) + delay);
  }
  return runs;
}

/**
 * The state without calls that were written down and did not leave: one for each of these versions, as long as the
 * write is still there by itself. The earliest is dropped, whichever it was: the others are then taken to have left
 * later than they did, never earlier.
 */
export function withoutUnused(state: LimiterState, versions: readonly number[]): LimiterState {
  const writes = [...state.writes];
  for (const version of versions) {
    const index = writes.length - 1 - (state.version - version);
    const write = writes[index];
    if (write !== undefined) writes[index] = { ...write, delays: write.delays.slice(1) };
  }
  return { ...state, writes };
}

/** The state with one more write; the calls of the oldest one take their places among the runs. */
export function withWrite(state: LimiterState, write: Write): LimiterState {
  const writes = [...state.writes, write];
  const oldest = Math.max(0, writes.length - KEPT_WRITES);
  const emptied = writes.map((one, index) => (index < oldest ? one : { ...one, delays: [] }));
  return {
    ...state,
    version: state.version + 1,
    writes: writes.slice(oldest),
    runs: oldest === 0 ? state.runs : allRuns({ ...state, writes: emptied }, () => undefined),
  };
}

/** The lowest instant, then for each write its distance from it, its width, and its delays with their number. */
function encodeWrites(writes: readonly Write[]): Uint8Array {
  const lowest = Math.min(...writes.map(({ low }) => low));
  return encodeIntegers([
    lowest,
    ...writes.flatMap(({ low, high, delays }) => [low - lowest, high - low, delays.length, ...delays]),
  ]);
}

function decodeWrites(bytes: Uint8Array): Write[] {
  const [lowest = 0, ...numbers] = decodeIntegers(bytes);
  const writes: Write[] = [];
  for (let index = 0; index + 2 < numbers.length;) {
    const [distance = 0, width = 0, count = 0] = numbers.slice(index, index + 3);
    const low = lowest + distance;
    writes.push({ low, high: low + width, delays: numbers.slice(index + 3, index + 3 + count) });
    index += 3 + count;
  }
  return writes;
}
