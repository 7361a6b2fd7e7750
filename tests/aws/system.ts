/** Runs the deployed system: functions, routes, queues and schedules, as in the deployed template. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import type { Route } from '../../local/stack/deployment.ts';
import { openHttpServer } from '../../local/http/http-server.ts';
import { jwtAuthorizer } from '../../local/http/jwt-authorizer.ts';
import type { LocalFunction } from '../../local/stack/local-function.ts';
import { startQueuePoller } from '../../local/stack/queue-poller.ts';
import { startSchedule } from '../../local/stack/schedule.ts';
import type { Decisions, Principal } from './decisions.ts';
import type { World } from './iam-requests.ts';
import { deployFunction, type DeployedFunction } from './lambda.ts';
import { ACCOUNT, type Moto, REGION } from './moto.ts';
import { resourcePolicies, roleStatements } from './policies.ts';
import type { Proxy } from './proxy.ts';
import type { DeployedTemplate } from './template.ts';

/** The shortest interval of a schedule here, because nobody wants to wait for minutes. */
const SCHEDULE_MS = 3000;

export interface SystemOptions {
  moto: Moto;
  proxy: Proxy;
  decisions: Decisions;
  template: DeployedTemplate;
  runtimeClient: string;
  /** For the unpacked zips. */
  directory: string;
  /** What the functions have besides what the template says. */
  environment: Record<string, string>;
  /** The only caller whose signature is accepted on routes that IAM guards. */
  operator: Principal;
}

export interface System {
  /** Of the HTTP API. */
  url: string;
  /** By their names in AWS. */
  functions: ReadonlyMap<string, DeployedFunction>;
  /** Milliseconds of each start, by the function's logical id. */
  coldStarts: ReadonlyMap<string, number[]>;
  /** Asks DynamoDB in the name of a role of the template; returns the status. */
  askDynamoDb(role: string, action: string, input: object): Promise<number>;
  /** What went wrong that a log of AWS would tell: failed invocations, messages that came twice. */
  problems: string[];
  stop(): Promise<void>;
}

interface FunctionProperties {
  FunctionName: string;
  Handler: string;
  Timeout: number;
  MemorySize: number;
  Role: string;
  Code: { S3Bucket: string; S3Key: string };
}

