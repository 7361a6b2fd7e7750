/**
 * After a kill -9 no other process runs: no lease has to be waited for, and every tenant with open work continues at
 * once. In the cloud, returning messages and timer rows do this.
 */
import type { TenantId } from '../../lib/ids.ts';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '../../lib/clock.ts';
import { SqsWakeUps } from '../../lib/queue/sqs-wake-ups.ts';
import { wakeTenant } from '../../lib/queue/timers.ts';
import { DynamoTable } from '../../lib/store/dynamo-table.ts';
import { inboxPartition, laterPartition } from '../../lib/store/sync-keys.ts';
import type { Table } from '../../lib/store/table.ts';
import { TenantStore } from '../../lib/tenants/tenant-store.ts';
import { readTurn } from '../../lib/turn/turn-record.ts';

/** @param names of the tables and the queue, as the functions get them */
export async function resumeWork(
  names: Readonly<Record<string, string>>,
  { sqs, dynamoDb }: { sqs: SQSClient; dynamoDb: DynamoDBClient },
): Promise<void> {
  const { CREDENTIALS_TABLE, SYNC_TABLE, EVENTS_QUEUE_URL } = names;
  if (CREDENTIALS_TABLE === undefined || SYNC_TABLE === undefined || EVENTS_QUEUE_URL === undefined) return;
  const table = new DynamoTable(dynamoDb, SYNC_TABLE, systemClock);
  const tenants = new TenantStore(new DynamoTable(dynamoDb, CREDENTIALS_TABLE, systemClock), systemClock);
  const work = { table, wakeUps: new SqsWakeUps(sqs, EVENTS_QUEUE_URL), clock: systemClock };
  for await (const { tenantId } of tenants.all()) await resumeTenant(work, tenantId);
}

/** A turn that closed its record may have ended before it sent the wake-up for what waits. */
export async function resumeTenant(
  work: Parameters<typeof wakeTenant>[0],
  tenantId: TenantId,
): Promise<void> {
  await endLease(work.table, tenantId);
  for (const dueAt of await dueTimes(work.table, tenantId)) await wakeTenant(work, tenantId, dueAt);
}

/** No event is suspected, because no event ended the process. Calls since the last save stay unknown. */
async function endLease(table: Table, tenantId: TenantId): Promise<void> {
  const turn = await readTurn(table, tenantId);
  if (turn === undefined || turn.closedAt !== undefined) return;
  await table.put({ ...turn, leaseEnd: 0, announced: [] }, turn.version);
}

/** When there is something to do (epoch milliseconds; 0: now): for the inbox, and for the first event that waits alone. */
async function dueTimes(table: Table, tenantId: TenantId): Promise<number[]> {
  const pages = await Promise.all(
    [inboxPartition(tenantId), laterPartition(tenantId)].map((pk) => table.query({ pk, limit: 1 })),
  );
  const [inbox = [], later = []] = pages.map(({ items }) => items);
  return [...inbox.map(() => 0), ...later.map(({ sk }) => Number(sk.slice(0, sk.indexOf('#'))))];
}
