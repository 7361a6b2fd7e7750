import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { examineStage } from '../../../local/doctor/doctor.ts';
import type { Finding } from '../../../local/doctor/finding.ts';
import { agency, type AwsStandIn, FUNCTION_NAMES, refusal, startAwsStandIn } from './aws-stand-in.ts';

let aws: AwsStandIn;
beforeAll(async () => {
  aws = await startAwsStandIn();
  Object.assign(process.env, environment());
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.heal();
});

const environment = (): Record<string, string> => ({
  AWS_ENDPOINT_URL: aws.url,
  AWS_REGION: 'eu-west-2',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** The command itself, in its own process. */
function doctor(...args: string[]): Promise<Ended> {
  const script = new URL('../../../local/admin.ts', import.meta.url).pathname;
  const env = { PATH: process.env.PATH, ...environment() };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [script, 'doctor', '--stage', 'test', ...args],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      },
    );
  });
}

/** Looks at the stage, and returns what is not well. Whether dist/ was built, and of what, is not the stage's matter. */
const ails = async (): Promise<Finding[]> =>
  (await examineStage('test')).filter(({ state, part }) => state !== 'ok' && part !== 'code');

describe('doctor --stage', () => {
  test('says ok for every part of a healthy stage, and exits with 0', async () => {
    const { code, stdout, stderr } = await doctor();
    expect([code, stderr]).toEqual([0, '']);
    for (const part of [
      ...[
        'stack',
        'drift',
        'queue EventsQueue',
        'queue DeadLetterQueue',
        'trigger of sync',
        'key',
        'alarms',
        'mails',
        'CloudTrail',
      ],
      ...['table CredentialsTable', 'table SyncTable', 'table AuditTable', 'api', 'agencies', 'token budget'],
      ...FUNCTION_NAMES.map((name) => `function ${name}`),
    ]) {
      expect(stdout).toMatch(new RegExp(`^ok +${part} `, 'm'));
    }
    expect(stdout).toContain('1 agency behind the address "nat-1"; 5 can work at the same time');
    expect(stdout).not.toContain('wrong');
  });

  test('only reads, and changes nothing', async () => {
    await ails();
    expect(
      aws.asked.filter((action) => !/^(?:Describe|Get|List|GET \/healthz$|list$|show$)/.test(action)),
    ).toEqual([]);
  });

  const CASES: [string, string, unknown, Partial<Finding>][] = [
    [
      'a deployment that was rolled back',
      'DescribeStacks',
      { Stacks: [{ StackStatus: 'UPDATE_ROLLBACK_COMPLETE', Outputs: [] }] },
      {
        part: 'stack',
        state: 'wrong',
        advice: expect.stringContaining('the events of the stack') as unknown as string,
      },
    ],
    [
      'a function that is not there',
      'GetFunctionConfiguration sweep',
      refusal('ResourceNotFoundException', 'no function', 404),
      { part: 'function sweep', state: 'wrong' },
    ],
    [
      'a function whose update failed',
      'GetFunctionConfiguration sync',
      { State: 'Active', LastUpdateStatus: 'Failed', Runtime: 'nodejs24.x' },
      { part: 'function sync', state: 'wrong' },
    ],
    [
      'a trigger that was switched off',
      'ListEventSourceMappings',
      { EventSourceMappings: [{ UUID: 'u-1', State: 'Disabled' }] },
      { part: 'trigger of sync', state: 'wrong', found: 'Disabled' },
    ],
    [
      'dead letters',
      'GetQueueAttributes dead-letters',
      { Attributes: { ApproximateNumberOfMessages: '7' } },
      { part: 'queue DeadLetterQueue', state: 'wrong' },
    ],
    [
      'messages that show themselves again while they are worked on',
      'GetQueueAttributes events',
      { Attributes: { ApproximateNumberOfMessages: '0', VisibilityTimeout: '30', RedrivePolicy: '{}' } },
      { part: 'queue EventsQueue', state: 'wrong' },
    ],
    [
      'a queue without dead letters',
      'GetQueueAttributes events',
      { Attributes: { ApproximateNumberOfMessages: '0', VisibilityTimeout: '360' } },
      { part: 'queue EventsQueue', state: 'wrong' },
    ],
    [
      'a table that could not be restored',
      'DescribeContinuousBackups sync-1',
      { ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED' } },
      { part: 'table SyncTable', state: 'wrong', found: 'sync-1: no point-in-time recovery' },
    ],
    [
      'a table that keeps what has expired',
      'DescribeTimeToLive sync-1',
      { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } },
      { part: 'table SyncTable', state: 'wrong', found: 'sync-1: what has expired is kept' },
    ],
    [
      'an audit table whose entries can end',
      'DescribeTimeToLive audit-1',
      { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED' } },
      {
        part: 'table AuditTable',
        state: 'wrong',
        found: 'audit-1: entries can be deleted by an expiresAt that is past',
      },
    ],
    [
      'an account without a trail',
      'DescribeTrails',
      { trailList: [] },
      {
        part: 'CloudTrail',
        state: 'wrong',
        advice: expect.stringContaining('put-event-selectors') as unknown as string,
      },
    ],
    [
      'a trail that was stopped',
      'GetTrailStatus',
      { IsLogging: false },
      {
        part: 'CloudTrail',
        state: 'wrong',
        advice: expect.stringContaining('--trail-name trail-1') as unknown as string,
      },
    ],
    [
      'a trail that records management alone',
      'GetEventSelectors',
      { EventSelectors: [{ IncludeManagementEvents: true, DataResources: [] }] },
      { part: 'CloudTrail', state: 'wrong' },
    ],
    [
      'a trail that records some functions alone',
      'GetEventSelectors',
      {
        EventSelectors: [
          {
            DataResources: [
              {
                Type: 'AWS::Lambda::Function',
                Values: ['arn:aws:lambda:eu-west-2:000000000000:function:other'],
              },
            ],
          },
        ],
      },
      { part: 'CloudTrail', state: 'wrong' },
    ],
    [
      'a key that is about to be deleted',
      'DescribeKey',
      { KeyMetadata: { KeyId: 'key-1', KeyState: 'PendingDeletion', DeletionDate: 1_800_000_000 } },
      {
        part: 'key',
        state: 'wrong',
        advice: 'at once: aws kms cancel-key-deletion --key-id key-1, then aws kms enable-key --key-id key-1',
      },
    ],
    [
      'an alarm that rings',
      'DescribeAlarms',
      {
        MetricAlarms: [
          {
            AlarmName: 'sourcewhale-firefish-test-SyncLagAlarm-9Z',
            AlarmDescription: 'It is late.',
            StateValue: 'ALARM',
          },
        ],
      },
      { part: 'alarms', state: 'wrong', found: 'SyncLagAlarm has rung since ?', advice: 'It is late.' },
    ],
    [
      'nobody who is told',
      'ListSubscriptionsByTopic',
      { Subscriptions: [] },
      { part: 'mails', state: 'wrong', found: 'nobody is told of alarms' },
    ],
    [
      'an address that was never confirmed',
      'ListSubscriptionsByTopic',
      { Subscriptions: [{ SubscriptionArn: 'PendingConfirmation' }] },
      { part: 'mails', state: 'wrong' },
    ],
    ['a server that fails', 'GET /healthz', refusal('down', 'down', 503), { part: 'api', state: 'wrong' }],
    [
      'an agency of which someone was told',
      'show acme.firefishsoftware.com',
      agency('acme', {}, [{ alert: 'credentials-refused', since: '2026-11-20T00:00:00.000Z', told: true }]),
      { part: 'acme.firefishsoftware.com', state: 'wrong' },
    ],
    [
      'an agency whose credentials are refused, of which nobody was told yet, although someone was of something else',
      'show acme.firefishsoftware.com',
      agency('acme', { reachable: false, down: 'credentials', downSince: '2026-11-20T00:00:00.000Z' }, [
        { alert: 'events-failed', since: '2026-11-19T00:00:00.000Z', told: true },
      ]),
      {
        part: 'acme.firefishsoftware.com',
        state: 'wrong',
        found: 'Firefish is out of reach (credentials) since 2026-11-20T00:00:00.000Z',
        advice:
          'firefish-credentials --domain acme.firefishsoftware.com with new ones; see docs/operations.md',
      },
    ],
    [
      'an agency whose Firefish has only just stopped to answer',
      'show acme.firefishsoftware.com',
      agency('acme', { reachable: false, down: 'outage', downSince: '2026-11-20T00:00:00.000Z' }),
      {
        part: 'acme.firefishsoftware.com',
        state: 'unknown',
        advice: 'it is tried again by itself: ask again',
      },
    ],
    [
      'an agency whose profile lacks a scope',
      'show acme.firefishsoftware.com',
      agency('acme', { missingScopes: ['contacts:write'] }),
      { part: 'acme.firefishsoftware.com', state: 'wrong', found: 'scopes are missing: contacts:write' },
    ],
  ];
  test.each(CASES)('finds %s, and says what to do', async (_name, action, answer, finding) => {
    aws.answer(action, answer);
    const ailing = await ails();
    expect(ailing).toContainEqual(expect.objectContaining(finding));
    for (const { advice } of ailing) expect(advice).toMatch(/\w/);
  });

  test('exits with 1 if something is wrong, and prints only one JSON array', async () => {
    aws.answer('ListSubscriptionsByTopic', { Subscriptions: [] });
    const { code, stdout, stderr } = await doctor('--json');
    expect([code, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toContainEqual({
      part: 'mails',
      state: 'wrong',
      found: 'nobody is told of alarms',
      advice: 'deploy with --param=alarmEmail=you@your-company.example',
    });
  });

  test('says unknown for what it may not read, and checks everything else', async () => {
    aws.answer('DescribeKey', refusal('AccessDeniedException', 'not authorized to perform: kms:DescribeKey'));
    expect(await ails()).toMatchObject([
      { part: 'key', state: 'unknown', found: expect.stringContaining('kms:DescribeKey') },
    ]);
  });

  test('reports drift as CloudFormation knows it: not checked, or detected', async () => {
    const Outputs = [{ OutputKey: 'HttpApiUrl', OutputValue: aws.url }];
    const stack = (StackDriftStatus: string): object => ({
      Stacks: [{ StackStatus: 'CREATE_COMPLETE', DriftInformation: { StackDriftStatus }, Outputs }],
    });
    aws.answer('DescribeStacks', stack('NOT_CHECKED'));
    expect(await ails()).toMatchObject([{ part: 'drift', state: 'unknown' }]);
    aws.answer('DescribeStacks', stack('DRIFTED'));
    expect(await ails()).toMatchObject([{ part: 'drift', state: 'wrong' }]);
  });

  test('warns if there are more agencies than one address has tokens for', async () => {
    const agencies = Array.from({ length: 6 }, (_, index) => ({
      domain: `a${index}.test`,
      status: 'enabled',
    }));
    aws.answer('list', agencies);
    aws.answer('show', agency('any'));
    expect(await ails()).toMatchObject([{ part: 'token budget', state: 'unknown' }]);
  });

  test('accepts a trail that records all functions with the older form of selectors, too', async () => {
    const DataResources = [{ Type: 'AWS::Lambda::Function', Values: ['arn:aws:lambda'] }];
    aws.answer('GetEventSelectors', { EventSelectors: [{ DataResources }] });
    expect(await ails()).toEqual([]);
  });

  test('says if there is no such stage', async () => {
    aws.answer(
      'DescribeStacks',
      refusal('ValidationError', 'Stack with id sourcewhale-firefish-test does not exist'),
    );
    expect(await ails()).toMatchObject([
      { part: 'stack', state: 'wrong', found: 'there is no stack sourcewhale-firefish-test' },
    ]);
  });

  test('says in one line which credentials and region are used, if AWS refuses them', async () => {
    aws.answer(
      'DescribeStacks',
      refusal('ExpiredToken', 'The security token included in the request is expired', 403),
    );
    const { code, stdout, stderr } = await doctor();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^AWS can't be asked: .*expired.*AWS_PROFILE.*\n$/);
  });
});
