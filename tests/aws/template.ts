/** The deployed template, with its references filled in by what CloudFormation made. */
import type { Moto } from './moto.ts';
import { ACCOUNT, REGION } from './moto.ts';

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}

export interface DeployedTemplate {
  /** By logical id, in the order of the template. */
  resources: Map<string, Resource>;
  /** What CloudFormation calls each that it made. */
  physicalIds: ReadonlyMap<string, string>;
  ofType(type: string): [string, Resource][];
  /** By logical id. */
  arnOf(id: string): string;
}

const PSEUDO: Record<string, string> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** Reads the stack's template from CloudFormation: what lies in .serverless may be newer than what is deployed. */
export async function readDeployedTemplate(moto: Moto, stackName: string): Promise<DeployedTemplate> {
  const { CloudFormationClient, DescribeStackResourcesCommand, GetTemplateCommand } =
    await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient({
    endpoint: moto.url,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  try {
    const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName: stackName }));
    const { StackResources = [] } = await client.send(
      new DescribeStackResourcesCommand({ StackName: stackName }),
    );
    const physicalIds = new Map(
      StackResources.flatMap(({ LogicalResourceId, PhysicalResourceId }) =>
        LogicalResourceId === undefined || PhysicalResourceId === undefined
          ? []
          : [[LogicalResourceId, PhysicalResourceId] as const],
      ),
    );
    // CloudFormation's own form of a template.
    const raw = JSON.parse(TemplateBody) as {
      Resources: Record<string, Partial<Resource> & { Type: string }>;
    };
    const types = new Map(Object.entries(raw.Resources).map(([id, { Type }]) => [id, Type]));
    const fill = filler(types, physicalIds);
    const resources = new Map(
      Object.entries(raw.Resources).map(([id, { Type, Properties = {} }]) => [
        id,
        { Type, Properties: fill(Properties) as Record<string, unknown> },
      ]),
    );
    return {
      resources,
      physicalIds,
      ofType: (type) => [...resources].filter(([, { Type }]) => Type === type),
      arnOf: (id) => ARNS[types.get(id) ?? '']?.(physicalIds.get(id) ?? id) ?? id,
    };
  } finally {
    client.destroy();
  }
}

/** The ARN of a resource, from what CloudFormation calls it. */
const ARNS: Record<string, (id: string) => string> = {
  'AWS::DynamoDB::Table': (id) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${id}`,
  'AWS::SQS::Queue': (id) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${id.split('/').at(-1) ?? ''}`,
  'AWS::KMS::Key': (id) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`,
  'AWS::IAM::Role': (id) => `arn:aws:iam::${ACCOUNT}:role/${id}`,
  'AWS::Lambda::Function': (id) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${id}`,
  'AWS::Logs::LogGroup': (id) => `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${id}:*`,
  'AWS::SNS::Topic': (id) => id,
  'AWS::S3::Bucket': (id) => `arn:aws:s3:::${id}`,
};

function filler(
  types: ReadonlyMap<string, string>,
  physicalIds: ReadonlyMap<string, string>,
): (value: unknown) => unknown {
  // What moto does not make (the HTTP API, alarms) keeps its logical id.
  const ref = (id: string): string => PSEUDO[id] ?? physicalIds.get(id) ?? id;
  const attribute = (id: string, name: string): string => {
    const arn = ARNS[types.get(id) ?? ''];
    if (name === 'Arn' && arn !== undefined) return arn(ref(id));
    if (name === 'QueueName') return ref(id).split('/').at(-1) ?? '';
    return `${id}.${name}`;
  };
  const substitute = (text: string): string =>
    text.replace(/\$\{([\w:]+)(?:\.(\w+))?\}/g, (_, id: string, name: string | undefined) =>
      name === undefined ? ref(id) : attribute(id, name),
    );
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    const [[key, inner] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0) {
      if (key === 'Ref') return ref(String(inner));
      if (key === 'Fn::GetAtt') {
        const [id = '', name = ''] = Array.isArray(inner) ? (inner as string[]) : String(inner).split('.');
        return attribute(id, name);
      }
      if (key === 'Fn::Sub' && typeof inner === 'string') return substitute(inner);
      if (key === 'Fn::Join') {
        const [separator, parts] = fill(inner) as [string, string[]];
        return parts.join(separator);
      }
      if (key.startsWith('Fn::')) throw new Error(`${key} is not understood here`);
    }
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fill(part)]));
  };
  return fill;
}
