/**
 * AWS as `doctor` asks it, over the wire: each service's own protocol, and the answers of a healthy stage. A test
 * replaces single answers. What the services really answer is known only from their models.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { functionNames } from '../../../build.ts';

export const STACK = 'sourcewhale-firefish-test';

export interface Refusal {
  status: number;
  code: string;
  message: string;
}
export const refusal = (code: string, message: string, status = 400): Refusal => ({ code, message, status });
const isRefusal = (answer: unknown): answer is Refusal =>
  typeof answer === 'object' && answer !== null && 'code' in answer && 'status' in answer;

/** What is answered, by the name of the action; with what it asks of behind it if that makes a difference. */
export type Answers = Record<string, unknown>;

const PHYSICAL_IDS = (url: string): Record<string, string> => ({
  EventsQueue: `${url}/000000000000/events`,
  DeadLetterQueue: `${url}/000000000000/dead-letters`,
  CredentialsTable: 'credentials-1',
  SyncTable: 'sync-1',
  AuditTable: 'audit-1',
  Key: 'key-1',
  AlarmTopic: 'arn:aws:sns:eu-west-2:000000000000:alarms',
});

const TRAIL_ARN = 'arn:aws:cloudtrail:eu-west-2:000000000000:trail/trail-1';

export const agency = (domain: string, firefish: object = {}, alerts: object[] = []): object => ({
  domain,
  firefish: { reachable: true, missingScopes: [], ...firefish },
  alerts,
});

function healthy(url: string): Answers {
  return {
    DescribeStacks: {
      Stacks: [
        {
          StackName: STACK,
          StackStatus: 'UPDATE_COMPLETE',
          CreationTime: '2026-11-01T00:00:00Z',
          DriftInformation: { StackDriftStatus: 'IN_SYNC', LastCheckTimestamp: '2026-11-20T00:00:00Z' },
          Outputs: [{ OutputKey: 'HttpApiUrl', OutputValue: url }],
        },
      ],
    },
    ListStackResources: {
      StackResourceSummaries: Object.entries(PHYSICAL_IDS(url)).map(([id, physical]) => ({
        LogicalResourceId: id,
        PhysicalResourceId: physical,
      })),
    },
    ListSubscriptionsByTopic: {
      Subscriptions: [{ SubscriptionArn: 'arn:aws:sns:eu-west-2:000000000000:alarms:1' }],
    },
    DescribeAlarms: { MetricAlarms: [{ AlarmName: `${STACK}-DeadLettersAlarm-1A2B`, StateValue: 'OK' }] },
    GetFunctionConfiguration: {
      State: 'Active',
      LastUpdateStatus: 'Successful',
      LastModified: '2026-11-20T00:00:00.000+0000',
      Runtime: 'nodejs24.x',
      Environment: { Variables: { EGRESS_ID: 'nat-1' } },
    },
    ListEventSourceMappings: { EventSourceMappings: [{ UUID: 'u-1', State: 'Enabled' }] },
    'GetQueueAttributes events': {
      Attributes: {
        ApproximateNumberOfMessages: '3',
        ApproximateNumberOfMessagesNotVisible: '1',
        VisibilityTimeout: '90',
        RedrivePolicy: '{"maxReceiveCount":5}',
      },
    },
    'GetQueueAttributes dead-letters': {
      Attributes: { ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' },
    },
    DescribeTable: { Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: true } },
    DescribeContinuousBackups: {
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
      },
    },
    DescribeTimeToLive: { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED' } },
    'DescribeTimeToLive audit-1': { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } },
    DescribeTrails: { trailList: [{ Name: 'trail-1', TrailARN: TRAIL_ARN }] },
    GetTrailStatus: { IsLogging: true },
    GetEventSelectors: {
      TrailARN: TRAIL_ARN,
      AdvancedEventSelectors: [
        {
          FieldSelectors: [
            { Field: 'eventCategory', Equals: ['Data'] },
            { Field: 'resources.type', Equals: ['AWS::Lambda::Function'] },
          ],
        },
      ],
    },
    DescribeKey: { KeyMetadata: { KeyId: 'key-1', KeyState: 'Enabled' } },
    GetKeyRotationStatus: { KeyRotationEnabled: true },
    'GET /healthz': { status: 'ok' },
    list: [{ domain: 'acme.firefishsoftware.com', status: 'enabled' }],
    'show acme.firefishsoftware.com': agency('acme.firefishsoftware.com'),
  };
}

