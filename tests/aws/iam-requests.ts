/**
 * An HTTP request to AWS as IAM sees it: actions, resources and condition keys, as the service authorization reference
 * lists them. A request that is not known here is an error: nothing passes by not being understood.
 */
import { ACCOUNT, REGION } from './moto.ts';

export interface IamRequest {
  action: string;
  resource: string;
  context: Record<string, string | string[]>;
}

export interface AwsRequest {
  service: string;
  method: string;
  /** Path and query. */
  url: URL;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

/** What decides about a request besides itself. */
export interface World {
  /** Names of the partition key's attribute: of each table, and of `table/index`. */
  partitionKeys: ReadonlyMap<string, string>;
  /** ARNs of the keys that topics, queues and buckets are encrypted under, by the ARN of those. */
  encryptedUnder: ReadonlyMap<string, string>;
}

const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

/** @throws Error if the request is not understood */
export function iamRequests(request: AwsRequest, world: World): IamRequest[] {
  const read = SERVICES[request.service];
  if (read === undefined) throw new Error(`no part of the system is expected to call ${request.service}`);
  const requests = read(request, world);
  return requests.flatMap((one) => [one, ...onItsKey(one, world)]);
}

type Reader = (request: AwsRequest, world: World) => IamRequest[];

const SERVICES: Record<string, Reader> = {
  dynamodb: readDynamoDb,
  sqs: readSqs,
  kms: readKms,
  sns: (request) => {
    const form = new URLSearchParams(request.body);
    return [{ action: `sns:${form.get('Action') ?? ''}`, resource: form.get('TopicArn') ?? '', context: {} }];
  },
  logs: readLogs,
  s3: readS3,
  // AWS allows this call without any permission.
  sts: (request) => {
    const action = new URLSearchParams(request.body).get('Action') ?? '';
    return action === 'GetCallerIdentity' ? [] : [{ action: `sts:${action}`, resource: '*', context: {} }];
  },
  // Whether there are images of functions, which a removal would end.
  ecr: (request) => {
    const { repositoryNames = [] } = JSON.parse(request.body) as { repositoryNames?: string[] };
    return repositoryNames.map((name) => ({
      action: `ecr:${target(request)}`,
      resource: arn('ecr', `repository/${name}`),
      context: {},
    }));
  },
  cloudformation: readCloudFormation,
  lambda: readLambda,
};

/** DynamoDB_20120810.PutItem, AmazonSQS.SendMessage */
const target = ({ headers }: AwsRequest): string => String(headers['x-amz-target']).split('.').at(-1) ?? '';

interface DynamoDbInput {
  TableName?: string;
  IndexName?: string;
  Key?: Item;
  Item?: Item;
  KeyConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
  RequestItems?: Record<string, BatchItems>;
  TransactItems?: Record<string, DynamoDbInput>[];
}
type Item = Record<string, { S?: string }>;
type BatchItems = { Keys: Item[] } | { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } }[];

/** IAM knows no transactions: each part is a call, and says that it is part of one. */
const PARTS: Record<string, string> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

function readDynamoDb(request: AwsRequest, { partitionKeys }: World): IamRequest[] {
  const action = target(request);
  // What the SDK makes of a command.
  const input = JSON.parse(request.body) as DynamoDbInput;
  const one = (
    name: string,
    table: string,
    index: string | undefined,
    keys: string[],
    more = {},
  ): IamRequest => ({
    action: `dynamodb:${name}`,
    resource: arn('dynamodb', `table/${table}${index === undefined ? '' : `/index/${index}`}`),
    context: { ...(keys.length === 0 ? {} : { 'dynamodb:LeadingKeys': keys }), ...more },
  });
  const partitionKey = (table: string, index?: string): string =>
    partitionKeys.get(index === undefined ? table : `${table}/${index}`) ?? 'pk';
  const leading = (table: string, items: Item[]): string[] => [
    ...new Set(items.map((item) => item[partitionKey(table)]?.S ?? '')),
  ];

  if (input.TransactItems !== undefined)
    return input.TransactItems.flatMap((part) =>
      Object.entries(part).map(([kind, { TableName = '', Item: item, Key: key }]) =>
        one(PARTS[kind] ?? kind, TableName, undefined, leading(TableName, [item ?? key ?? {}]), {
          'dynamodb:EnclosingOperation': action,
        }),
      ),
    );
  if (input.RequestItems !== undefined)
    return Object.entries(input.RequestItems).map(([table, items]) => {
      const all = Array.isArray(items)
        ? items.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key ?? {})
        : items.Keys;
      return one(action, table, undefined, leading(table, all));
    });
  const { TableName = '', IndexName, Item: item, Key: key } = input;
  if (action === 'Query')
    return [one(action, TableName, IndexName, [queriedKey(input, partitionKey(TableName, IndexName))])];
  const items = [item, key].filter((it) => it !== undefined);
  return [one(action, TableName, IndexName, leading(TableName, items))];
}

