/** Each minute: sends what is due or was never sent, and what limits have kept back. */
import middy from '@middy/core';
import { makeDynamoClient } from '../lib/aws/dynamodb.ts';
import { makeSqsClient } from '../lib/aws/sqs.ts';
import { systemClock } from '../lib/clock.ts';
import { readConfig } from '../lib/config.ts';
import { readGate } from '../lib/firefish/gate.ts';
import { SqsQueue } from '../lib/queue/sqs-queue.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';
import { createSweeper } from '../lib/sync/sweeper.ts';

const config = readConfig(['SYNC_TABLE', 'EVENTS_QUEUE_URL', 'DEAD_LETTER_QUEUE_URL']);
const sqs = makeSqsClient();
const table = new DynamoTable(makeDynamoClient(), config.SYNC_TABLE, systemClock);
const sweeper = createSweeper({
  table,
  queue: new SqsQueue(sqs, config.EVENTS_QUEUE_URL),
  deadLetters: new SqsQueue(sqs, config.DEAD_LETTER_QUEUE_URL),
  clock: systemClock,
  readGate: (tenantId, now) => readGate(table, tenantId, now),
});

export const handler = middy().handler(async (_schedule, context) => {
  await sweeper.run(() => context.getRemainingTimeInMillis());
});