interface Asked {
  /** The key in the answers; the second is tried first. */
  action: string;
  detailed: string;
  isXml: boolean;
}

function read(request: IncomingMessage, body: string): Asked {
  const { pathname } = new URL(request.url ?? '/', 'http://aws.test');
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    const action = target.split('.').at(-1) ?? '';
    const { QueueUrl, TableName } = JSON.parse(body) as { QueueUrl?: string; TableName?: string };
    return { action, detailed: `${action} ${QueueUrl?.split('/').at(-1) ?? TableName ?? ''}`, isXml: false };
  }
  const functionName = /\/functions\/([\w-]+)\/configuration$/.exec(pathname)?.[1];
  if (functionName !== undefined) {
    const name = functionName.replace(`${STACK}-`, '');
    return { action: 'GetFunctionConfiguration', detailed: `GetFunctionConfiguration ${name}`, isXml: false };
  }
  if (pathname.includes('/event-source-mappings')) {
    return { action: 'ListEventSourceMappings', detailed: '', isXml: false };
  }
  if (pathname === '/administration') {
    const { verb, domain } = JSON.parse(body) as { verb: string; domain?: string };
    return { action: verb, detailed: `${verb} ${domain ?? ''}`, isXml: false };
  }
  const query = new URLSearchParams(body).get('Action');
  if (query !== null) return { action: query, detailed: '', isXml: true };
  const route = `${request.method ?? ''} ${pathname}`;
  return { action: route, detailed: '', isXml: false };
}

/** AWS's query protocol: lists are `member`s. */
function xml(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => `<member>${xml(one)}</member>`).join('');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, inner]) => `<${name}>${xml(inner)}</${name}>`)
      .join('');
  }
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

export interface AwsStandIn {
  url: string;
  /** All is well again. */
  heal(): void;
  /** Answers this instead, to the action or to the action and what it is about. */
  answer(action: string, answer: unknown): void;
  /** What was asked, in order. */
  asked: string[];
  close(): Promise<void>;
}

export async function startAwsStandIn(): Promise<AwsStandIn> {
  let answers: Answers = {};
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { action, detailed, isXml } = read(request, Buffer.concat(chunks).toString('utf8'));
      asked.push(action);
      const answer = answers[detailed] ?? answers[action] ?? refusal('UnknownOperationException', action);
      const refused = isRefusal(answer);
      const type = isXml ? 'text/xml' : 'application/x-amz-json-1.0';
      response.writeHead(refused ? answer.status : 200, {
        'content-type': type,
        ...(refused ? { 'x-amzn-errortype': answer.code } : {}),
      });
      if (refused) {
        const { code, message } = answer;
        response.end(
          isXml
            ? `<ErrorResponse><Error><Type>Sender</Type>${xml({ Code: code, Message: message })}</Error></ErrorResponse>`
            : JSON.stringify({ __type: code, message }),
        );
      } else {
        response.end(
          isXml
            ? `<${action}Response><${action}Result>${xml(answer)}</${action}Result></${action}Response>`
            : JSON.stringify(answer),
        );
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const heal = (): void => {
    answers = healthy(url);
    asked.length = 0;
  };
  heal();
  return {
    url,
    heal,
    answer: (action, answer) => {
      answers[action] = answer;
    },
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

export const FUNCTION_NAMES = functionNames();
