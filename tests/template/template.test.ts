/** What serverless.yml promises, read from the CloudFormation template that is deployed. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { METRICS } from '../../lib/metrics.ts';
import { DOCUMENT_RETENTION_SECONDS, QUEUE } from '../../lib/times.ts';
import { DIST, functionNames } from '../../build.ts';
import { packageService, type Resource, type Template } from './package-service.ts';

/** The limit for its zip, a little more than its size, so that growth is noticed. */
const MAX_KB = {
  api: 144,
  'console-api': 224,
  'console-page': 82,
  documents: 193,
  preview: 325,
  provision: 253,
  receive: 241,
  sweep: 136,
  sync: 337,
};
const FUNCTIONS = Object.keys(MAX_KB);
/** What the template calls a function, and its role. */
const lambdaOf = (name: string): string =>
  `${name.charAt(0).toUpperCase()}${name.slice(1).replace('-', 'Dash')}LambdaFunction`;
const roleOf = (name: string): string => `${pascal(name)}Role`;
const pascal = (name: string): string =>
  name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
const FOURTEEN_DAYS = 14 * 24 * 3600;

/** What the deployed functions find in their environment, as far as they read it at their start. */
const ENVIRONMENT = {
  AWS_REGION: 'eu-west-2',
  EVENTS_QUEUE_URL: 'https://sqs.eu-west-2.amazonaws.com/000000000000/events',
  CREDENTIALS_TABLE: 'credentials',
  SYNC_TABLE: 'sync',
  AUDIT_TABLE: 'audit',
  DOCUMENTS_BUCKET: 'documents',
  KMS_KEY_ARN: 'arn:aws:kms:eu-west-2:000000000000:key/none',
};

let sizes: Map<string, number>;
let dev: Template;
let prod: Template;
beforeAll(async () => {
  // One after the other: osls has one directory for what it works on.
  ({ template: dev, sizes } = await packageService('dev'));
  ({ template: prod } = await packageService('prod', [
    'alarmEmail=ops@agency.example',
    'tracing=Active',
    'domainName=sync.agency.example',
    'certificateArn=certificate-1',
    'encryptionKeyArns=arn:next,arn:before',
    'oidcIssuer=https://id.agency.example',
    'oidcAudience=console-api',
  ]));
}, 180_000);

const resource = (name: string, template = dev): Resource => {
  const found = template.Resources[name];
  if (found === undefined) throw new Error(`the template has no ${name}`);
  return found;
};
const properties = (name: string, template = dev): Record<string, unknown> =>
  resource(name, template).Properties;
const ofType = (type: string, template = dev): [string, Resource][] =>
  Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
const arnOf = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });

describe('the template as a whole', () => {
  it('refers only to its own resources', () => {
    const referred = [...JSON.stringify(dev).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/g)].map(
      ([, name]) => name,
    );
    const known = new Set([...Object.keys(dev.Resources), 'AWS::AccountId', 'AWS::Region', 'AWS::Partition']);
    known.add('AWS::URLSuffix');
    expect(referred.length).toBeGreaterThan(50);
    expect(referred.filter((name) => !known.has(name!))).toEqual([]);
  });

  it('names no account, no secret and no region in what is deployed', () => {
    expect(JSON.stringify(dev).match(/\b\d{12}\b|AKIA\w+|eu-west-2/g)).toBeNull();
  });
});

