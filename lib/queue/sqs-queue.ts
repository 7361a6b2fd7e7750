import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { mapConcurrently } from '../map-concurrently.ts';
import type { EventQueue, QueuedPointer } from './queue.ts';

/** SQS's limit of one SendMessageBatch. */
const MESSAGES_PER_CALL = 10;
/** Calls at once: enough to send 500 pointers at the pace of ten calls, few enough for one connection pool. */
const CALLS_AT_ONCE = 8;

/** Pointers on a standard queue, grouped by tenant so that one tenant's flood does not delay the others (fair queues). */
export class SqsQueue implements EventQueue {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  async send(pointers: readonly QueuedPointer[]): Promise<number[]> {
    const starts = Array.from(
      { length: Math.ceil(pointers.length / MESSAGES_PER_CALL) },
      (_, call) => call * MESSAGES_PER_CALL,
    );
    let down = false;
    const unsent = await mapConcurrently(starts, CALLS_AT_ONCE, async (start) => {
      const some = pointers.slice(start, start + MESSAGES_PER_CALL);
      try {
        // A queue that did not answer one call is not made to keep the caller waiting for all the others.
        if (!down) return await this.#sendCall(some, start);
      } catch {
        down = true;
      }
      return some.map((_, index) => start + index);
    });
    return unsent.flat();
  }

  async #sendCall(pointers: readonly QueuedPointer[], start: number): Promise<number[]> {
    const { Failed } = await this.#client.send(
      new SendMessageBatchCommand({
        QueueUrl: this.#url,
        Entries: pointers.map(({ delaySeconds, ...pointer }, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify(pointer),
          MessageGroupId: pointer.tenantId,
          ...(delaySeconds === undefined ? {} : { DelaySeconds: delaySeconds }),
        })),
      }),
    );
    return (Failed ?? []).map(({ Id }) => start + Number(Id));
  }
}
