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

/** How many of these calls left since then. */
export const callsSince = (runs: readonly Run[], since: number): number =>
  runs.reduce((sum, [at, calls]) => (at >= since ? sum + calls : sum), 0);