describe('the functions', () => {
  it('are the files in functions/, one file each', () => {
    const deployed = ofType('AWS::Lambda::Function').map(([name]) => name);
    expect(deployed.sort()).toEqual(FUNCTIONS.map(lambdaOf).sort());
    expect(functionNames()).toEqual(FUNCTIONS);
  });

  it.each(FUNCTIONS)('%s runs on Node 24 and arm64, from its own zip, under its own role', (name) => {
    expect(properties(lambdaOf(name))).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: `functions/${name}.handler`,
      FunctionName: `sourcewhale-firefish-dev-${name}`,
      Code: { S3Key: expect.stringMatching(new RegExp(`/${name}\\.zip$`)) },
      Role: arnOf(roleOf(name)),
    });
  });

  it.each(['CredentialsTable', 'SyncTable'])('%s has a TTL', (name) => {
    expect(resource(name)).toMatchObject({
      Properties: { TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true } },
    });
  });

  it('AuditTable has no TTL, because an entry with a past expiresAt would be a deletion', () => {
    expect(resource('AuditTable')).not.toHaveProperty('Properties.TimeToLiveSpecification');
  });

  it.each(Object.entries(MAX_KB))('%s weighs at most %d kB zipped', (name, most) => {
    expect(sizes.get(name)).toBeLessThanOrEqual(1_000 * most);
  });

  it.each(FUNCTIONS)('%s starts from its bundle alone, which includes the SDK', async (name) => {
    const file = join(DIST, name, 'functions', `${name}.mjs`);
    const directory = mkdtempSync(join(tmpdir(), 'bundle-'));
    try {
      // Without node_modules, as in Lambda.
      copyFileSync(file, join(directory, 'index.mjs'));
      const script = `const { handler } = await import('./index.mjs'); console.log(typeof handler);`;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '--eval', script],
        {
          cwd: directory,
          env: ENVIRONMENT,
        },
      );
      expect(stdout).toBe('function\n');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each(FUNCTIONS)('%s has the addresses that it needs, and no secret, in its environment', (name) => {
    const { Variables } = properties(lambdaOf(name)).Environment as { Variables: object };
    expect(Variables).toMatchObject({
      EVENTS_QUEUE_URL: { Ref: 'EventsQueue' },
      CREDENTIALS_TABLE: { Ref: 'CredentialsTable' },
      SYNC_TABLE: { Ref: 'SyncTable' },
      AUDIT_TABLE: { Ref: 'AuditTable' },
      DOCUMENTS_BUCKET: { Ref: 'DocumentsBucket' },
      KMS_KEY_ARN: arnOf('Key'),
      FIREFISH_API_URL: 'https://api.firefishsoftware.com',
    });
    expect(Object.keys(Variables).filter((variable) => /SECRET|PASSWORD|KEY_FILE/.test(variable))).toEqual(
      [],
    );
  });

  it('have timeouts that leave sync time for its last calls and closing writes, and end before the gateway’s', () => {
    expect(properties('SyncLambdaFunction').Timeout).toBe(QUEUE.functionTimeoutSeconds);
    for (const name of ['receive', 'api', 'preview', 'documents']) {
      expect(properties(lambdaOf(name)).Timeout).toBeLessThan(30);
    }
  });

  it('let turns wake the next ones without end', () => {
    expect(properties('SyncLambdaFunction').RecursiveLoop).toBe('Allow');
  });

  it('are not repeated by Lambda if they are the sweep or an administrative act', () => {
    for (const name of ['Sweep', 'Provision']) {
      expect(properties(`${name}LambdaEvConf`).MaximumRetryAttempts).toBe(0);
    }
  });
});

