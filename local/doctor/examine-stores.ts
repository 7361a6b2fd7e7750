/** Queues, tables and the key: what holds data. */
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, GetKeyRotationStatusCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Deployment } from '../stack/deployment.ts';
import { examine, type Finding, ok, wrong } from './finding.ts';
import type { Stage } from './stage.ts';

/** The physical id of a resource. @throws Error whose name says that it does not exist */
function idOf({ physicalIds }: Stage, logicalId: string): string {
  const id = physicalIds.get(logicalId);
  if (id !== undefined) return id;
  throw Object.assign(new Error(`the stack has no ${logicalId}`), { name: 'NotFound' });
}

export async function examineStores(stage: Stage, deployment: Deployment): Promise<Finding[]> {
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  const dynamo = new DynamoDBClient({});
  const kms = new KMSClient({});
  try {
    const findings = await Promise.all([
      ...[...deployment.queues.keys()].map((id) =>
        examine(`queue ${id}`, () => examineQueue(sqs, stage, deployment, id)),
      ),
      ...[...deployment.tables.keys()].map((id) =>
        examine(`table ${id}`, () =>
          examineTable(dynamo, `table ${id}`, idOf(stage, id), deployment.tables.get(id)?.expires === true),
        ),
      ),
      examine('key', () => examineKey(kms, idOf(stage, 'Key'))),
    ]);
    return findings.flat();
  } finally {
    for (const client of [sqs, dynamo, kms]) client.destroy();
  }
}

async function examineQueue(
  sqs: SQSClient,
  stage: Stage,
  { queues, queueSources, functions }: Deployment,
  logicalId: string,
): Promise<Finding[]> {
  const part = `queue ${logicalId}`;
  const QueueUrl = idOf(stage, logicalId);
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  const waiting = Number(Attributes['ApproximateNumberOfMessages']);
  const facts = `${waiting} waiting, ${Attributes['ApproximateNumberOfMessagesNotVisible'] ?? '?'} in progress`;
  if (queues.get(logicalId)?.RedrivePolicy === undefined) {
    if (waiting === 0) return [ok(part, facts)];
    const advice = `the log of sync says why; nothing is lost with them; then aws sqs purge-queue --queue-url ${QueueUrl}`;
    return [wrong(part, facts, advice)];
  }
  if (Attributes['RedrivePolicy'] === undefined) {
    return [
      wrong(part, `${facts}; no dead-letter queue`, 'what crashes the sync goes round forever: deploy again'),
    ];
  }
  const consumer = queueSources.find(({ queue }) => queue === logicalId)?.functionName;
  const timeoutMs = functions.find(({ name }) => name === consumer)?.timeoutMs ?? 0;
  const hidden = Number(Attributes['VisibilityTimeout']);
  const wanted = timeoutMs / 1000;
  return [
    hidden > wanted
      ? ok(part, facts)
      : wrong(
          part,
          `${facts}; hides messages for ${hidden} s`,
          `it should be more than the ${wanted} s of its function: deploy again`,
        ),
  ];
}

/** @param expires whether its items are to end by themselves: those of the audit table must not */
async function examineTable(
  dynamo: DynamoDBClient,
  part: string,
  TableName: string,
  expires: boolean,
): Promise<Finding[]> {
  const [{ Table }, { ContinuousBackupsDescription }, { TimeToLiveDescription }] = await Promise.all([
    dynamo.send(new DescribeTableCommand({ TableName })),
    dynamo.send(new DescribeContinuousBackupsCommand({ TableName })),
    dynamo.send(new DescribeTimeToLiveCommand({ TableName })),
  ]);
  const backups = ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
  const faults = [
    ...(Table?.TableStatus === 'ACTIVE' ? [] : [`it is ${Table?.TableStatus ?? '?'}`]),
    ...(backups === 'ENABLED' ? [] : ['no point-in-time recovery']),
    ...timeToLiveFaults(expires, TimeToLiveDescription?.TimeToLiveStatus),
    ...(Table?.DeletionProtectionEnabled === true ? [] : ['not protected from deletion']),
  ];
  if (faults.length > 0)
    return [
      wrong(part, `${TableName}: ${faults.join(', ')}`, 'someone has switched it off by hand: deploy again'),
    ];
  return [ok(part, `${TableName}: active, restorable, ${expires ? 'expiring' : 'kept forever'}, protected`)];
}

function timeToLiveFaults(expires: boolean, status = ''): string[] {
  const isOn = /^ENABL(?:ED|ING)$/.test(status);
  if (isOn === expires) return [];
  return [expires ? 'what has expired is kept' : 'entries can be deleted by an expiresAt that is past'];
}

async function examineKey(kms: KMSClient, KeyId: string): Promise<Finding[]> {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
  const { KeyState = '?', DeletionDate } = KeyMetadata ?? {};
  if (KeyState === 'PendingDeletion') {
    const found = `it is going to be deleted on ${DeletionDate?.toISOString() ?? '?'}, and with it all that is encrypted, forever`;
    return [
      wrong(
        'key',
        found,
        `at once: aws kms cancel-key-deletion --key-id ${KeyId}, then aws kms enable-key --key-id ${KeyId}`,
      ),
    ];
  }
  if (KeyState !== 'Enabled')
    return [wrong('key', KeyState, `nothing can be read or stored: aws kms enable-key --key-id ${KeyId}`)];
  const { KeyRotationEnabled } = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
  return [
    KeyRotationEnabled === true
      ? ok('key', 'enabled, rotated each year')
      : wrong('key', 'enabled, never rotated', `aws kms enable-key-rotation --key-id ${KeyId}`),
  ];
}
