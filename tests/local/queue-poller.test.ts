import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { openSqs } from '../../local/embedded/sqs.ts';
import type { EmulatorServer } from '../../local/embedded/emulators.ts';
import { makeFunction } from '../../local/stack/local-function.ts';
import { type RunningPoller, startQueuePoller } from '../../local/stack/queue-poller.ts';

let server: EmulatorServer;
let sqs: SQSClient;
let queueUrl: string;
let poller: RunningPoller | undefined;
let made = 0;
const onError = jest.fn<(message: string) => void>();

beforeAll(async () => {
  server = await openSqs(undefined);
  sqs = new SQSClient({
    endpoint: server.url,
    useQueueUrlAsEndpoint: false,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  });
});
beforeEach(async () => {
  made += 1;
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: `q${made}`, Attributes: { VisibilityTimeout: '1' } }),
  );
  queueUrl = QueueUrl!;
});
afterEach(async () => {
  await poller?.stop();
  poller = undefined;
  onError.mockClear();
});
afterAll(async () => {
  sqs.destroy();
  await server.stop();
});

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse | undefined> | SQSBatchResponse | undefined;

function poll(
  handler: Handler,
  more: { timeoutMs?: number; maximumConcurrency?: number; reports?: boolean } = {},
): void {
  poller = startQueuePoller({
    sqs,
    queueUrl,
    queueArn: `arn:aws:sqs:eu-west-2:000000000000:q${made}`,
    // The poller makes no other events.
    target: makeFunction({ name: 'sync', timeoutMs: more.timeoutMs ?? 5000, memoryMb: 128 }, (event) =>
      handler(event as SQSEvent),
    ),
    batchSize: 10,
    maximumConcurrency: more.maximumConcurrency ?? 4,
    reportsBatchItemFailures: more.reports ?? true,
    onError,
  });
}

const send = (bodies: string[]): Promise<unknown> =>
  sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: bodies.map((MessageBody, index) => ({
        Id: String(index),
        MessageBody,
        MessageAttributes: { colour: { DataType: 'String', StringValue: 'blue' } },
      })),
    }),
  );

/** Messages waiting and messages in flight. */
async function counts(): Promise<[number, number]> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  return [
    Number(Attributes!.ApproximateNumberOfMessages),
    Number(Attributes!.ApproximateNumberOfMessagesNotVisible),
  ];
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not happen within five seconds');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const bodies = (event: SQSEvent): string[] => event.Records.map(({ body }) => body);
const isEmpty = async (): Promise<boolean> => (await counts()).every((count) => count === 0);

describe('the queue poller', () => {
  test('passes records as Lambda does, and deletes those that are done', async () => {
    const seen: SQSEvent[] = [];
    poll((event) => {
      seen.push(event);
      return { batchItemFailures: [] };
    });
    await send(['one', 'two']);

    await until(isEmpty);
    expect(seen).toHaveLength(1);
    expect(seen[0]!.Records[0]).toMatchObject({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receiptHandle: expect.any(String),
      body: 'one',
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: expect.stringMatching(/^\d{13}$/) },
      messageAttributes: { colour: { stringValue: 'blue', dataType: 'String' } },
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:eu-west-2:000000000000:q${made}`,
      awsRegion: 'eu-west-2',
    });
  });

  test('keeps messages that batchItemFailures names, and they come again after the visibility timeout', async () => {
    const seen: string[][] = [];
    poll((event) => {
      seen.push(bodies(event));
      const failing = seen.length === 1 ? event.Records.filter(({ body }) => body === 'two') : [];
      return { batchItemFailures: failing.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    });
    await send(['one', 'two', 'three']);

    await until(isEmpty);
    expect(seen).toEqual([['one', 'two', 'three'], ['two']]);
  });

  test.each<[string, Handler]>([
    ['throws', () => Promise.reject(new Error('broken'))],
    ['names what was not in the batch', () => ({ batchItemFailures: [{ itemIdentifier: 'another' }] })],
    ['has an empty id', () => ({ batchItemFailures: [{ itemIdentifier: '' }] })],
  ])('deletes nothing if the function %s', async (_what, fail) => {
    const seen: string[][] = [];
    poll((event) => {
      seen.push(bodies(event));
      return seen.length === 1 ? fail(event) : undefined;
    });
    await send(['one', 'two']);

    await until(isEmpty);
    expect(seen).toEqual([
      ['one', 'two'],
      ['one', 'two'],
    ]);
    expect(onError).toHaveBeenCalledTimes(1);
  });

  test('deletes nothing if the function exceeds its timeout', async () => {
    let calls = 0;
    poll(
      () => {
        calls += 1;
        return calls === 1 ? new Promise(() => undefined) : undefined;
      },
      { timeoutMs: 100 },
    );
    await send(['one']);

    await until(isEmpty);
    expect(calls).toBe(2);
    expect(onError).toHaveBeenCalledWith(expect.stringContaining('timed out'));
  });

  test('ignores batchItemFailures if the deployment does not ask for them', async () => {
    let calls = 0;
    poll(
      (event) => {
        calls += 1;
        return { batchItemFailures: event.Records.map(({ messageId }) => ({ itemIdentifier: messageId })) };
      },
      { reports: false },
    );
    await send(['one']);

    await until(isEmpty);
    expect(calls).toBe(1);
  });

  test('runs as many batches at once as the deployment allows, and no more', async () => {
    let running = 0;
    let most = 0;
    poll(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 50));
        running -= 1;
        return undefined;
      },
      { maximumConcurrency: 3 },
    );
    for (let batch = 0; batch < 8; batch += 1)
      await send(Array.from({ length: 10 }, (_, index) => String(index)));

    await until(isEmpty);
    expect(most).toBe(3);
  });

  test('stops at once while it waits, and receives nothing afterwards', async () => {
    poll(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = Date.now();
    await poller!.stop();
    expect(Date.now() - before).toBeLessThan(500);

    // The queue sees a moment later that nobody waits any more.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await send(['one']);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await counts()).toEqual([1, 0]);
  });

  test('finishes and deletes the current batch before it stops', async () => {
    let finish: () => void = () => undefined;
    let started = false;
    poll(async () => {
      started = true;
      await new Promise<void>((resolve) => (finish = resolve));
      return undefined;
    });
    await send(['one']);
    await until(() => started);

    let settled = false;
    const stopped = poller!.stop().then(() => (settled = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(settled).toBe(false);
    finish();
    await stopped;

    expect(await counts()).toEqual([0, 0]);
  });

  test('continues after the queue did not answer for a while', async () => {
    const seen: string[] = [];
    const send_ = sqs.send.bind(sqs);
    const broken = jest
      .spyOn(sqs, 'send')
      .mockImplementationOnce(() => Promise.reject(new Error('ECONNREFUSED')) as never);
    poll((event) => {
      seen.push(...bodies(event));
      return undefined;
    });
    broken.mockImplementation(send_ as never);
    await send(['one']);

    await until(() => seen.length === 1);
    expect(onError).toHaveBeenCalledWith('the queue does not answer: ECONNREFUSED');
    broken.mockRestore();
  });
});