describe('the endpoints', () => {
  it('are the routes of the contract, each to its function', () => {
    const integrations = Object.fromEntries(
      ofType('AWS::ApiGatewayV2::Integration', prod).map(([name, { Properties }]) => [
        name,
        Properties.IntegrationUri,
      ]),
    );
    const routes = ofType('AWS::ApiGatewayV2::Route', prod).map(([, { Properties }]) => {
      const target = Properties.Target as { 'Fn::Join': [string, [string, { Ref: string }]] };
      return [Properties.RouteKey, integrations[target['Fn::Join'][1][1].Ref]];
    });
    expect(Object.fromEntries(routes)).toEqual({
      'POST /v1/events': arnOf('ReceiveLambdaFunction'),
      'POST /v1/preview': arnOf('PreviewLambdaFunction'),
      'POST /v1/documents': arnOf('DocumentsLambdaFunction'),
      'POST /administration': arnOf('ProvisionLambdaFunction'),
      'POST /oauth/token': arnOf('ApiLambdaFunction'),
      'GET /v1/connection': arnOf('ApiLambdaFunction'),
      'POST /v1/connection': arnOf('ApiLambdaFunction'),
      'GET /v1/batches/{batchId}': arnOf('ApiLambdaFunction'),
      'GET /v1/events/{eventId}': arnOf('ApiLambdaFunction'),
      'GET /healthz': arnOf('ApiLambdaFunction'),
      'GET /problems/{type}': arnOf('ApiLambdaFunction'),
      'GET /openapi.json': arnOf('ApiLambdaFunction'),
      'ANY /admin/v1/{path+}': arnOf(lambdaOf('console-api')),
      'GET /console': arnOf(lambdaOf('console-page')),
      'GET /console/{file}': arnOf(lambdaOf('console-page')),
    });
  });

  it('let only callers administer that IAM accepts, and the authorizer says who it was', () => {
    const byIam = ofType('AWS::ApiGatewayV2::Route')
      .filter(([, { Properties }]) => Properties.AuthorizationType === 'AWS_IAM')
      .map(([, { Properties }]) => Properties.RouteKey);
    expect(byIam).toEqual(['POST /administration']);
  });

  it('of the console accept only tokens of the stage’s provider, and do not exist without a provider', () => {
    const template = prod;
    const authorizer = resource('HttpApiAuthorizerConsole', template);
    expect(authorizer).toMatchObject({
      Properties: {
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: {
          Issuer: 'https://id.agency.example',
          Audience: ['console-api'],
        },
      },
    });
    expect(resource('HttpApiRouteAnyAdminV1PathVar', template)).toMatchObject({
      Properties: {
        AuthorizationType: 'JWT',
        AuthorizerId: { Ref: 'HttpApiAuthorizerConsole' },
        // No ID token has it.
        AuthorizationScopes: ['openid'],
      },
    });
    for (const name of ['HttpApiAuthorizerConsole', 'HttpApiRouteAnyAdminV1PathVar'])
      expect(dev.Resources).not.toHaveProperty(name);
  });

  it('use HTTP API format 2.0', () => {
    for (const [, { Properties }] of ofType('AWS::ApiGatewayV2::Integration')) {
      expect(Properties.PayloadFormatVersion).toBe('2.0');
    }
  });

  it('are throttled one by one if a flood of one would block the others', () => {
    const { RouteSettings } = properties('HttpApiStage', prod) as {
      RouteSettings: Record<string, Record<string, unknown>>;
    };
    const file = readFileSync(new URL('../../infrastructure/route-throttles.yml', import.meta.url), 'utf8');
    const throttles = parse(file) as Record<string, { rate: number; burst: number }>;
    // Each names a route that there is. Those of SourceWhale's everyday work have what the stage has.
    expect(Object.keys(RouteSettings).sort()).toEqual(Object.keys(throttles).sort());
    for (const key of ['POST /v1/preview', 'POST /oauth/token', 'POST /administration'])
      expect(throttles).toHaveProperty([key]);
    for (const [key, { rate, burst }] of Object.entries(throttles)) {
      expect(RouteSettings[key]).toEqual({
        DetailedMetricsEnabled: true,
        ThrottlingRateLimit: rate,
        ThrottlingBurstLimit: burst,
      });
      expect(rate).toBeLessThan(50);
    }
  });

  it('are created before the stage that throttles them, and only if there is such a route', () => {
    for (const template of [dev, prod]) {
      const { DependsOn, Properties } = resource('HttpApiStage', template);
      const keys = [DependsOn ?? []].flat().flatMap((id) => {
        const { Type, Properties: route } = resource(id, template);
        return Type === 'AWS::ApiGatewayV2::Route' ? [route.RouteKey] : [];
      });
      expect(keys.sort()).toEqual(Object.keys(Properties.RouteSettings as object).sort());
    }
  });

  it('are throttled as a whole, measured, and logged without addresses or paths', () => {
    expect(properties('HttpApiStage')).toMatchObject({
      DefaultRouteSettings: {
        ThrottlingRateLimit: 50,
        ThrottlingBurstLimit: 100,
        DetailedMetricsEnabled: true,
      },
      AccessLogSettings: { DestinationArn: arnOf('HttpApiLogGroup') },
    });
    expect(JSON.stringify(properties('HttpApiStage').AccessLogSettings)).not.toMatch(
      /sourceIp|\.path|identity/,
    );
  });
});

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

