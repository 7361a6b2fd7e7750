/**
 * What Lambda's event source mapping does for a queue: receives batches, invokes the function with them, and deletes
 * what is done. Other messages become visible again after the queue's visibility timeout.
 */
import {
  DeleteMessageBatchCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import type { Invocation, LocalFunction } from './local-function.ts';
import { messageOf } from '../start-error.ts';

/**
 * Short, because an emulator elsewhere still serves a receiver that was killed: messages that it sends to nobody come
 * back only after the visibility timeout. No start is as quick as this.
 */
const LONG_POLL_SECONDS = 2;
/** Between attempts while the queue does not answer. */
const RETRY_AFTER_MS = 1000;

export interface QueuePollerOptions {
  sqs: SQSClient;
  queueUrl: string;
  queueArn: string;
  target: LocalFunction;
  batchSize: number;
  maximumConcurrency: number;
  reportsBatchItemFailures: boolean;
  onError: (message: string) => void;
}

export interface RunningPoller {
  /** Receives nothing more; settles when the current batches have ended and are deleted. */
  stop(): Promise<void>;
}

/**
 * One receiver gives batches to as many invocations as can run at once. Several waiting receivers would all be woken by
 * each message for nothing. One receiver is never the bottleneck, because it waits only if there is no message.
 */
export function startQueuePoller(options: QueuePollerOptions): RunningPoller {
  const stopping = new AbortController();
  const atWork = new Set<Promise<void>>();
  const poll = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (atWork.size >= options.maximumConcurrency) {
        await Promise.race(atWork);
        continue;
      }
      const messages = await receive(options, stopping.signal);
      if (messages.length === 0) continue;
      const batch = workOn(options, messages);
      atWork.add(batch);
      void batch.finally(() => atWork.delete(batch));
    }
  };
  const polling = poll();
  return {
    stop: async () => {
      stopping.abort();
      await polling;
      await Promise.all(atWork);
    },
  };
}

async function receive(options: QueuePollerOptions, signal: AbortSignal): Promise<Message[]> {
  try {
    const { Messages } = await options.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: options.queueUrl,
        MaxNumberOfMessages: options.batchSize,
        WaitTimeSeconds: LONG_POLL_SECONDS,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: signal },
    );
    return Messages ?? [];
  } catch (error) {
    if (signal.aborted) return [];
    options.onError(`the queue does not answer: ${messageOf(error)}`);
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, RETRY_AFTER_MS);
      signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve(undefined);
        },
        { once: true },
      );
    });
    return [];
  }
}

/** Never rejects: errors are reported, and the messages come back. */
async function workOn(options: QueuePollerOptions, messages: Message[]): Promise<void> {
  const records = messages.map((message) => makeRecord(message, options.queueArn));
  const result = await options.target.invoke({ Records: records } satisfies SQSEvent);
  const failed = failedIn(result, records, options);
  const done = records.filter(({ messageId }) => !failed.has(messageId));
  if (done.length === 0) return;
  try {
    const { Failed } = await options.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: options.queueUrl,
        Entries: done.map(({ receiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle: receiptHandle,
        })),
      }),
    );
    for (const { Message } of Failed ?? [])
      options.onError(`a message could not be deleted: ${Message ?? ''}`);
  } catch (error) {
    options.onError(`messages could not be deleted: ${messageOf(error)}`);
  }
}

/** The ids that stay on the queue. If the answer names an id that is not in the batch, the whole batch fails. */
function failedIn(
  result: Invocation,
  records: readonly SQSRecord[],
  options: QueuePollerOptions,
): Set<string> {
  const all = new Set(records.map(({ messageId }) => messageId));
  if (!result.ok) {
    const { errorType, errorMessage, trace } = result.error;
    options.onError(`${options.target.name}: ${trace?.join('\n') ?? `${errorType}: ${errorMessage}`}`);
    return all;
  }
  if (!options.reportsBatchItemFailures) return new Set();
  // The function's answer; for Lambda, no answer means "all done".
  const { batchItemFailures } = (result.payload ?? {}) as {
    batchItemFailures?: { itemIdentifier?: unknown }[] | null;
  };
  const ids = (batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  const named = ids.filter((id): id is string => typeof id === 'string' && all.has(id));
  if (named.length === ids.length) return new Set(named);
  options.onError(`${options.target.name}: batchItemFailures names what was not in the batch`);
  return all;
}

/** SQS always gives the fields that its types call optional. */
function makeRecord(message: Message, queueArn: string): SQSRecord {
  const { Attributes = {}, MessageAttributes = {} } = message;
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '',
      ...Attributes,
    },
    messageAttributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, value]) => [name, makeAttribute(value)]),
    ),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  };
}

const makeAttribute = ({
  StringValue,
  BinaryValue,
  DataType,
}: MessageAttributeValue): SQSMessageAttributes[string] => ({
  ...(StringValue === undefined ? {} : { stringValue: StringValue }),
  ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
  stringListValues: [],
  binaryListValues: [],
  dataType: DataType ?? 'String',
});
