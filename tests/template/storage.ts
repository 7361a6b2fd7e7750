/** Queues, tables, the bucket of documents, and the keys. */
import { describe, expect, it } from '@jest/globals';
import { DOCUMENT_RETENTION_SECONDS, QUEUE } from '../../lib/times.ts';
import { arnOf, dev, ofType, prod, properties, resource } from './packaged.ts';

const FOURTEEN_DAYS = 14 * 24 * 3600;

describe('the queues', () => {
  it('keep messages for 14 days, encrypted', () => {
    expect(ofType('AWS::SQS::Queue').map(([name]) => name)).toEqual(['EventsQueue', 'DeadLetterQueue']);
    for (const [, { Properties }] of ofType('AWS::SQS::Queue')) {
      expect(Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: FOURTEEN_DAYS });
    }
  });

  it('have a visibility timeout that is a little longer than the timeout of sync', () => {
    expect(properties('EventsQueue').VisibilityTimeout).toBe(QUEUE.visibilityTimeoutSeconds);
    expect(QUEUE.visibilityTimeoutSeconds).toBeGreaterThan(QUEUE.functionTimeoutSeconds);
  });

  it('move a message that crashes the worker again and again to the dead-letter queue', () => {
    expect(properties('EventsQueue').RedrivePolicy).toEqual({
      deadLetterTargetArn: arnOf('DeadLetterQueue'),
      maxReceiveCount: 5,
    });
  });

  it('accept messages only over TLS', () => {
    expect(properties('QueuePolicy')).toMatchObject({
      Queues: [{ Ref: 'EventsQueue' }, { Ref: 'DeadLetterQueue' }],
      PolicyDocument: {
        Statement: [
          { Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': false } } },
        ],
      },
    });
  });

  it('send sync one wake-up at a time, with failures reported and limited concurrency', () => {
    expect(ofType('AWS::Lambda::EventSourceMapping')).toHaveLength(1);
    expect(properties('SyncEventSourceMappingSQSEventsQueue')).toMatchObject({
      EventSourceArn: arnOf('EventsQueue'),
      FunctionName: arnOf('SyncLambdaFunction'),
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
      Enabled: true,
    });
  });

  it('are swept each minute', () => {
    expect(ofType('AWS::Events::Rule')).toHaveLength(1);
    expect(properties('SweepEventsRuleSchedule1')).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [{ Arn: arnOf('SweepLambdaFunction') }],
    });
  });
});

describe('the bucket of documents', () => {
  it('is private, encrypted under the key of the stage, and outlives the stack', () => {
    expect(resource('DocumentsBucket')).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arnOf('Key') } },
          ],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      },
    });
  });

  it('deletes what is seven days old', () => {
    expect(properties('DocumentsBucket').LifecycleConfiguration).toMatchObject({
      Rules: [{ Status: 'Enabled', ExpirationInDays: DOCUMENT_RETENTION_SECONDS / 86_400 }],
    });
  });

  it('can be reached only over TLS', () => {
    expect(properties('DocumentsBucketPolicy')).toMatchObject({
      Bucket: { Ref: 'DocumentsBucket' },
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Condition: { Bool: { 'aws:SecureTransport': false } },
          },
        ],
      },
    });
  });
});

describe('the tables', () => {
  it.each(['CredentialsTable', 'SyncTable', 'AuditTable'])(
    '%s is on demand, encrypted, restorable and outlives the stack',
    (name) => {
      expect(resource(name)).toMatchObject({
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: arnOf('Key') },
          DeletionProtectionEnabled: true,
        },
      });
    },
  );

  it('are three, and only the sync table has an index', () => {
    const indexed = ofType('AWS::DynamoDB::Table').map(([name, { Properties }]) => [
      name,
      Properties.GlobalSecondaryIndexes,
    ]);
    expect(Object.fromEntries(indexed)).toEqual({
      CredentialsTable: undefined,
      AuditTable: undefined,
      SyncTable: [
        {
          IndexName: 'index',
          KeySchema: [
            { AttributeName: 'indexPk', KeyType: 'HASH' },
            { AttributeName: 'indexSk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['expiresAt'] },
        },
      ],
    });
  });
});

describe('the key', () => {
  it('is rotated and outlives the stack', () => {
    expect(resource('Key')).toMatchObject({
      Type: 'AWS::KMS::Key',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { EnableKeyRotation: true },
    });
  });

  it('can be used outside IAM only through DynamoDB, alarms and logs, each with conditions', () => {
    const { Statement } = properties('Key').KeyPolicy as { Statement: { Sid: string; Condition?: object }[] };
    expect(Statement.map(({ Sid, Condition }) => [Sid, Object.keys(Condition ?? {})])).toEqual([
      ['TheAccountDecidesByIam', []],
      ['TablesThroughDynamoDb', ['StringEquals']],
      ['AlarmsToTheEncryptedTopic', ['StringEquals']],
      ['LogsOfThisStack', ['ArnLike']],
    ]);
  });
});

describe('another encryption key', () => {
  const [first, before] = ['arn:next', 'arn:before'];
  const statementOf = (name: string): unknown =>
    (properties(name, prod).PolicyDocument as { Statement: unknown[] }).Statement[0];

  it('exists if the stage names one, and then encrypts', () => {
    const { Variables } = properties('SyncLambdaFunction', prod).Environment as { Variables: object };
    expect(Variables).toMatchObject({ KMS_KEY_ARN: first });
  });

  it.each([
    ['OtherKeysToEncrypt', 'kms:GenerateDataKey', first],
    ['OtherKeysToDecrypt', 'kms:Decrypt', [first, before]],
  ])('can be used as %s by the same roles as the stack’s own key', (name, Action, Resource) => {
    expect(dev.Resources).not.toHaveProperty(name);
    expect(statementOf(name)).toEqual({ Effect: 'Allow', Action, Resource });
    const able = Object.entries(prod.Resources)
      .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
      .filter(([, { Properties }]) => {
        const [policy] = (Properties.Policies ?? []) as [{ PolicyDocument: { Statement: object[] } }?];
        return policy?.PolicyDocument.Statement.some((statement) => {
          const { Action: actions, Condition } = statement as {
            Action: string | string[];
            Condition?: object;
          };
          return [actions].flat().includes(Action) && Condition === undefined;
        });
      });
    const { Roles } = properties(name, prod) as { Roles: { Ref: string }[] };
    expect(Roles.map(({ Ref }) => Ref).sort()).toEqual(able.map(([role]) => role).sort());
  });
});
