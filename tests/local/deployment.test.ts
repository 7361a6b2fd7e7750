import { afterEach, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { readDeployment } from '../../local/stack/deployment.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

const project = new URL('../../', import.meta.url);

describe('reading serverless.yml', () => {
  test('gives the contract’s paths and their functions', () => {
    const { routes } = readDeployment(project);

    expect(routes.map(({ method, path, functionName }) => `${method} ${path} ${functionName}`)).toEqual(
      expect.arrayContaining([
        'POST /v1/events receive',
        'POST /oauth/token api',
        'GET /v1/connection api',
        'POST /v1/connection api',
        'POST /v1/preview preview',
        'GET /v1/batches/{batchId} api',
        'GET /v1/events/{eventId} api',
        'GET /healthz api',
        'GET /problems/{type} api',
      ]),
    );
  });

  test('gives the events queue, which sends sync one wake-up at a time and has a dead-letter queue', () => {
    const { queueSources, queues, functions } = readDeployment(project);

    expect(queueSources).toEqual([
      {
        functionName: 'sync',
        queue: 'EventsQueue',
        batchSize: 1,
        maximumConcurrency: expect.any(Number),
        reportsBatchItemFailures: true,
      },
    ]);
    expect(queueSources[0]!.maximumConcurrency).toBeGreaterThanOrEqual(2);
    expect(queues.get('EventsQueue')).toMatchObject({
      VisibilityTimeout: 90,
      RedrivePolicy: { deadLetterTargetArn: 'DeadLetterQueue' },
    });
    expect(queues.has('DeadLetterQueue')).toBe(true);
    expect(functions.find(({ name }) => name === 'sync')?.timeoutMs).toBe(75_000);
  });

  test('gives the schedule of sweep: each minute', () => {
    expect(readDeployment(project).schedules).toEqual([{ functionName: 'sweep', everyMs: 60_000 }]);
  });

  test('gives the sync table with its sparse index, merged with the other tables’ properties', () => {
    const { tables, references } = readDeployment(project);

    expect([...tables.keys()].sort()).toEqual(['AuditTable', 'CredentialsTable', 'SyncTable']);
    expect(tables.get('SyncTable')).toMatchObject({
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        { IndexName: 'index', Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['expiresAt'] } },
      ],
    });
    expect(references.get('SYNC_TABLE')).toBe('SyncTable');
    expect(references.get('EVENTS_QUEUE_URL')).toBe('EventsQueue');
  });

  describe('if it does not understand a part', () => {
    let directory: ReturnType<typeof makeTemporaryDirectory> | undefined;
    afterEach(() => directory?.remove());

    test.each([
      ['a route', 'httpApi: /echo'],
      ['a schedule', 'schedule: cron(0 8 * * ? *)'],
      ['another event', 'sns: topic'],
    ])('fails for %s, and never guesses', (_what, event) => {
      directory = makeTemporaryDirectory();
      writeFileSync(
        `${directory.path}/serverless.yml`,
        `service: s\nprovider: { name: aws }\nfunctions:\n  f:\n    handler: functions/f.handler\n    events:\n      - ${event}\n`,
      );

      expect(() => readDeployment(pathToFileURL(`${directory!.path}/`))).toThrow();
    });
  });
});
