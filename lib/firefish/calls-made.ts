/** The calls that a tenant has made of late, per endpoint, as its limiter has written them down. Nothing is asked of Firefish. */
import { limiterPartition } from '../store/keys.ts';
import { queryAll, type Table } from '../store/table.ts';
import { allRuns, QUARTER_MS, readState } from './limiter-item.ts';
import type { Run } from './windows.ts';

export interface CallsMade {
  endpoint: string;
  /** Of the last hour, ascending: epoch milliseconds, to a second or two, and how many. */
  runs: Run[];
  /** Of the last day, by the beginning of each quarter of an hour (epoch milliseconds). */
  quarters: Map<number, number>;
}

export async function callsMade(table: Table, tenantId: string): Promise<CallsMade[]> {
  const endpoints: CallsMade[] = [];
  for await (const item of queryAll(table, { pk: limiterPartition(tenantId) })) {
    const state = readState(item);
    endpoints.push({
      endpoint: item.sk,
      // Whose clock the instants are of matters for the limits, not for people: clocks are a second apart at most.
      runs: allRuns(state, () => undefined),
      quarters: new Map(state.quarters.map(([quarter, calls]) => [quarter * QUARTER_MS, calls])),
    });
  }
  return endpoints;
}

/** How many of these calls left since then, or have their turn within the next seconds. */
export const callsSince = (runs: readonly Run[], since: number): number =>
  runs.reduce((sum, [at, calls]) => (at >= since ? sum + calls : sum), 0);

/**
 * How many of a limit's places are taken. A call takes its place a moment before it leaves, and is written down with the
 * latest instant at which it may: so a look at the last minute can find some of the next one's, but never are more
 * places taken than there are.
 * @param places how many the window has; undefined where there is no such limit
 */
export const placesTaken = (runs: readonly Run[], since: number, places = Infinity): number =>
  Math.min(callsSince(runs, since), places);
