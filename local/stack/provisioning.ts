/** Creates missing queues and tables of the deployment, in the given SQS and DynamoDB. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Deployment, QueueDeployment, TableDeployment } from './deployment.ts';

export interface ProvisionedQueue {
  url: string;
  arn: string;
}

export interface Provisioned {
  /** By logical id. */
  queues: Map<string, ProvisionedQueue>;
  /** Names by logical id. */
  tables: Map<string, string>;
}

/** A table that is being created is checked again after this. */
const TABLE_CHECK_MS = 200;

export async function provision(
  deployment: Deployment,
  sqs: SQSClient,
  dynamoDb: DynamoDBClient,
): Promise<Provisioned> {
  // As CloudFormation names them, with this machine as the stage.
  const nameOf = (logicalId: string): string => `${deployment.service}-local-${logicalId}`;
  const [queues, tables] = await Promise.all([
    provisionQueues(deployment.queues, nameOf, sqs),
    Promise.all(
      [...deployment.tables].map(async ([logicalId, table]): Promise<[string, string]> => {
        await provisionTable(nameOf(logicalId), table, dynamoDb);
        return [logicalId, nameOf(logicalId)];
      }),
    ),
  ]);
  return { queues, tables: new Map(tables) };
}

/** Dead-letter queues first: the others name them. */
async function provisionQueues(
  wanted: ReadonlyMap<string, QueueDeployment>,
  nameOf: (logicalId: string) => string,
  sqs: SQSClient,
): Promise<Map<string, ProvisionedQueue>> {
  const made = new Map<string, ProvisionedQueue>();
  const sorted = [...wanted].sort(
    ([, a], [, b]) => Number(a.RedrivePolicy !== undefined) - Number(b.RedrivePolicy !== undefined),
  );
  for (const [logicalId, queue] of sorted) {
    const url =
      (await findQueue(nameOf(logicalId), sqs)) ?? (await createQueue(nameOf(logicalId), queue, made, sqs));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    made.set(logicalId, { url, arn: Attributes?.QueueArn ?? '' });
  }
  return made;
}

async function findQueue(name: string, sqs: SQSClient): Promise<string | undefined> {
  try {
    return (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl;
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return undefined;
    throw error;
  }
}

async function createQueue(
  name: string,
  { VisibilityTimeout, MessageRetentionPeriod, RedrivePolicy }: QueueDeployment,
  made: ReadonlyMap<string, ProvisionedQueue>,
  sqs: SQSClient,
): Promise<string> {
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: {
        VisibilityTimeout: String(VisibilityTimeout),
        ...(MessageRetentionPeriod === undefined
          ? {}
          : { MessageRetentionPeriod: String(MessageRetentionPeriod) }),
        ...(RedrivePolicy === undefined
          ? {}
          : {
              RedrivePolicy: JSON.stringify({
                deadLetterTargetArn: made.get(RedrivePolicy.deadLetterTargetArn)?.arn,
                maxReceiveCount: RedrivePolicy.maxReceiveCount,
              }),
            }),
      },
    }),
  );
  if (QueueUrl === undefined) throw new Error(`SQS made ${name} and gave no address of it`);
  return QueueUrl;
}

async function provisionTable(
  name: string,
  { expires: _, ...table }: TableDeployment,
  dynamoDb: DynamoDBClient,
): Promise<void> {
  let status = await findTable(name, dynamoDb);
  if (status === undefined) {
    try {
      await dynamoDb.send(
        new CreateTableCommand({ TableName: name, BillingMode: 'PAY_PER_REQUEST', ...table }),
      );
    } catch (error) {
      // Another process came first.
      if (!(error instanceof ResourceInUseException)) throw error;
    }
    status = await findTable(name, dynamoDb);
  }
  while (status !== 'ACTIVE') {
    await new Promise((resolve) => setTimeout(resolve, TABLE_CHECK_MS));
    status = await findTable(name, dynamoDb);
  }
}

async function findTable(name: string, dynamoDb: DynamoDBClient): Promise<string | undefined> {
  try {
    return (await dynamoDb.send(new DescribeTableCommand({ TableName: name }))).Table?.TableStatus;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
