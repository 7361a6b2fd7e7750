/**
 * What CloudFormation calls in the name of who deploys, to make, look at and end each resource of the template. Moto
 * creates resources without checking permissions, so this is from AWS's documentation: it compares the deployer's
 * policy with the template.
 */
import type { IamRequest } from './iam-requests.ts';
import { ACCOUNT, REGION } from './moto.ts';
import type { Resource } from './template.ts';

interface Calls {
  /** `lambda:CreateFunction …`, on the resource itself. */
  actions: string;
  /** The ARN of a resource of this type that CloudFormation has named after the stack. */
  arn: (name: string) => string;
  /** What it calls elsewhere. */
  others?: IamRequest[];
}

const regional = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const on = (resource: string, ...actions: string[]): IamRequest[] =>
  actions.map((action) => ({ action, resource, context: {} }));

/** The simulator does not know the resources of an HTTP API, only the older API Gateway's: nothing is compared here. */
const HTTP_API: Calls = { actions: '', arn: () => '' };
const functionArn = (name: string): string => regional('lambda', `function:${name}`);
const bucketArn = (name: string): string => `arn:aws:s3:::${name}`;
const queueArn = (name: string): string => regional('sqs', name);
const topicArn = (name: string): string => regional('sns', name);
const keyArn = regional('kms', 'key/1234abcd-12ab-34cd-56ef-1234567890ab');

