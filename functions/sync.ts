/** The queue's consumer: each message says "look at this tenant". */
import { randomUUID } from 'node:crypto';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { makeDynamoClient } from '../lib/aws/dynamodb.ts';
import { makeS3Client } from '../lib/aws/s3.ts';
import { makeSqsClient } from '../lib/aws/sqs.ts';
import { systemClock } from '../lib/clock.ts';
import { readConfig } from '../lib/config.ts';
import { openCipher } from '../lib/crypto/open-cipher.ts';
import { S3DocumentFiles } from '../lib/documents/s3-document-files.ts';
import { EVENT_HANDLERS } from '../lib/event-handlers.ts';
import { createTenantFirefish } from '../lib/firefish/tenant-firefish.ts';
import { logger } from '../lib/logger.ts';
import { measuredFetch } from '../lib/measured-fetch.ts';
import { metrics } from '../lib/metrics.ts';
import { readWakeUp } from '../lib/queue/read-wake-up.ts';
import { SqsWakeUps } from '../lib/queue/sqs-wake-ups.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';
import { tenantLoader } from '../lib/tenants/load-tenant.ts';
import { TenantStore } from '../lib/tenants/tenant-store.ts';
import { reportEnded, reportWork } from '../lib/turn/report-work.ts';
import { createSync } from '../lib/turn/sync.ts';

const config = readConfig([
  'CREDENTIALS_TABLE',
  'SYNC_TABLE',
  'EVENTS_QUEUE_URL',
  'DOCUMENTS_BUCKET',
  'KMS_KEY_ARN',
  'KEY_FILE',
  'FIREFISH_API_URL',
  'FIREFISH_RATE_LIMITS',
  'FIREFISH_TOKEN_LIMITS',
  'EGRESS_ID',
  'FIREFISH_TIMEOUT_MS',
]);
const dynamo = makeDynamoClient();
const clock = systemClock;
const credentials = new DynamoTable(dynamo, config.CREDENTIALS_TABLE, clock);
const cipher = await openCipher(config, clock, credentials);
const tenants = new TenantStore(credentials, clock);

const sync = createSync({
  table: new DynamoTable(dynamo, config.SYNC_TABLE, clock),
  wakeUps: new SqsWakeUps(makeSqsClient(), config.EVENTS_QUEUE_URL),
  documents: new S3DocumentFiles(makeS3Client(), config.DOCUMENTS_BUCKET),
  cipher,
  clock,
  newId: randomUUID,
  loadTenant: tenantLoader(tenants, cipher),
  config,
  fetch: measuredFetch(fetch),
  handlers: EVENT_HANDLERS,
  openFirefish: createTenantFirefish,
  onEnded: reportEnded,
  onWork: reportWork,
});

export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(logMetrics(metrics))
  .handler(async ({ Records }, context) => {
    const handle = async ({ messageId, body }: SQSRecord): Promise<{ itemIdentifier: string }[]> => {
      const wakeUp = readWakeUp(body);
      if (wakeUp !== undefined) {
        const done = await sync.handle(wakeUp, context.getRemainingTimeInMillis());
        if (done === 'done') return [];
      } else logger.error('message is no wake-up', { messageId });
      // A message that is not a wake-up comes back until the queue moves it to the dead-letter queue, which has an
      // alarm.
      return [{ itemIdentifier: messageId }];
    };
    return { batchItemFailures: (await Promise.all(Records.map(handle))).flat() };
  });
