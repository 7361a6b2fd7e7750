import { DescribeTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readDeployment } from '../../local/stack/deployment.ts';
import { openDynamoDb } from '../../local/embedded/dynamodb.ts';
import { openSqs } from '../../local/embedded/sqs.ts';
import type { EmulatorServer } from '../../local/embedded/emulators.ts';
import { provision } from '../../local/stack/provisioning.ts';

const deployment = readDeployment(new URL('../../', import.meta.url));

let servers: EmulatorServer[];
let sqs: SQSClient;
let dynamoDb: DynamoDBClient;
beforeAll(async () => {
  servers = await Promise.all([openSqs(undefined), openDynamoDb(undefined)]);
  const common = { region: 'eu-west-2', credentials: { accessKeyId: 'x', secretAccessKey: 'y' } };
  sqs = new SQSClient({ ...common, endpoint: servers[0]!.url, useQueueUrlAsEndpoint: false });
  dynamoDb = new DynamoDBClient({ ...common, endpoint: servers[1]!.url });
});
afterAll(async () => {
  sqs.destroy();
  dynamoDb.destroy();
  await Promise.all(servers.map((server) => server.stop()));
});

test('the queues are as in serverless.yml', async () => {
  const { queues } = await provision(deployment, sqs, dynamoDb);

  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queues.get('EventsQueue')!.url, AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({ VisibilityTimeout: '90', MessageRetentionPeriod: '1209600' });
  expect(JSON.parse(Attributes!.RedrivePolicy!)).toEqual({
    deadLetterTargetArn: queues.get('DeadLetterQueue')!.arn,
    maxReceiveCount: deployment.queues.get('EventsQueue')!.RedrivePolicy!.maxReceiveCount,
  });
});

test('the tables are as in serverless.yml', async () => {
  const { tables } = await provision(deployment, sqs, dynamoDb);

  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: tables.get('SyncTable') }));
  expect(Table).toMatchObject({
    TableStatus: 'ACTIVE',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      { IndexName: 'index', Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['expiresAt'] } },
    ],
  });
});

test('existing queues and tables stay as they are, with their content', async () => {
  const { queues, tables } = await provision(deployment, sqs, dynamoDb);
  const QueueUrl = queues.get('EventsQueue')!.url;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }));
  const TableName = tables.get('AuditTable')!;
  await dynamoDb.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' }, sk: { S: 'b' } } }));

  expect(await provision(deployment, sqs, dynamoDb)).toEqual({ queues, tables });

  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes!.ApproximateNumberOfMessages).toBe('1');
  expect((await dynamoDb.send(new ScanCommand({ TableName }))).Count).toBe(1);
});

test('two processes that provision at once do not disturb each other', async () => {
  const renamed = { ...deployment, service: 'twice' };

  const [first, second] = await Promise.all([
    provision(renamed, sqs, dynamoDb),
    provision(renamed, sqs, dynamoDb),
  ]);

  expect(first).toEqual(second);
});