describe('logs', () => {
  it.each([...FUNCTIONS.map(lambdaOf), 'HttpApi'])(
    '%s has a log group with a retention time and encryption',
    (name) => {
      const group = `${name.replace('LambdaFunction', '')}LogGroup`;
      expect(properties(group)).toMatchObject({ RetentionInDays: 7, KmsKeyId: arnOf('Key') });
      expect(properties(group, prod).RetentionInDays).toBe(90);
    },
  );
});

describe('alarms', () => {
  const alarms = (template = dev) => ofType('AWS::CloudWatch::Alarm', template);
  const watched = ([, { Properties }]: [string, Resource]): string =>
    `${String(Properties.MetricName)} ${JSON.stringify((Properties.Dimensions as { Value: unknown }[] | undefined)?.[0]?.Value)}`;

  it('watch dead letters, waiting messages, 401, 403, 429, 5xx, the sweep, the sync, and errors and throttles of each function', () => {
    const expected = FUNCTIONS.flatMap((name) => [
      `Errors {"Ref":"${lambdaOf(name)}"}`,
      `Throttles {"Ref":"${lambdaOf(name)}"}`,
    ]);
    expect(alarms().map(watched).sort()).toEqual(
      [
        ...expected,
        'ApproximateNumberOfMessagesVisible {"Fn::GetAtt":["DeadLetterQueue","QueueName"]}',
        'ApproximateAgeOfOldestMessage {"Fn::GetAtt":["EventsQueue","QueueName"]}',
        'ApproximateAgeOfOldestMessage {"Fn::GetAtt":["DeadLetterQueue","QueueName"]}',
        'Invocations {"Ref":"SweepLambdaFunction"}',
        '5xx {"Ref":"HttpApi"}',
        'SyncLag "sourcewhale-firefish"',
        'BreakersOpen "sourcewhale-firefish"',
        'FirefishRefusals "sourcewhale-firefish"',
        'EventsCrashed "sourcewhale-firefish"',
        ...['Unauthorized', 'Forbidden', 'TooManyRequests'].map((metric) => `${metric} undefined`),
      ].sort(),
    );
  });

  it('start at the first dead letter, error, throttle or 5xx, and otherwise at a documented limit', () => {
    const BOUNDS: Record<string, number> = {
      OldestMessageAlarm: 1200,
      OldDeadLettersAlarm: 7 * 24 * 3600,
      SyncLagAlarm: 3_600_000,
      FirefishRefusalsAlarm: 10,
      SweepMissingAlarm: 1,
      UnauthorizedAlarm: 100,
      ForbiddenAlarm: 20,
      TooManyRequestsAlarm: 100,
    };
    for (const [name, { Properties }] of alarms()) {
      expect([name, Number(Properties.Threshold)]).toEqual([name, BOUNDS[name] ?? 0]);
      const below = name === 'SweepMissingAlarm';
      expect(Properties.ComparisonOperator).toBe(below ? 'LessThanThreshold' : 'GreaterThanThreshold');
      // No data is good, except for the function that watches all others.
      expect(Properties.TreatMissingData).toBe(below ? 'breaching' : 'notBreaching');
    }
  });

  it('warn about an old dead letter well before SQS deletes it', () => {
    const { Threshold } = properties('OldDeadLettersAlarm');
    expect(Number(Threshold)).toBeLessThan(
      Number(properties('DeadLetterQueue').MessageRetentionPeriod) - 5 * 24 * 3600,
    );
  });

  it('look at the slowest event in twenty, not at the average', () => {
    expect(properties('SyncLagAlarm')).toMatchObject({ ExtendedStatistic: 'p95' });
    expect(properties('SyncLagAlarm').Statistic).toBeUndefined();
  });

  it('use metrics that the functions write, in the namespace of the stage', () => {
    for (const template of [dev, prod]) {
      const stage = template === dev ? 'dev' : 'prod';
      const own = alarms(template).filter(
        ([, { Properties }]) => !/^AWS\/|-gateway$/.test(String(Properties.Namespace)),
      );
      expect(own).toHaveLength(4);
      for (const [, { Properties }] of own) {
        expect(Object.keys(METRICS)).toContain(Properties.MetricName);
        expect(Properties.Namespace).toBe(`sourcewhale-firefish-${stage}`);
        expect(Properties.Dimensions).toEqual([{ Name: 'service', Value: 'sourcewhale-firefish' }]);
      }
      expect(properties('SyncLambdaFunction', template)).toMatchObject({
        Environment: {
          Variables: {
            POWERTOOLS_METRICS_NAMESPACE: `sourcewhale-firefish-${stage}`,
            POWERTOOLS_SERVICE_NAME: 'sourcewhale-firefish',
          },
        },
      });
    }
  });

  it('count refusals from the access log, which has each status as text', () => {
    const filters = ofType('AWS::Logs::MetricFilter').map(([, { Properties }]) => Properties);
    expect(filters.map(({ FilterPattern }) => FilterPattern)).toEqual(
      ['401', '403', '429'].map((status) => `{ $.status = "${status}" }`),
    );
    expect(JSON.stringify(properties('HttpApiStage').AccessLogSettings)).toContain(
      String.raw`\"status\":\"$context.status\"`,
    );
    for (const { LogGroupName, MetricTransformations } of filters) {
      expect(LogGroupName).toEqual({ Ref: 'HttpApiLogGroup' });
      const [{ MetricName, MetricNamespace }] = MetricTransformations as [Record<string, unknown>];
      const [[, alarm]] = alarms().filter(([, { Properties }]) => Properties.MetricName === MetricName) as [
        [string, Resource],
      ];
      expect(alarm.Properties).toMatchObject({ Namespace: MetricNamespace, Statistic: 'Sum' });
    }
  });

  it('notify the topic when they begin and when they end', () => {
    for (const [, { Properties }] of alarms()) {
      expect(Properties).toMatchObject({
        AlarmActions: [{ Ref: 'AlarmTopic' }],
        OKActions: [{ Ref: 'AlarmTopic' }],
      });
    }
  });

  it('reach an address if the stage has one, over an encrypted topic', () => {
    expect(properties('AlarmTopic').KmsMasterKeyId).toEqual({ Ref: 'Key' });
    expect(properties('AlarmEmail', prod)).toEqual({
      TopicArn: { Ref: 'AlarmTopic' },
      Protocol: 'email',
      Endpoint: 'ops@agency.example',
    });
    expect(dev.Resources).not.toHaveProperty('AlarmEmail');
  });
});

