/** Logs, alarms and the dashboard. */
import { describe, expect, it } from '@jest/globals';
import { METRICS } from '../../lib/metrics.ts';
import type { Resource } from './package-service.ts';
import { arnOf, dev, FUNCTIONS, lambdaOf, ofType, prod, properties } from './packaged.ts';

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
