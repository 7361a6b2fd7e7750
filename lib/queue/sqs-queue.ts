import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
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
    const unsent: number[] = [];
    let next = 0;
    const sendOneAfterAnother = async (): Promise<void> => {
      while (next < pointers.length) {
        const start = next;
        next += MESSAGES_PER_CALL;
        unsent.push(...(await this.#sendCall(pointers.slice(start, start + MESSAGES_PER_CALL), start)));
      }
    };
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, sendOneAfterAnother));
    return unsent.sort((a, b) => a - b);
  }

  async #sendCall(pointers: readonly QueuedPointer[], start: number): Promise<number[]> {
    try {
      const { Failed } = await this.#client.send(
        new SendMessageBatchCommand({
          QueueUrl: this.#url,
          Entries: pointers.map(({ tenantId, eventId, delaySeconds }, index) => ({
            Id: String(index),
            MessageBody: JSON.stringify({ tenantId, eventId }),
            MessageGroupId: tenantId,
            ...(delaySeconds === undefined ? {} : { DelaySeconds: delaySeconds }),
          })),
        }),
      );
      return (Failed ?? []).map(({ Id }) => start + Number(Id));
    } catch {
      // Whatever the reason, the answer is the same: nobody knows these to be sent. Sending twice is harmless.
      return pointers.map((_, index) => start + index);
    }
  }
}
