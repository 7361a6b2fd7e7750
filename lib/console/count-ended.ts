import type { CountingTable } from '../store/counting-table.ts';
import { endedEventsPartition, failedEventsPartition } from '../store/keys.ts';

export interface EndedCounts {
  synced: number;
  skipped: number;
  failed: number;
}

/** How many events ended from then to then (epoch milliseconds, the end excluded). DynamoDB counts, and sends nothing. */
export async function countEnded(
  sync: CountingTable,
  tenantId: string,
  from: number,
  to: number,
): Promise<EndedCounts> {
  if (to <= from) return { synced: 0, skipped: 0, failed: 0 };
  const count = async (pk: string): Promise<number> => {
    const range = { from: new Date(from).toISOString(), to: new Date(to - 1).toISOString() };
    return (await sync.count({ pk, index: true, ...range })).count;
  };
  const [synced, skipped, failed] = await Promise.all([
    count(endedEventsPartition(tenantId, 'synced')),
    count(endedEventsPartition(tenantId, 'skipped')),
    count(failedEventsPartition(tenantId)),
  ]);
  return { synced, skipped, failed };
}
