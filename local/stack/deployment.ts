/**
 * What serverless.yml deploys, as far as one machine can have it: routes, event source, schedule, queues and tables.
 * The file stays the single source. If a part of it is not understood here, that is an error, never a guess.
 */
import { readFileSync } from 'node:fs';
import { parse, type ScalarTag } from 'yaml';
import { z } from 'zod';

export interface FunctionDeployment {
  name: string;
  /** The module that exports `handler`. */
  module: URL;
  timeoutMs: number;
  memoryMb: number;
}

export interface Route {
  functionName: string;
  /** `ANY` for each. */
  method: string;
  /** With `{parameter}` segments, and perhaps `{parameter+}` for all that is left. */
  path: string;
  /** What checks requests: IAM, or the authorizer of that name; absent: the function itself. */
  authorizer?: 'aws_iam' | { name: string; scopes: readonly string[] };
}

export interface QueueSource {
  functionName: string;
  /** Logical id of the queue. */
  queue: string;
  batchSize: number;
  maximumConcurrency: number;
  reportsBatchItemFailures: boolean;
}

export interface Schedule {
  functionName: string;
  everyMs: number;
}

export type QueueDeployment = z.infer<typeof queueSchema>;
export type TableDeployment = z.infer<typeof tableSchema>;

export interface Deployment {
  service: string;
  functions: FunctionDeployment[];
  routes: Route[];
  queueSources: QueueSource[];
  schedules: Schedule[];
  /** By logical id. */
  queues: Map<string, QueueDeployment>;
  tables: Map<string, TableDeployment>;
  /** Names of variables whose value is a queue's or table's, with the logical id. */
  references: Map<string, string>;
}

/** CloudFormation's short forms; the others (`!Sub` …) are in parts that are not read here. */
const TAGS: ScalarTag[] = ['Ref', 'GetAtt'].map((name) => ({
  tag: `!${name}`,
  resolve: (value: string) => ({ [name]: value }),
}));

const attribute = z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) });
const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const tableSchema = z
  .object({
    AttributeDefinitions: z.array(attribute),
    KeySchema: keySchema,
    GlobalSecondaryIndexes: z
      .array(
        z.object({
          IndexName: z.string(),
          KeySchema: keySchema,
          Projection: z.object({
            ProjectionType: z.literal('INCLUDE'),
            NonKeyAttributes: z.array(z.string()),
          }),
        }),
      )
      .optional(),
    TimeToLiveSpecification: z.object({ Enabled: z.boolean() }).optional(),
  })
  // Whether its items expire: for the doctor; the local tables do not use it.
  .transform(({ TimeToLiveSpecification, ...table }) => ({
    ...table,
    expires: TimeToLiveSpecification?.Enabled === true,
  }));
/** `QueueName.Arn` as the logical id alone. */
const arnOf = z.object({ GetAtt: z.string() }).transform(({ GetAtt }) => GetAtt.replace(/\.Arn$/, ''));
const queueSchema = z.object({
  /** Seconds; SQS's own default. */
  VisibilityTimeout: z.number().default(30),
  /** Seconds. */
  MessageRetentionPeriod: z.number().optional(),
  RedrivePolicy: z.object({ deadLetterTargetArn: arnOf, maxReceiveCount: z.number() }).optional(),
});
const resourcesSchema = z.object({
  Resources: z
    .record(
      z.string(),
      z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() }),
    )
    .optional(),
});

const routeSchema = z.union([
  z.string(),
  z.strictObject({
    method: z.string(),
    path: z.string(),
    authorizer: z
      .union([
        z.strictObject({ type: z.literal('aws_iam') }),
        z.strictObject({ name: z.string(), scopes: z.array(z.string()).default([]) }),
      ])
      .optional(),
  }),
]);
const eventSchema = z.union([
  z.object({ httpApi: routeSchema }),
  z.object({
    sqs: z.object({
      arn: arnOf,
      batchSize: z.number().default(10),
      maximumConcurrency: z.number().default(8),
      functionResponseType: z.literal('ReportBatchItemFailures').optional(),
    }),
  }),
  z.object({ schedule: z.string() }),
]);
const serviceSchema = z.object({
  service: z.string(),
  provider: z.object({
    memorySize: z.number().default(1024),
    timeout: z.number().default(6),
    environment: z.record(z.string(), z.unknown()).default({}),
  }),
  functions: z.record(
    z.string(),
    z.object({
      handler: z.string().regex(/^[\w/-]+\.handler$/),
      timeout: z.number().optional(),
      memorySize: z.number().optional(),
      events: z.array(eventSchema).default([]),
    }),
  ),
  resources: z.array(z.unknown()).default([]),
});
type Service = z.infer<typeof serviceSchema>;

