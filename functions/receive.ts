/** `POST /v1/events`: accepts SourceWhale's events. */
import { randomUUID } from 'node:crypto';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import { makeDynamoClient } from '../lib/aws/dynamodb.ts';
import { makeSqsClient } from '../lib/aws/sqs.ts';
import { systemClock } from '../lib/clock.ts';
import { readConfig } from '../lib/config.ts';
import { openAuthentication } from '../lib/credentials/open-authentication.ts';
import { openCipher } from '../lib/crypto/open-cipher.ts';
import { authentication } from '../lib/http/authentication.ts';
import { httpEdge } from '../lib/http/http-edge.ts';
import { createIntake } from '../lib/intake/accept-batch.ts';
import { eventsEndpoint } from '../lib/intake/events-endpoint.ts';
import { metrics } from '../lib/metrics.ts';
import { SqsWakeUps } from '../lib/queue/sqs-wake-ups.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';

const config = readConfig(['CREDENTIALS_TABLE', 'SYNC_TABLE', 'EVENTS_QUEUE_URL', 'KMS_KEY_ARN', 'KEY_FILE']);
const dynamo = makeDynamoClient();
const sync = new DynamoTable(dynamo, config.SYNC_TABLE, systemClock);
const credentials = new DynamoTable(dynamo, config.CREDENTIALS_TABLE, systemClock);
const intake = createIntake({
  table: sync,
  wakeUps: new SqsWakeUps(makeSqsClient(), config.EVENTS_QUEUE_URL),
  cipher: await openCipher(config, systemClock, credentials),
  clock: systemClock,
  newId: randomUUID,
});

export const handler = middy()
  .use(logMetrics(metrics))
  .use(httpEdge())
  .use(authentication(openAuthentication(credentials, sync, systemClock)))
  .handler(eventsEndpoint(intake, sync, systemClock));
