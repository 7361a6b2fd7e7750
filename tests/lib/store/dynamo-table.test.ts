import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { makeDynamoClient } from '../../../lib/aws/dynamodb.ts';
import { systemClock } from '../../../lib/clock.ts';
import { DynamoTable } from '../../../lib/store/dynamo-table.ts';
import { ConflictError } from '../../../lib/store/table.ts';
import { type LocalAws, startAws } from '../../support/aws.ts';

describe('a write whose answer is lost, so that the SDK repeats it', () => {
  let aws: LocalAws;
  let client: DynamoDBClient;
  let loseAnswer: (() => Promise<void> | void) | undefined;
  let sent = 0;

  beforeAll(async () => {
    aws = await startAws();
    client = makeDynamoClient();
    client.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        sent += 1;
        const lose = loseAnswer;
        loseAnswer = undefined;
        if (lose === undefined) return answer;
        await lose();
        throw Object.assign(new Error('the connection was reset'), {
          name: 'TimeoutError',
          code: 'ECONNRESET',
        });
      },
      // Behind the SDK's own retries.
      { step: 'finalizeRequest', priority: 'low' },
    );
  });
  afterAll(async () => {
    client.destroy();
    await aws.close();
  });
  const table = (): DynamoTable => new DynamoTable(client, 'sync', systemClock);

  test('does not conflict with itself, also if the item must be absent', async () => {
    sent = 0;
    loseAnswer = () => undefined;
    const written = await table().put({ pk: 'a', sk: '1', value: 1 }, 'absent');
    expect(sent).toBeGreaterThan(1);
    expect(await table().get({ pk: 'a', sk: '1' })).toEqual(written);
    loseAnswer = () => undefined;
    await table().put({ pk: 'a', sk: '1', value: 2 }, written.version);
    expect(await table().get({ pk: 'a', sk: '1' })).toMatchObject({ value: 2, version: written.version + 1 });
  });

  test('is a conflict if another writer came in between', async () => {
    const { version } = await table().put({ pk: 'b', sk: '1', value: 1 }, 'absent');
    loseAnswer = async () => {
      await new DynamoTable(makeDynamoClient(), 'sync', systemClock).put(
        { pk: 'b', sk: '1', value: 3 },
        version + 1,
      );
    };
    await expect(table().put({ pk: 'b', sk: '1', value: 2 }, version)).rejects.toThrow(ConflictError);
    expect(await table().get({ pk: 'b', sk: '1' })).toMatchObject({ value: 3 });
  });

  test('two writers of the same content still conflict', async () => {
    const { version } = await table().put({ pk: 'c', sk: '1', value: 1 }, 'absent');
    await table().put({ pk: 'c', sk: '1', value: 2 }, version);
    await expect(table().put({ pk: 'c', sk: '1', value: 2 }, version)).rejects.toThrow(ConflictError);
  });
});
