/** DynamoDB and SQS over the wire, in this process, for the tests of what is about the wire. */
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { startFauxqs } from 'fauxqs';

// dynalite comes without types; this is all of it that is used.
const dynalite = createRequire(import.meta.url)('dynalite') as (options: { createTableMs: number }) => Server;

const KEYS: Pick<CreateTableCommandInput, 'BillingMode' | 'AttributeDefinitions' | 'KeySchema'> = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
};

const SYNC_TABLE: CreateTableCommandInput = {
  ...KEYS,
  TableName: 'sync',
  AttributeDefinitions: [
    ...(KEYS.AttributeDefinitions ?? []),
    { AttributeName: 'indexPk', AttributeType: 'S' },
    { AttributeName: 'indexSk', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'index',
      KeySchema: [
        { AttributeName: 'indexPk', KeyType: 'HASH' },
        { AttributeName: 'indexSk', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

export interface LocalAws {
  eventsQueueUrl: string;
  /** The bodies of all messages on the events queue, received or not. */
  queued(): unknown[];
  close(): Promise<void>;
}

/**
 * Starts both services and makes the tables `credentials`, `sync`, `audit` and the queues. The environment is
 * set as deployment sets it, so that SDK clients and functions made afterwards find everything.
 */
export async function startAws(): Promise<LocalAws> {
  const dynamo = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => dynamo.listen(0, '127.0.0.1', resolve));
  const { port } = dynamo.address() as AddressInfo;
  const sqs = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1', defaultRegion: 'eu-west-1' });
  const eventsQueueUrl = sqs.createQueue('events').queueUrl;
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
    AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${sqs.port}`,
    EVENTS_QUEUE_URL: eventsQueueUrl,
    DEAD_LETTER_QUEUE_URL: sqs.createQueue('dead-letters').queueUrl,
    CREDENTIALS_TABLE: 'credentials',
    SYNC_TABLE: 'sync',
    AUDIT_TABLE: 'audit',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
  const client = new DynamoDBClient({});
  await client.send(new CreateTableCommand(SYNC_TABLE));
  await client.send(new CreateTableCommand({ ...KEYS, TableName: 'credentials' }));
  await client.send(new CreateTableCommand({ ...KEYS, TableName: 'audit' }));
  client.destroy();
  return {
    eventsQueueUrl,
    queued() {
      const messages = sqs.inspectQueue('events')?.messages;
      const inflight = (messages?.inflight ?? []).map(({ message }) => message);
      return [...(messages?.ready ?? []), ...(messages?.delayed ?? []), ...inflight].map(
        ({ body }) => JSON.parse(body) as unknown,
      );
    },
    async close() {
      dynamo.closeAllConnections();
      await Promise.all([new Promise((resolve) => dynamo.close(resolve)), sqs.stop()]);
    },
  };
}