/** The value in `pk = :value` of a query. */
function queriedKey(input: DynamoDbInput, partitionKey: string): string {
  const {
    KeyConditionExpression = '',
    ExpressionAttributeNames = {},
    ExpressionAttributeValues = {},
  } = input;
  for (const [, name = '', value = ''] of KeyConditionExpression.matchAll(/([#\w]+)\s*=\s*(:\w+)/g)) {
    if ((ExpressionAttributeNames[name] ?? name) === partitionKey)
      return ExpressionAttributeValues[value]?.S ?? '';
  }
  throw new Error(`a query without ${partitionKey}: ${KeyConditionExpression}`);
}

function readSqs(request: AwsRequest): IamRequest[] {
  const { QueueUrl = '' } = JSON.parse(request.body) as { QueueUrl?: string };
  // A batch of sends is permitted as a send is.
  const action = target(request).replace(/Batch$/, '');
  return [{ action: `sqs:${action}`, resource: arn('sqs', QueueUrl.split('/').at(-1) ?? ''), context: {} }];
}

function readKms(request: AwsRequest): IamRequest[] {
  const input = JSON.parse(request.body) as {
    KeyId?: string;
    CiphertextBlob?: string;
    EncryptionContext?: Record<string, string>;
  };
  // Moto's ciphertexts begin with the id of their key, as AWS's hold it somewhere.
  const inBlob = Buffer.from(input.CiphertextBlob ?? '', 'base64')
    .subarray(0, 36)
    .toString('latin1');
  const key = input.KeyId ?? inBlob;
  const encryptionContext = Object.entries(input.EncryptionContext ?? {});
  return [
    {
      action: `kms:${target(request)}`,
      resource: key.startsWith('arn:') ? key : arn('kms', `key/${key}`),
      context: {
        'kms:CallerAccount': ACCOUNT,
        ...(encryptionContext.length === 0
          ? {}
          : { 'kms:EncryptionContextKeys': encryptionContext.map(([name]) => name) }),
        ...Object.fromEntries(
          encryptionContext.map(([name, value]) => [`kms:EncryptionContext:${name}`, value]),
        ),
      },
    },
  ];
}

/** A service that keeps something under a key asks for data keys, and opens them, in the name of its caller. */
function onItsKey({ action, resource }: IamRequest, { encryptedUnder }: World): IamRequest[] {
  const [bucket = ''] = resource.split('/');
  const key = encryptedUnder.get(resource) ?? encryptedUnder.get(bucket);
  const needed = key === undefined ? undefined : KEY_ACTIONS[action];
  if (key === undefined || needed === undefined) return [];
  const service = action.split(':')[0] ?? '';
  const context = { 'kms:ViaService': `${service}.${REGION}.amazonaws.com`, 'kms:CallerAccount': ACCOUNT };
  return needed.map((name) => ({ action: name, resource: key, context }));
}

const KEY_ACTIONS: Record<string, string[]> = {
  'sns:Publish': ['kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:SendMessage': ['kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:ReceiveMessage': ['kms:Decrypt'],
  's3:PutObject': ['kms:GenerateDataKey'],
  's3:GetObject': ['kms:Decrypt'],
};

function readLogs(request: AwsRequest): IamRequest[] {
  const { logGroupName = '', logStreamName } = JSON.parse(request.body) as Record<string, string | undefined>;
  const stream = logStreamName === undefined ? '' : `:log-stream:${logStreamName}`;
  return [
    {
      action: `logs:${target(request)}`,
      resource: arn('logs', `log-group:${logGroupName}${stream}`),
      context: {},
    },
  ];
}

/** What IAM calls each method of an object and of a bucket, by what its query says. */
const S3_ACTIONS = {
  object: { GET: 'GetObject', HEAD: 'GetObject', PUT: 'PutObject', DELETE: 'DeleteObject' },
  bucket: { GET: 'ListBucket', HEAD: 'ListBucket', PUT: 'CreateBucket', DELETE: 'DeleteBucket' },
} satisfies Record<string, Record<string, string>>;
const S3_SUBRESOURCES: Record<string, string> = {
  location: 'GetBucketLocation',
  versions: 'ListBucketVersions',
  versioning: 'GetBucketVersioning',
};

function readS3({ method, url }: AwsRequest): IamRequest[] {
  const [, bucket = '', ...rest] = decodeURIComponent(url.pathname).split('/');
  const key = rest.join('/');
  if (bucket === '') return [{ action: 's3:ListAllMyBuckets', resource: '*', context: {} }];
  const onObjects = key !== '' || (method === 'POST' && url.searchParams.has('delete'));
  if (onObjects && key === '')
    return [{ action: 's3:DeleteObject', resource: `arn:aws:s3:::${bucket}/*`, context: {} }];
  const subresource = [...url.searchParams.keys()]
    .map((name) => S3_SUBRESOURCES[name])
    .find((it) => it !== undefined);
  const actions: Record<string, string> = onObjects ? S3_ACTIONS.object : S3_ACTIONS.bucket;
  const action = (onObjects ? undefined : subresource) ?? actions[method];
  if (action === undefined) throw new Error(`s3: ${method} ${url.href}`);
  return [
    { action: `s3:${action}`, resource: `arn:aws:s3:::${bucket}${onObjects ? `/${key}` : ''}`, context: {} },
  ];
}

function readCloudFormation({ body }: AwsRequest): IamRequest[] {
  const form = new URLSearchParams(body);
  const action = `cloudformation:${form.get('Action') ?? ''}`;
  const stack = form.get('StackName');
  if (stack === null) return [{ action, resource: '*', context: {} }];
  const resource = stack.startsWith('arn:') ? stack : arn('cloudformation', `stack/${stack}/any`);
  return [{ action, resource, context: {} }];
}

/** `GET /2015-03-31/functions/name` and `POST …/name/invocations` */
export const INVOCATION = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

function readLambda({ method, url }: AwsRequest): IamRequest[] {
  const name = /^\/2015-03-31\/functions\/([^/]+)/.exec(url.pathname)?.[1];
  if (name === undefined) throw new Error(`lambda: ${method} ${url.pathname}`);
  const action = INVOCATION.test(url.pathname)
    ? 'InvokeFunction'
    : method === 'GET'
      ? 'GetFunction'
      : undefined;
  if (action === undefined) throw new Error(`lambda: ${method} ${url.pathname}`);
  const functionName = decodeURIComponent(name).split(':').at(-1) ?? '';
  return [{ action: `lambda:${action}`, resource: arn('lambda', `function:${functionName}`), context: {} }];
}
