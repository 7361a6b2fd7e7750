/** The events queue's consumer: works on events until Firefish shows them. */
import { randomUUID } from 'node:crypto';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { makeDynamoClient } from '../lib/aws/dynamodb.ts';
import { makeSqsClient } from '../lib/aws/sqs.ts';
import { systemClock } from '../lib/clock.ts';
import { readConfig } from '../lib/config.ts';
import { openCipher } from '../lib/crypto/open-cipher.ts';
import { readGate } from '../lib/firefish/gate.ts';
import { measuredFetch } from '../lib/firefish/measured-fetch.ts';
import { logger } from '../lib/logger.ts';
import { metrics } from '../lib/metrics.ts';
import { readPointer } from '../lib/queue/read-pointer.ts';
import { SqsQueue } from '../lib/queue/sqs-queue.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';
import { firefishClients } from '../lib/sync/firefish-clients.ts';
import { reportEnded, reportWork } from '../lib/sync/report-work.ts';
import { createWorker } from '../lib/sync/worker.ts';
import { tenantLoader } from '../lib/tenants/load-tenant.ts';
import { TenantStore } from '../lib/tenants/tenant-store.ts';

const config = readConfig([
  'CREDENTIALS_TABLE',
  'SYNC_TABLE',
  'EVENTS_QUEUE_URL',
  'DEAD_LETTER_QUEUE_URL',
  'KMS_KEY_ARN',
  'KEY_FILE',
  'FIREFISH_API_URL',
  'FIREFISH_RATE_LIMITS',
  'FIREFISH_TOKEN_LIMITS',
  'EGRESS_ID',
  'FIREFISH_TIMEOUT_MS',
  'BACKLOGS_AT_ONCE',
]);
const dynamo = makeDynamoClient();
const sqs = makeSqsClient();
const clock = systemClock;
const table = new DynamoTable(dynamo, config.SYNC_TABLE, clock);
const cipher = await openCipher(config, clock);
const tenants = new TenantStore(new DynamoTable(dynamo, config.CREDENTIALS_TABLE, clock), clock);

const worker = createWorker({
  table,
  queue: new SqsQueue(sqs, config.EVENTS_QUEUE_URL),
  deadLetters: new SqsQueue(sqs, config.DEAD_LETTER_QUEUE_URL),
  cipher,
  clock,
  loadTenant: tenantLoader(tenants, cipher),
  firefishOf: firefishClients({ config, table, cipher, clock, fetch: measuredFetch(fetch) }),
  readGate: (tenantId, now) => readGate(table, tenantId, now),
  newId: randomUUID,
  random: Math.random,
  callTimeoutMs: config.FIREFISH_TIMEOUT_MS,
  backlogsAtOnce: config.BACKLOGS_AT_ONCE,
  onWork: reportWork,
  onEnded: reportEnded,
});

export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(logMetrics(metrics))
  .handler(async ({ Records }, context) => {
    const read = Records.map((record) => ({ record, pointer: readPointer(record.body) }));
    const readable = read.flatMap(({ record, pointer }) =>
      pointer === undefined ? [] : [{ record, pointer }],
    );
    const { failed } = await worker.handle(
      readable.map(({ pointer }) => pointer),
      context.getRemainingTimeInMillis(),
    );
    for (const { record } of read.filter(({ pointer }) => pointer === undefined)) {
      logger.error('message is no pointer', { messageId: record.messageId });
    }
    return {
      batchItemFailures: [
        // What is no pointer of ours goes round until the queue moves it to the dead letters, and their alarm.
        ...read
          .filter(({ pointer }) => pointer === undefined)
          .map(({ record }) => ({ itemIdentifier: record.messageId })),
        ...failed.flatMap((position) => {
          const messageId = readable[position]?.record.messageId;
          return messageId === undefined ? [] : [{ itemIdentifier: messageId }];
        }),
      ],
    };
  });