const CALLS: Record<string, Calls> = {
  'AWS::Lambda::Function': {
    actions:
      'lambda:CreateFunction lambda:GetFunction lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration lambda:PutFunctionConcurrency lambda:DeleteFunctionConcurrency lambda:PutFunctionRecursionConfig lambda:TagResource lambda:DeleteFunction',
    arn: functionArn,
    others: [
      {
        action: 'iam:PassRole',
        resource: `arn:aws:iam::${ACCOUNT}:role/sourcewhale-firefish-dev-SyncRole-1`,
        context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
      },
    ],
  },
  'AWS::Lambda::Permission': {
    actions: 'lambda:AddPermission lambda:RemovePermission lambda:GetPolicy',
    arn: functionArn,
  },
  'AWS::Lambda::EventInvokeConfig': {
    actions:
      'lambda:PutFunctionEventInvokeConfig lambda:UpdateFunctionEventInvokeConfig lambda:GetFunctionEventInvokeConfig lambda:DeleteFunctionEventInvokeConfig',
    arn: functionArn,
  },
  'AWS::Lambda::EventSourceMapping': {
    actions: 'lambda:UpdateEventSourceMapping lambda:GetEventSourceMapping lambda:DeleteEventSourceMapping',
    arn: () => regional('lambda', 'event-source-mapping:1234abcd-12ab-34cd-56ef-1234567890ab'),
    others: on('*', 'lambda:CreateEventSourceMapping'),
  },
  'AWS::IAM::Role': {
    actions:
      'iam:CreateRole iam:GetRole iam:PutRolePolicy iam:GetRolePolicy iam:ListRolePolicies iam:ListAttachedRolePolicies iam:DeleteRolePolicy iam:UpdateAssumeRolePolicy iam:TagRole iam:DeleteRole',
    arn: (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
  },
  'AWS::IAM::Policy': {
    actions: 'iam:PutRolePolicy iam:DeleteRolePolicy',
    arn: (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
  },
  'AWS::IAM::ManagedPolicy': {
    actions:
      'iam:CreatePolicy iam:GetPolicy iam:CreatePolicyVersion iam:DeletePolicyVersion iam:ListPolicyVersions iam:DeletePolicy',
    arn: (name) => `arn:aws:iam::${ACCOUNT}:policy/${name}`,
    others: on(
      `arn:aws:iam::${ACCOUNT}:role/sourcewhale-firefish-dev-SyncRole-1`,
      ...['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
    ),
  },
  'AWS::SQS::Queue': {
    actions:
      'sqs:CreateQueue sqs:GetQueueAttributes sqs:GetQueueUrl sqs:SetQueueAttributes sqs:TagQueue sqs:DeleteQueue',
    arn: queueArn,
  },
  'AWS::SQS::QueuePolicy': { actions: 'sqs:SetQueueAttributes', arn: queueArn },
  'AWS::DynamoDB::Table': {
    actions:
      'dynamodb:CreateTable dynamodb:DescribeTable dynamodb:UpdateTable dynamodb:UpdateTimeToLive dynamodb:DescribeTimeToLive dynamodb:UpdateContinuousBackups dynamodb:DescribeContinuousBackups dynamodb:PutResourcePolicy dynamodb:GetResourcePolicy dynamodb:TagResource dynamodb:ListTagsOfResource',
    arn: (name) => regional('dynamodb', `table/${name}`),
  },
  'AWS::KMS::Key': {
    actions:
      'kms:DescribeKey kms:EnableKeyRotation kms:GetKeyRotationStatus kms:PutKeyPolicy kms:GetKeyPolicy kms:TagResource',
    arn: () => keyArn,
    others: on('*', 'kms:CreateKey'),
  },
  'AWS::KMS::Alias': {
    actions: 'kms:CreateAlias kms:UpdateAlias kms:DeleteAlias',
    arn: (name) => regional('kms', `alias/${name}`),
    others: on(keyArn, 'kms:CreateAlias', 'kms:UpdateAlias', 'kms:DeleteAlias'),
  },
  'AWS::Logs::LogGroup': {
    actions:
      'logs:CreateLogGroup logs:PutRetentionPolicy logs:AssociateKmsKey logs:TagResource logs:DeleteLogGroup',
    arn: (name) => regional('logs', `log-group:/aws/lambda/${name}`),
    others: on('*', 'logs:DescribeLogGroups'),
  },
  'AWS::Logs::MetricFilter': {
    actions: 'logs:PutMetricFilter logs:DescribeMetricFilters logs:DeleteMetricFilter',
    arn: (name) => regional('logs', `log-group:/aws/http-api/${name}`),
  },
  'AWS::ApiGatewayV2::Api': HTTP_API,
  'AWS::ApiGatewayV2::Stage': {
    ...HTTP_API,
    others: on(
      '*',
      'logs:CreateLogDelivery',
      'logs:PutResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:DeleteLogDelivery',
    ),
  },
  'AWS::ApiGatewayV2::Route': HTTP_API,
  'AWS::ApiGatewayV2::Integration': HTTP_API,
  'AWS::ApiGatewayV2::Authorizer': HTTP_API,
  'AWS::ApiGatewayV2::DomainName': HTTP_API,
  'AWS::ApiGatewayV2::ApiMapping': HTTP_API,
  'AWS::CloudWatch::Alarm': {
    actions: 'cloudwatch:PutMetricAlarm cloudwatch:DeleteAlarms',
    arn: (name) => regional('cloudwatch', `alarm:${name}`),
    others: on('*', 'cloudwatch:DescribeAlarms'),
  },
  'AWS::CloudWatch::Dashboard': {
    actions: 'cloudwatch:PutDashboard cloudwatch:GetDashboard cloudwatch:DeleteDashboards',
    arn: (name) => `arn:aws:cloudwatch::${ACCOUNT}:dashboard/${name}`,
  },
  'AWS::SNS::Topic': {
    actions:
      'sns:CreateTopic sns:GetTopicAttributes sns:SetTopicAttributes sns:ListSubscriptionsByTopic sns:TagResource sns:DeleteTopic',
    arn: topicArn,
  },
  'AWS::SNS::TopicPolicy': { actions: 'sns:SetTopicAttributes', arn: topicArn },
  'AWS::SNS::Subscription': { actions: 'sns:Subscribe sns:Unsubscribe', arn: topicArn },
  'AWS::Events::Rule': {
    actions: 'events:PutRule events:DescribeRule events:PutTargets events:RemoveTargets events:DeleteRule',
    arn: (name) => regional('events', `rule/${name}`),
  },
  'AWS::S3::Bucket': {
    actions:
      's3:CreateBucket s3:PutEncryptionConfiguration s3:PutBucketTagging s3:PutBucketPublicAccessBlock s3:PutBucketOwnershipControls s3:PutLifecycleConfiguration s3:DeleteBucket',
    arn: bucketArn,
  },
  'AWS::S3::BucketPolicy': {
    actions: 's3:PutBucketPolicy s3:GetBucketPolicy s3:DeleteBucketPolicy',
    arn: bucketArn,
  },
};

/** @throws Error if the template has a type that is not known here: the deployer's policy may lack something for it */
export function cloudFormationCalls(resources: ReadonlyMap<string, Resource>): IamRequest[] {
  return [...new Set([...resources.values()].map(({ Type }) => Type))].flatMap((type) => {
    const calls = CALLS[type];
    if (calls === undefined) throw new Error(`cloudformation-calls.ts does not know what ${type} takes`);
    const resource = calls.arn('sourcewhale-firefish-dev-Resource-1ABC');
    return [
      ...on(resource, ...(calls.actions === '' ? [] : calls.actions.split(' '))),
      ...(calls.others ?? []),
    ];
  });
}