const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** @throws Error saying what in the directory's serverless.yml is not understood */
export function readDeployment(directory: URL): Deployment {
  const read = (path: string): unknown =>
    parse(readFileSync(new URL(path, directory), 'utf8'), {
      customTags: TAGS,
      merge: true,
      logLevel: 'error',
    });
  const raw = read('serverless.yml');
  const service = serviceSchema.parse(withParameters(raw));
  const resources = service.resources.flatMap((entry) => {
    const [, file, part] = typeof entry === 'string' ? (/^\$\{file\((.+)\)(:\w+)?\}$/.exec(entry) ?? []) : [];
    // A part that a stage has only if its parameters set it: alarms by mail, a domain, tracing.
    if (part !== undefined) return [];
    const { Resources } = resourcesSchema.parse(file === undefined ? entry : read(file));
    return Object.entries(Resources ?? {});
  });
  const ofType = <Schema extends z.ZodType>(type: string, schema: Schema): Map<string, z.infer<Schema>> =>
    new Map(
      resources
        .filter(([, { Type }]) => Type === type)
        .map(([id, { Properties }]) => [id, schema.parse(Properties)]),
    );
  return {
    service: service.service,
    ...readFunctions(service, directory),
    queues: ofType('AWS::SQS::Queue', queueSchema),
    tables: ofType('AWS::DynamoDB::Table', tableSchema),
    references: readReferences(service.provider.environment),
  };
}

/** Stage parameters with their defaults: one machine is not a stage. */
function withParameters(raw: unknown): unknown {
  const { params } = z
    .object({ params: z.object({ default: z.record(z.string(), z.unknown()) }).optional() })
    .parse(raw);
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner)]));
    }
    const name = typeof value === 'string' ? /^\$\{param:(\w+)\}$/.exec(value)?.[1] : undefined;
    return name === undefined ? value : params?.default[name];
  };
  return replace(raw);
}

type Functions = Pick<Deployment, 'functions' | 'routes' | 'queueSources' | 'schedules'>;

function readFunctions({ functions, provider }: Service, directory: URL): Functions {
  const found: Functions = { functions: [], routes: [], queueSources: [], schedules: [] };
  for (const [functionName, { handler, timeout, memorySize, events }] of Object.entries(functions)) {
    found.functions.push({
      name: functionName,
      module: new URL(handler.replace(/\.handler$/, '.ts'), directory),
      timeoutMs: (timeout ?? provider.timeout) * 1000,
      memoryMb: memorySize ?? provider.memorySize,
    });
    for (const event of events) {
      if ('httpApi' in event) found.routes.push({ functionName, ...readRoute(event.httpApi) });
      else if ('schedule' in event) found.schedules.push({ functionName, everyMs: readRate(event.schedule) });
      else found.queueSources.push(readQueueSource(functionName, event.sqs));
    }
  }
  return found;
}

function readRoute(route: z.infer<typeof routeSchema>): Omit<Route, 'functionName'> {
  const text = typeof route === 'string' ? route : `${route.method.replace('*', 'ANY')} ${route.path}`;
  const given = typeof route === 'string' ? undefined : route.authorizer;
  const authorizer = given !== undefined && 'type' in given ? given.type : given;
  const match = /^([A-Z]+) (\/\S*)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new Error(`serverless.yml: httpApi "${text}" is not METHOD /path`);
  }
  return { method: match[1], path: match[2], ...(authorizer === undefined ? {} : { authorizer }) };
}

function readRate(text: string): number {
  const match = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text);
  if (match === null) throw new Error(`serverless.yml: schedule "${text}" is not rate(N minutes|hours|days)`);
  return Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? NaN);
}

type SqsEvent = Extract<z.infer<typeof eventSchema>, { sqs: unknown }>['sqs'];

const readQueueSource = (
  functionName: string,
  { arn, functionResponseType, ...rest }: SqsEvent,
): QueueSource => ({
  functionName,
  queue: arn,
  ...rest,
  reportsBatchItemFailures: functionResponseType !== undefined,
});

function readReferences(environment: Record<string, unknown>): Map<string, string> {
  const reference = z.object({ Ref: z.string() });
  return new Map(
    Object.entries(environment).flatMap(([name, value]) => {
      const parsed = reference.safeParse(value);
      return parsed.success ? [[name, parsed.data.Ref]] : [];
    }),
  );
}
