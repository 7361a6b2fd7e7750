/** What the limiter keeps in one item per tenant and endpoint, between bytes and numbers. */
import { limiterKey } from '../store/keys.ts';
import type { Item, NewItem } from '../store/table.ts';
import { decodeIntegers, decodeRuns, encodeIntegers, encodeRuns } from './runs-codec.ts';
import type { Stamp } from './shared-time.ts';
import { decodeStamps, encodeStamps } from './stamps-codec.ts';
import { add, type Run, type Window } from './windows.ts';

/** All instants are in shared time. */
export interface LimiterState {
  /** 0: there is no item yet. */
  version: number;
  era: number;
  /** Of the last writes, the newest at the end. */
  stamps: readonly Stamp[];
  /** The latest instants at which calls may leave. */
  runs: readonly Run[];
  /**
   * The last write's calls are apart: each leaves so many milliseconds after that write at the latest. Whoever
   * reads them may know better than the writer when that was.
   */
  pending: readonly number[];
  /** Firefish has asked us not to call again before; 0 for never. */
  blockedUntil: number;
}

interface LimiterItem extends Item {
  era: number;
  stamps: Uint8Array;
  runs: Uint8Array;
  pending: Uint8Array;
  blockedUntil?: number;
}

/** Kept this much longer than anything in it matters. */
const KEPT_FOR_MS = 3_600_000;

export const freshState = (era: number): LimiterState => ({
  version: 0,
  era,
  stamps: [],
  runs: [],
  pending: [],
  blockedUntil: 0,
});

export function readState(stored: Item): LimiterState {
  const item = stored as LimiterItem; // written below and nowhere else
  return {
    version: item.version,
    era: item.era,
    stamps: decodeStamps(item.stamps),
    runs: decodeRuns(item.runs),
    pending: decodeIntegers(item.pending),
    blockedUntil: item.blockedUntil ?? 0,
  };
}

/**
 * The pending calls at their places among the others.
 * @param latest the shared time of the last write, at the latest, as the reader knows it
 */
export function settled(state: LimiterState, latest: number): LimiterState {
  const written = Math.min(state.stamps.at(-1)?.high ?? latest, latest);
  const runs = state.runs.map(([at, count]): Run => [at, count]);
  for (const delay of state.pending) add(runs, written + delay);
  return { ...state, runs, pending: [] };
}

export function toItem(
  tenantId: string,
  endpoint: string,
  state: LimiterState,
  windows: readonly Window[],
): NewItem {
  const { era, stamps, runs, pending, blockedUntil } = state;
  const longest = Math.max(...windows.map(({ lengthMs }) => lengthMs));
  const written = stamps.at(-1)?.high ?? 0;
  const matters = Math.max(written + (pending.at(-1) ?? 0), runs.at(-1)?.[0] ?? 0, blockedUntil);
  return {
    ...limiterKey(tenantId, endpoint),
    era,
    stamps: encodeStamps(stamps),
    runs: encodeRuns(runs),
    pending: encodeIntegers(pending),
    ...(blockedUntil > 0 ? { blockedUntil } : {}),
    expiresAt: Math.ceil((matters + longest + KEPT_FOR_MS) / 1000),
  };
}
