import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { makeSqsClient } from '../../../lib/aws/sqs.ts';
import { SqsQueue } from '../../../lib/queue/sqs-queue.ts';
import { type LocalAws, startAws } from '../../support/aws.ts';

describe('the events queue', () => {
  let aws: LocalAws;
  let client: SQSClient;

  beforeAll(async () => {
    aws = await startAws();
    client = makeSqsClient();
  });
  afterAll(async () => {
    client.destroy();
    await aws.close();
  });

  test('every pointer arrives once, however many there are', async () => {
    const pointers = Array.from({ length: 123 }, (_, n) => ({ tenantId: 't1', eventId: `e${n}` }));
    expect(await new SqsQueue(client, aws.eventsQueueUrl).send(pointers)).toEqual([]);
    const ids = (await aws.queued()).map((body) => (body as { eventId: string }).eventId);
    expect(new Set(ids)).toEqual(new Set(pointers.map(({ eventId }) => eventId)));
    expect(ids).toHaveLength(123);
  });

  test('a queue that is not there answers the positions that were not sent', async () => {
    const elsewhere = new SqsQueue(client, aws.eventsQueueUrl.replace('events', 'nowhere'));
    const pointers = Array.from({ length: 12 }, (_, n) => ({ tenantId: 't1', eventId: `e${n}` }));
    expect(await elsewhere.send(pointers)).toEqual([...pointers.keys()]);
  });

  test('pointers that SQS refuses one by one are named by their own position', async () => {
    // The emulator refuses none by itself, so its answer is made here.
    const refusing = { send: () => Promise.resolve({ Failed: [{ Id: '3' }] }) } as unknown as SQSClient;
    const pointers = Array.from({ length: 25 }, (_, n) => ({ tenantId: 't1', eventId: `f${n}` }));
    expect(await new SqsQueue(refusing, aws.eventsQueueUrl).send(pointers)).toEqual([3, 13, 23]);
  });
});
