/** Each minute: wakes the tenants whose timer rows are due, and sends alerts about tenants in trouble. */
import type { TenantId } from '../lib/ids.ts';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import { openAlertsChannel } from '../lib/alerts/alerts-channel.ts';
import { watch } from '../lib/alerts/watch.ts';
import { makeDynamoClient } from '../lib/aws/dynamodb.ts';
import { makeSqsClient } from '../lib/aws/sqs.ts';
import { systemClock } from '../lib/clock.ts';
import { readConfig } from '../lib/config.ts';
import { measure, metrics } from '../lib/metrics.ts';
import { SqsWakeUps } from '../lib/queue/sqs-wake-ups.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';
import { TenantStore } from '../lib/tenants/tenant-store.ts';
import { createSweep } from '../lib/turn/sweep.ts';

const config = readConfig(['CREDENTIALS_TABLE', 'SYNC_TABLE', 'EVENTS_QUEUE_URL', 'ALARM_TOPIC_ARN']);
const clock = systemClock;
const dynamo = makeDynamoClient();
const table = new DynamoTable(dynamo, config.SYNC_TABLE, clock);
const tenants = new TenantStore(new DynamoTable(dynamo, config.CREDENTIALS_TABLE, clock), clock);
const watching = {
  ...{ table, clock },
  alerts: openAlertsChannel(config),
  readTenant: (tenantId: TenantId) => tenants.recent(tenantId),
};
const sweep = createSweep({
  ...{ table, clock },
  wakeUps: new SqsWakeUps(makeSqsClient(), config.EVENTS_QUEUE_URL),
  watch: async (tenantIds) => {
    measure('TenantsAtWork', tenantIds.length);
    const { breakersOpen } = await watch(watching, tenantIds);
    measure('BreakersOpen', breakersOpen);
  },
});

export const handler = middy()
  .use(logMetrics(metrics))
  .handler(async () => {
    await sweep.sweep();
  });
