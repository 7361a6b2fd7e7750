/** What the limiter keeps in one item per tenant and endpoint, between bytes and numbers. */
import { limiterKey } from '../store/keys.ts';
import type { Item, NewItem } from '../store/table.ts';
import { decodeRuns, encodeRuns } from './runs-codec.ts';
import { nextStamps, type Stamp } from './shared-time.ts';
import { decodeStamps, encodeStamps } from './stamps-codec.ts';
import { compact, type Run, type Window } from './windows.ts';

export interface LimiterState {
  /** 0: there is no item yet. */
  version: number;
  era: number;
  stamps: Stamp[];
  /** The latest instants, in shared time, at which calls may have left. */
  runs: Run[];
  /** Shared time before which Firefish has asked us not to call again; 0 for never. */
  blockedUntil: number;
}

interface LimiterItem extends Item {
  era: number;
  stamps: Uint8Array;
  runs: Uint8Array;
  blockedUntil?: number;
}

/** Kept this much longer than anything in it matters. */
const KEPT_FOR_MS = 3_600_000;

export const freshState = (era: number): LimiterState => ({
  version: 0,
  era,
  stamps: [],
  runs: [],
  blockedUntil: 0,
});

export function readState(stored: Item): LimiterState {
  const item = stored as LimiterItem; // written below and nowhere else
  return {
    version: item.version,
    era: item.era,
    stamps: decodeStamps(item.stamps),
    runs: decodeRuns(item.runs),
    blockedUntil: item.blockedUntil ?? 0,
  };
}

/** The state as it will be once this write, made at `stamp`, has taken effect. */
export function afterWrite(state: LimiterState, windows: readonly Window[], stamp: Stamp): LimiterState {
  return {
    ...state,
    version: state.version + 1,
    runs: compact(state.runs, windows, stamp.low),
    stamps: nextStamps(state.stamps, stamp),
    blockedUntil: state.blockedUntil > stamp.low ? state.blockedUntil : 0,
  };
}

export function toItem(
  tenantId: string,
  endpoint: string,
  state: LimiterState,
  windows: readonly Window[],
): NewItem {
  const { era, stamps, runs, blockedUntil } = state;
  const longest = Math.max(...windows.map(({ lengthMs }) => lengthMs));
  const matters = Math.max(stamps.at(-1)?.high ?? 0, runs.at(-1)?.[0] ?? 0, blockedUntil);
  return {
    ...limiterKey(tenantId, endpoint),
    era,
    stamps: encodeStamps(stamps),
    runs: encodeRuns(runs),
    ...(blockedUntil > 0 ? { blockedUntil } : {}),
    expiresAt: Math.ceil((matters + longest + KEPT_FOR_MS) / 1000),
  };
}