describe('the dashboard', () => {
  interface Widget {
    properties: { region: string; metrics: (string | object)[][] };
  }
  const widgets = (): Widget[] => {
    const { 'Fn::Sub': body } = properties('Dashboard').DashboardBody as { 'Fn::Sub': string };
    return (JSON.parse(body) as { widgets: Widget[] }).widgets;
  };
  /** `.` repeats the value of the line before. */
  const named = ({ properties: { metrics } }: Widget): unknown[][] =>
    metrics.reduce<unknown[][]>(
      (lines, line) => [...lines, line.map((part, index) => (part === '.' ? lines.at(-1)?.[index] : part))],
      [],
    );

  it('shows every metric that the functions write, and no others', () => {
    const own = widgets()
      .flatMap(named)
      .filter(([namespace]) => namespace === 'sourcewhale-firefish-dev');
    expect([...new Set(own.map(([, metric]) => metric))].sort()).toEqual(Object.keys(METRICS).sort());
    for (const line of own) expect(line.slice(2, 4)).toEqual(['service', 'sourcewhale-firefish']);
  });

  it('shows the age of the oldest message and of the oldest dead letter, and the API', () => {
    const lines = widgets()
      .flatMap(named)
      .map((line) => line.slice(0, 4).join(' '));
    expect(lines).toEqual(
      expect.arrayContaining([
        'AWS/SQS ApproximateAgeOfOldestMessage QueueName ${EventsQueue.QueueName}',
        'AWS/SQS ApproximateAgeOfOldestMessage QueueName ${DeadLetterQueue.QueueName}',
        'AWS/ApiGateway 5xx ApiId ${HttpApi}',
        'sourcewhale-firefish-dev-gateway Unauthorized',
        'sourcewhale-firefish-dev-gateway TooManyRequests',
      ]),
    );
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

describe('the domain', () => {
  it('is created if the stage names one, with TLS 1.2, and leads to the same API', () => {
    for (const name of ['Domain', 'DomainMapping']) expect(dev.Resources).not.toHaveProperty(name);
    expect(properties('Domain', prod)).toEqual({
      DomainName: 'sync.agency.example',
      DomainNameConfigurations: [
        { CertificateArn: 'certificate-1', EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
      ],
    });
    expect(properties('DomainMapping', prod)).toEqual({
      ApiId: { Ref: 'HttpApi' },
      DomainName: { Ref: 'Domain' },
      Stage: { Ref: 'HttpApiStage' },
    });
  });

  it('is then the only address, also for administration', () => {
    expect(properties('HttpApi', prod).DisableExecuteApiEndpoint).toBe(true);
    expect(properties('HttpApi').DisableExecuteApiEndpoint).toBe(false);
    expect(prod.Outputs.HttpApiUrl?.Value).toBe('https://sync.agency.example');
    expect(JSON.stringify(dev.Outputs.HttpApiUrl?.Value)).toContain('.execute-api.');
  });
});

describe('tracing', () => {
  it('is off unless the stage switches it on', () => {
    for (const name of FUNCTIONS) {
      const mode = (template: Template) => properties(lambdaOf(name), template).TracingConfig;
      expect(mode(dev)).toEqual({ Mode: 'PassThrough' });
      expect(mode(prod)).toEqual({ Mode: 'Active' });
    }
  });

  it('lets each function write traces if it is on', () => {
    expect(dev.Resources).not.toHaveProperty('TracingPolicy');
    expect(resource('TracingPolicy', prod).Type).toBe('AWS::IAM::Policy');
    const { Roles } = properties('TracingPolicy', prod) as { Roles: { Ref: string }[] };
    expect(Roles.map(({ Ref }) => Ref).sort()).toEqual(FUNCTIONS.map(roleOf));
  });
});

describe('stages', () => {
  const environment = (template: Template) =>
    (properties('SyncLambdaFunction', template).Environment as { Variables: Record<string, unknown> })
      .Variables;

  it('differ in log level, concurrency and reserved concurrency', () => {
    expect(environment(dev).POWERTOOLS_LOG_LEVEL).toBe('DEBUG');
    expect(environment(prod).POWERTOOLS_LOG_LEVEL).toBe('INFO');
    expect(properties('SyncEventSourceMappingSQSEventsQueue', prod).ScalingConfig).toEqual({
      MaximumConcurrency: 50,
    });
    for (const name of ['receive', 'api']) {
      expect(properties(lambdaOf(name)).ReservedConcurrentExecutions).toBeUndefined();
      expect(properties(lambdaOf(name), prod).ReservedConcurrentExecutions).toBe(20);
    }
  });
});

// That each role has what its function needs, and nothing else, is proved by `npm run test:aws`.
describe('roles', () => {
  interface Statement {
    Sid: string;
    Effect: string;
    Action: string | string[];
    Resource: unknown;
    Condition?: {
      'ForAllValues:StringLike'?: { 'dynamodb:LeadingKeys': string[] };
      StringEquals?: Record<string, unknown>;
    };
  }
  const statements = (name: string): Statement[] =>
    (properties(roleOf(name)).Policies as { PolicyDocument: { Statement: Statement[] } }[]).flatMap(
      ({ PolicyDocument }) => PolicyDocument.Statement,
    );

  it('exist for each function, and only for Lambda', () => {
    expect(
      ofType('AWS::IAM::Role')
        .map(([name]) => name)
        .sort(),
    ).toEqual(FUNCTIONS.map(roleOf));
    for (const [, { Properties }] of ofType('AWS::IAM::Role')) {
      expect(Properties.ManagedPolicyArns).toBeUndefined();
      expect(Properties.AssumeRolePolicyDocument).toMatchObject({
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      });
    }
  });

  it.each(FUNCTIONS)('%s has no wildcard in an action, and only its own resources', (name) => {
    for (const { Action, Resource, Effect } of statements(name)) {
      expect(Effect).toBe('Allow');
      expect([Action].flat().filter((action) => action.includes('*'))).toEqual([]);
      expect([Resource].flat()).not.toContain('*');
    }
  });

  it.each(FUNCTIONS)('%s logs to its own group', (name) => {
    expect(statements(name)[0]).toMatchObject({
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: {
        'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/sourcewhale-firefish-dev-${name}:*`,
      },
    });
  });

  it('allow only queries of an index', () => {
    const onIndexes = FUNCTIONS.flatMap(statements).filter(({ Resource }) =>
      JSON.stringify(Resource).includes('/index/'),
    );
    expect(onIndexes.length).toBeGreaterThan(0);
    expect(new Set(onIndexes.flatMap(({ Action }) => Action))).toEqual(new Set(['dynamodb:Query']));
  });

  it.each([
    ['console-api', ['firefish-clients']],
    ['provision', ['tenants', 'domains', 'clients', 'connections', 'firefish-clients']],
  ])('%s deletes only what its acts end from the credentials table', (name, partitions) => {
    const deletes = statements(name).filter(
      ({ Action, Resource }) =>
        [Action].flat().includes('dynamodb:DeleteItem') &&
        JSON.stringify(Resource) === JSON.stringify(arnOf('CredentialsTable')),
    );
    const keys = deletes.map(
      ({ Condition }) => Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'],
    );
    expect(keys).toEqual([partitions]);
  });

  it('cannot allow changes or deletions of audit entries, because the table itself refuses', () => {
    expect(properties('AuditTable').ResourcePolicy).toMatchObject({
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: expect.arrayContaining([
              'dynamodb:UpdateItem',
              'dynamodb:BatchWriteItem',
              'dynamodb:PartiQLDelete',
            ]),
            Resource: '*',
          },
          // One key at a time; each other action would hide which.
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 'dynamodb:DeleteItem',
            Resource: '*',
            Condition: { 'ForAnyValue:StringNotLike': { 'dynamodb:LeadingKeys': ['erased#*'] } },
          },
        ],
      },
    });
  });

  it('let the sweep use the key only for mails', () => {
    const onKey = statements('sweep').filter(({ Resource }) => JSON.stringify(Resource).includes('"Key"'));
    expect(onKey.map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { 'kms:ViaService': { 'Fn::Sub': 'sns.${AWS::Region}.amazonaws.com' } } },
    ]);
  });

  it('give only the sweep the address of the topic', () => {
    const told = FUNCTIONS.filter((name) => {
      const { Variables } = properties(lambdaOf(name)).Environment as { Variables: object };
      return 'ALARM_TOPIC_ARN' in Variables;
    });
    expect(told).toEqual(['sweep']);
    expect(properties('SweepLambdaFunction')).toMatchObject({
      Environment: { Variables: { ALARM_TOPIC_ARN: { Ref: 'AlarmTopic' } } },
    });
  });

  it('let nobody change an audit entry, or delete or read one, except for erasures', () => {
    const onAudit = FUNCTIONS.flatMap((name) =>
      statements(name)
        .filter(({ Resource }) => JSON.stringify(Resource).includes('AuditTable'))
        .map(({ Action }) => `${name} ${String(Action)}`),
    );
    expect(onAudit).toEqual([
      'console-api dynamodb:PutItem',
      'provision dynamodb:PutItem',
      'provision dynamodb:Query,dynamodb:DeleteItem',
    ]);
    const kept = statements('provision').find(({ Sid }) => Sid === 'KeepErasures');
    expect(kept?.Condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['erased#*'] },
    });
  });
});
