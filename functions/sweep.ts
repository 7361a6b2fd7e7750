/** Each minute: sends what is due or was never sent, and what limits have kept back. */
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import { openAlertsChannel } from '../lib/alerts/alerts-channel.ts';
import { watch } from '../lib/alerts/watch.ts';
import { makeDynamoClient } from '../lib/aws/dynamodb.ts';
import { makeSqsClient } from '../lib/aws/sqs.ts';
import { systemClock } from '../lib/clock.ts';
import { readConfig } from '../lib/config.ts';
import { readGate } from '../lib/firefish/gate.ts';
import { measure, metrics } from '../lib/metrics.ts';
import { SqsQueue } from '../lib/queue/sqs-queue.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';
import { reportEnded } from '../lib/sync/report-work.ts';
import { createSweeper } from '../lib/sync/sweeper.ts';
import { TenantStore } from '../lib/tenants/tenant-store.ts';

const config = readConfig([
  'CREDENTIALS_TABLE',
  'SYNC_TABLE',
  'EVENTS_QUEUE_URL',
  'DEAD_LETTER_QUEUE_URL',
  'ALARM_TOPIC_ARN',
]);
const sqs = makeSqsClient();
const dynamo = makeDynamoClient();
const table = new DynamoTable(dynamo, config.SYNC_TABLE, systemClock);
const tenants = new TenantStore(new DynamoTable(dynamo, config.CREDENTIALS_TABLE, systemClock), systemClock);
const watching = {
  table,
  alerts: openAlertsChannel(config),
  clock: systemClock,
  readTenant: (tenantId: string) => tenants.recent(tenantId),
};
const sweeper = createSweeper({
  table,
  queue: new SqsQueue(sqs, config.EVENTS_QUEUE_URL),
  deadLetters: new SqsQueue(sqs, config.DEAD_LETTER_QUEUE_URL),
  clock: systemClock,
  readGate: (tenantId, now) => readGate(table, tenantId, now),
  onEnded: reportEnded,
  watch: async (tenantIds) => {
    measure('TenantsAtWork', tenantIds.length);
    const { breakersOpen } = await watch(watching, tenantIds);
    measure('BreakersOpen', breakersOpen);
  },
});

export const handler = middy()
  .use(logMetrics(metrics))
  .handler(async (_schedule, context) => {
    await sweeper.run(() => context.getRemainingTimeInMillis());
  });