export async function startSystem(options: SystemOptions): Promise<System> {
  const { template, proxy } = options;
  proxy.know(worldOf(template), resourcePolicies(template));
  const problems: string[] = [];
  const onError = (message: string): void => {
    problems.push(message);
  };
  const coldStarts = new Map<string, number[]>();
  const keysOf = new Map<string, RoleKeys>();
  const functions = new Map<string, DeployedFunction>();
  const byArn = new Map<string, { target: DeployedFunction; clients: RoleKeys }>();
  const roles = roleStatements(template);
  for (const [id, { Properties }] of template.ofType('AWS::Lambda::Function')) {
    // CloudFormation's form of a function.
    const properties = Properties as unknown as FunctionProperties;
    const role = [...roles.keys()].find((roleId) => template.arnOf(roleId) === properties.Role);
    if (role === undefined) throw new Error(`${id} has no role of the template`);
    const keys = await assumeRole(options.moto, properties.Role, properties.FunctionName);
    keysOf.set(role, keys);
    proxy.admit(keys.accessKeyId, {
      name: role,
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${properties.Role.split('/').at(-1) ?? ''}/${properties.FunctionName}`,
      statements: roles.get(role) ?? [],
    });
    const starts: number[] = [];
    coldStarts.set(id.replace(/LambdaFunction$/, ''), starts);
    const target = await makeFunction(options, id, properties, keys, (milliseconds) =>
      starts.push(milliseconds),
    );
    functions.set(properties.FunctionName, target);
    byArn.set(template.arnOf(id), { target, clients: keys });
  }
  const server = await openRoutes(options, byArn, onError);
  const pollers = await Promise.all(
    template
      .ofType('AWS::Lambda::EventSourceMapping')
      .map(([, { Properties }]) => startMapping(proxy, Properties, byArn, onError)),
  );
  const schedules = template
    .ofType('AWS::Events::Rule')
    .map(([id, { Properties }]) => startRule(template, id, Properties, byArn, onError));
  return {
    url: server.url,
    functions,
    coldStarts,
    askDynamoDb: async (role, action, input) => {
      const keys = keysOf.get(role);
      if (keys === undefined) throw new Error(`no function has ${role}`);
      return askJson(proxy, keys, 'dynamodb', `DynamoDB_20120810.${action}`, input);
    },
    problems,
    stop: async () => {
      await Promise.all([...pollers, ...schedules].map((running) => running.stop()));
      await server.close();
      for (const target of functions.values()) target.end();
    },
  };
}

interface RoleKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

async function assumeRole(moto: Moto, roleArn: string, name: string): Promise<RoleKeys> {
  const [accessKeyId = '', secretAccessKey = '', sessionToken = ''] = await moto.query(
    'sts',
    { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: roleArn, RoleSessionName: name },
    ...['AccessKeyId', 'SecretAccessKey', 'SessionToken'],
  );
  return { accessKeyId, secretAccessKey, sessionToken };
}

/** Moto looks at no signature, and the proxy at its key alone. */
async function askJson(
  proxy: Proxy,
  { accessKeyId }: RoleKeys,
  service: string,
  target: string,
  body: object,
): Promise<number> {
  const response = await fetch(proxy.url, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
    },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

async function makeFunction(
  { moto, proxy, directory, environment, runtimeClient }: SystemOptions,
  id: string,
  { FunctionName, Handler, Timeout, MemorySize, Code }: FunctionProperties,
  keys: RoleKeys,
  onColdStart: (milliseconds: number) => void,
): Promise<DeployedFunction> {
  const unpacked = join(directory, id);
  await unpack(moto, Code, unpacked);
  const configured = await configuredEnvironment(moto, FunctionName);
  const logGroup = `/aws/lambda/${FunctionName}`;
  const logged = new Set<string>();
  const toLogs = (action: string, body: object): Promise<number> =>
    askJson(proxy, keys, 'logs', `Logs_20140328.${action}`, body);
  return deployFunction({
    ...{
      name: id,
      functionName: FunctionName,
      handler: Handler,
      directory: unpacked,
      runtimeClient,
      onColdStart,
    },
    arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${FunctionName}`,
    timeoutMs: Timeout * 1000,
    memoryMb: MemorySize,
    environment: {
      // Lambda unpacks a zip into this directory.
      ...Object.fromEntries(
        Object.entries(configured).map(([name, value]) => [name, value.replace(/^\/var\/task\b/, unpacked)]),
      ),
      ...environment,
      AWS_ENDPOINT_URL: proxy.url,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_SESSION_TOKEN: keys.sessionToken,
    },
    // Lambda logs in the name of the function's role.
    onLog: async (logStreamName, lines) => {
      const stream = { logGroupName: logGroup, logStreamName };
      if (!logged.has(logStreamName)) await toLogs('CreateLogStream', stream);
      logged.add(logStreamName);
      const timestamp = Date.now();
      await toLogs('PutLogEvents', {
        ...stream,
        logEvents: lines.map((message) => ({ timestamp, message })),
      });
    },
  });
}

export async function unpack(
  moto: Moto,
  { S3Bucket, S3Key }: FunctionProperties['Code'],
  directory: string,
): Promise<void> {
  const response = await moto.ask('s3', { method: 'GET', path: `/${S3Bucket}/${S3Key}` });
  if (!response.ok) throw new Error(`${S3Key}: ${response.status}`);
  mkdirSync(directory, { recursive: true });
  const zip = `${directory}.zip`;
  writeFileSync(zip, Buffer.from(await response.arrayBuffer()));
  execFileSync('python3', ['-m', 'zipfile', '-e', zip, directory]);
}

/** What Lambda was told, not what the template says: moto has filled in the references itself. */
async function configuredEnvironment(moto: Moto, functionName: string): Promise<Record<string, string>> {
  const path = `/2015-03-31/functions/${functionName}/configuration`;
  const response = await moto.ask('lambda', { method: 'GET', path });
  const { Environment } = (await response.json()) as { Environment?: { Variables: Record<string, string> } };
  return Environment?.Variables ?? {};
}

type Targets = ReadonlyMap<string, { target: DeployedFunction; clients: RoleKeys }>;

function targetOf(targets: Targets, arn: unknown): { target: DeployedFunction; clients: RoleKeys } {
  const found = targets.get(String(arn));
  if (found === undefined)
    throw new Error(`the template leads to ${String(arn)}, which is no function of it`);
  return found;
}

/** What a service may invoke, by the permissions of the template. */
function needPermission(template: DeployedTemplate, functionArn: string, service: string): void {
  const permitted = template
    .ofType('AWS::Lambda::Permission')
    .some(
      ([, { Properties }]) =>
        Properties['Principal'] === `${service}.amazonaws.com` &&
        [functionArn, functionArn.split(':').at(-1)].includes(String(Properties['FunctionName'])),
    );
  if (!permitted) throw new Error(`${service} may not invoke ${functionArn}`);
}

async function openRoutes(
  { template, decisions, operator }: SystemOptions,
  targets: Targets,
  onError: (message: string) => void,
): Promise<{ url: string; close(): Promise<void> }> {
  const routes: Route[] = [];
  const byRoute = new Map<string, LocalFunction>();
  for (const [, { Properties }] of template.ofType('AWS::ApiGatewayV2::Route')) {
    const { RouteKey, Target, AuthorizationType, AuthorizerId } = Properties as Record<
      string,
      string | undefined
    >;
    const scopes = (Properties['AuthorizationScopes'] ?? []) as string[];
    const [method = '', path = ''] = (RouteKey ?? '').split(' ');
    const integration = template.resources.get((Target ?? '').replace('integrations/', ''));
    const uri = integration?.Properties['IntegrationUri'];
    const { target } = targetOf(targets, uri);
    needPermission(template, String(uri), 'apigateway');
    const guarded =
      AuthorizationType === 'AWS_IAM' ? guardByIam(target, `${method}${path}`, decisions, operator) : target;
    byRoute.set(RouteKey ?? '', guarded);
    routes.push({
      ...{ functionName: RouteKey ?? '', method, path },
      ...(AuthorizationType === 'AWS_IAM' ? { authorizer: 'aws_iam' } : {}),
      ...(AuthorizationType === 'JWT' ? { authorizer: { name: AuthorizerId ?? '', scopes } } : {}),
    });
  }
  // Routes without parameters come first, as API Gateway takes the most particular one.
  routes.sort((one, other) => Number(one.path.includes('{')) - Number(other.path.includes('{')));
  const authorizers = new Map(
    template.ofType('AWS::ApiGatewayV2::Authorizer').map(([id, { Properties }]) => {
      const { Issuer, Audience } = Properties['JwtConfiguration'] as { Issuer: string; Audience: [string] };
      return [id, jwtAuthorizer({ issuer: Issuer, audience: Audience[0] }, onError)];
    }),
  );
  return openHttpServer({ port: 0, routes, functions: byRoute, authorizers, onError });
}

/** API Gateway asks IAM whether the caller can invoke the route, and answers itself if not. */
function guardByIam(
  target: LocalFunction,
  methodAndPath: string,
  decisions: Decisions,
  operator: Principal,
): LocalFunction {
  const resource = `arn:aws:execute-api:${REGION}:${ACCOUNT}:HttpApi/$default/${methodAndPath}`;
  return {
    ...target,
    invoke: async (event) => {
      const { allowed } = await decisions.decide(operator, {
        action: 'execute-api:Invoke',
        resource,
        context: {},
      });
      if (allowed) return target.invoke(event);
      return { ok: true, payload: { statusCode: 403, body: JSON.stringify({ message: 'Forbidden' }) } };
    },
  };
}

async function startMapping(
  proxy: Proxy,
  properties: Record<string, unknown>,
  targets: Targets,
  onError: (message: string) => void,
): Promise<{ stop(): Promise<void> }> {
  const { EventSourceArn, FunctionName, BatchSize, Enabled, FunctionResponseTypes, ScalingConfig } =
    properties;
  if (Enabled !== true) throw new Error(`${String(FunctionName)} is not fed from its queue`);
  const { target, clients } = targetOf(targets, FunctionName);
  const queueArn = String(EventSourceArn);
  const queueUrl = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${queueArn.split(':').at(-1) ?? ''}`;
  const sqs = new SQSClient({
    endpoint: proxy.url,
    region: REGION,
    credentials: clients,
    useQueueUrlAsEndpoint: false,
    md5: false,
  });
  // Lambda checks how many messages there are, to decide how many batches to work on at once.
  await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }));
  const poller = startQueuePoller({
    ...{ sqs, queueUrl, queueArn, onError },
    target: onlyOnce(target, onError),
    batchSize: Number(BatchSize),
    maximumConcurrency:
      (ScalingConfig as { MaximumConcurrency?: number } | undefined)?.MaximumConcurrency ?? 2,
    reportsBatchItemFailures: String(FunctionResponseTypes) === 'ReportBatchItemFailures',
  });
  return {
    stop: async () => {
      await poller.stop();
      sqs.destroy();
    },
  };
}

/** Reports a message that comes again: something was not done, or not acknowledged. */
function onlyOnce(target: LocalFunction, onError: (message: string) => void): LocalFunction {
  return {
    ...target,
    invoke: (event) => {
      for (const { messageId, attributes } of (event as SQSEvent).Records) {
        const times = attributes.ApproximateReceiveCount;
        if (times !== '1') onError(`message ${messageId} was received ${times} times`);
      }
      return target.invoke(event);
    },
  };
}

function startRule(
  template: DeployedTemplate,
  id: string,
  properties: Record<string, unknown>,
  targets: Targets,
  onError: (message: string) => void,
): { stop(): Promise<void> } {
  const { ScheduleExpression, State, Targets } = properties as {
    ScheduleExpression: string;
    State: string;
    Targets: [{ Arn: string }];
  };
  if (State !== 'ENABLED' || !ScheduleExpression.startsWith('rate(')) throw new Error(`${id} does not run`);
  needPermission(template, Targets[0].Arn, 'events');
  const { target } = targetOf(targets, Targets[0].Arn);
  return startSchedule({ target, everyMs: SCHEDULE_MS, firstAfterMs: SCHEDULE_MS, onError });
}

/** What the proxy has to know of the template to see a request as IAM does. */
function worldOf(template: DeployedTemplate): World {
  const partitionKeys = new Map<string, string>();
  interface Keyed {
    KeySchema: { AttributeName: string; KeyType: string }[];
  }
  const partitionKeyOf = ({ KeySchema }: Keyed): string =>
    KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
  for (const [id, { Properties }] of template.ofType('AWS::DynamoDB::Table')) {
    const { GlobalSecondaryIndexes = [], ...table } = Properties as unknown as Keyed & {
      GlobalSecondaryIndexes?: (Keyed & { IndexName: string })[];
    };
    const name = template.physicalIds.get(id) ?? '';
    partitionKeys.set(name, partitionKeyOf(table));
    for (const index of GlobalSecondaryIndexes)
      partitionKeys.set(`${name}/${index.IndexName}`, partitionKeyOf(index));
  }
  const encryptedUnder = new Map<string, string>();
  const keys = new Map(
    template.ofType('AWS::KMS::Key').map(([id]) => [template.physicalIds.get(id), template.arnOf(id)]),
  );
  for (const [id, { Type, Properties }] of template.resources) {
    // A table's key is opened by the key's own policy.
    if (Type === 'AWS::DynamoDB::Table' || Type === 'AWS::Logs::LogGroup') continue;
    const named = /"(?:KmsMasterKeyId|KMSMasterKeyID)":"([^"]+)"/.exec(JSON.stringify(Properties))?.[1];
    const key = named === undefined ? undefined : (keys.get(named) ?? named);
    if (key !== undefined) encryptedUnder.set(template.arnOf(id), key);
  }
  return { partitionKeys, encryptedUnder };
}
