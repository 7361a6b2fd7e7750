/** DynamoDB and SQS over the wire, as the local stack embeds them, for tests over the wire. */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { openDynamoDb } from '../../local/embedded/dynamodb.ts';
import { openSqs } from '../../local/embedded/sqs.ts';

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
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['expiresAt'] },
    },
  ],
};

export interface LocalAws {
  eventsQueueUrl: string;
  /** The bodies of all messages on the events queue. Hides them for an hour. */
  queued(): Promise<unknown[]>;
  close(): Promise<void>;
}

/**
 * Starts both services and makes the tables `credentials`, `sync`, `audit` and the queues. The environment is
 * set as deployment sets it, so that SDK clients and functions made afterwards find everything.
 */
/** A table that was requested a moment ago does not exist yet. */
export async function makeTable(client: DynamoDBClient, table: CreateTableCommandInput): Promise<void> {
  await client.send(new CreateTableCommand(table));
  await waitUntilTableExists(
    { client, maxWaitTime: 30, minDelay: 0.01, maxDelay: 0.1 },
    { TableName: table.TableName },
  );
}

export async function startAws(): Promise<LocalAws> {
  const [dynamo, sqs] = await Promise.all([openDynamoDb(undefined), openSqs(undefined)]);
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_ENDPOINT_URL_SQS: sqs.url,
    CREDENTIALS_TABLE: 'credentials',
    SYNC_TABLE: 'sync',
    AUDIT_TABLE: 'audit',
    DOCUMENTS_BUCKET: 'documents',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
  const tables = new DynamoDBClient({});
  await makeTable(tables, SYNC_TABLE);
  await makeTable(tables, { ...KEYS, TableName: 'credentials' });
  await makeTable(tables, { ...KEYS, TableName: 'audit' });
  tables.destroy();
  const queues = new SQSClient({ useQueueUrlAsEndpoint: false });
  const createQueue = async (QueueName: string): Promise<string> =>
    (await queues.send(new CreateQueueCommand({ QueueName }))).QueueUrl!;
  const eventsQueueUrl = await createQueue('events');
  process.env['EVENTS_QUEUE_URL'] = eventsQueueUrl;
  const seen: unknown[] = [];
  return {
    eventsQueueUrl,
    async queued() {
      for (;;) {
        const { Messages = [] } = await queues.send(
          new ReceiveMessageCommand({
            QueueUrl: eventsQueueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: 3600,
          }),
        );
        if (Messages.length === 0) return [...seen];
        seen.push(...Messages.map(({ Body }) => JSON.parse(Body!) as unknown));
      }
    },
    async close() {
      queues.destroy();
      await Promise.all([dynamo.stop(), sqs.stop()]);
    },
  };
}
