import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { mapConcurrently } from '../map-concurrently.ts';
import type { WakeUp, WakeUps } from './wake-ups.ts';

/** SQS's limit of one SendMessageBatch. */
const MESSAGES_PER_CALL = 10;
const CALLS_AT_ONCE = 8;

/**
 * Wake-ups on a standard queue, grouped by tenant, so that many wake-ups of one tenant do not delay other tenants (fair
 * queues).
 */
export class SqsWakeUps implements WakeUps {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  async send(wakeUps: readonly WakeUp[]): Promise<WakeUp[]> {
    const starts = Array.from(
      { length: Math.ceil(wakeUps.length / MESSAGES_PER_CALL) },
      (_, call) => call * MESSAGES_PER_CALL,
    );
    const unsent = await mapConcurrently(starts, CALLS_AT_ONCE, async (start) => {
      const some = wakeUps.slice(start, start + MESSAGES_PER_CALL);
      return this.#sendCall(some).catch(() => some);
    });
    return unsent.flat();
  }

  async #sendCall(wakeUps: readonly WakeUp[]): Promise<WakeUp[]> {
    const { Failed } = await this.#client.send(
      new SendMessageBatchCommand({
        QueueUrl: this.#url,
        Entries: wakeUps.map(({ tenantId, delaySeconds }, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify({ tenantId }),
          MessageGroupId: tenantId,
          ...(delaySeconds === undefined ? {} : { DelaySeconds: delaySeconds }),
        })),
      }),
    );
    return (Failed ?? []).flatMap(({ Id }) => wakeUps[Number(Id)] ?? []);
  }
}
