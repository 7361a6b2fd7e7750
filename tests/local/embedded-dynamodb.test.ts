import {
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { openDynamoDb } from '../../local/embedded/dynamodb.ts';
import type { EmulatorServer } from '../../local/embedded/emulators.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import { makeTable } from '../support/aws.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

const { tables } = readDeployment(new URL('fixture/', import.meta.url));

let directory: ReturnType<typeof makeTemporaryDirectory>;
const opened: EmulatorServer[] = [];
const clients: DynamoDBClient[] = [];
beforeEach(() => {
  directory = makeTemporaryDirectory();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const server of opened.splice(0)) await server.stop();
  directory.remove();
});

async function open(): Promise<{ server: EmulatorServer; client: DynamoDBClient }> {
  const server = await openDynamoDb(directory.path);
  opened.push(server);
  const client = new DynamoDBClient({
    endpoint: server.url,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  });
  clients.push(client);
  return { server, client };
}

const createTable = (client: DynamoDBClient): Promise<void> =>
  makeTable(client, { TableName: 'sync', BillingMode: 'PAY_PER_REQUEST', ...tables.get('SyncTable')! });

const put = (
  client: DynamoDBClient,
  sk: string,
  dueAt: string,
  more: { expiresAt?: number } = {},
): Promise<unknown> =>
  client.send(
    new PutItemCommand({
      TableName: 'sync',
      Item: {
        pk: { S: 'events' },
        sk: { S: sk },
        version: { N: '1' },
        indexPk: { S: 'open' },
        indexSk: { S: dueAt },
        ...(more.expiresAt === undefined ? {} : { expiresAt: { N: String(more.expiresAt) } }),
      },
    }),
  );

const due = async (client: DynamoDBClient): Promise<string[]> => {
  const { Items } = await client.send(
    new QueryCommand({
      TableName: 'sync',
      IndexName: 'index',
      KeyConditionExpression: 'indexPk = :open',
      ExpressionAttributeValues: { ':open': { S: 'open' } },
    }),
  );
  return (Items ?? []).map(({ sk, indexSk }) => `${sk!.S!} ${indexSk!.S!}`);
};

/** The store itself, to leave it as a kill between two writes would. */
interface Store {
  open(): Promise<void>;
  close(): Promise<void>;
  put(key: string, value: unknown): Promise<void>;
  del(key: string): Promise<void>;
  iterator(): AsyncIterable<[string, Record<string, { S?: string }>]>;
}

async function tamper(
  change: (store: Store, key: (startsWith: string, sk: string) => string) => Promise<void>,
): Promise<void> {
  const { Level } = createRequire(import.meta.resolve('dynalite'))('level') as {
    Level: new (path: string, options: { valueEncoding: 'json' }) => Store;
  };
  const store = new Level(directory.path, { valueEncoding: 'json' });
  await store.open();
  const entries: [string, Record<string, { S?: string }>][] = [];
  for await (const entry of store.iterator()) entries.push(entry);
  await change(store, (startsWith, sk) => {
    const found = entries.find(([key, value]) => key.startsWith(startsWith) && value.sk?.S === sk);
    return found![0];
  });
  await store.close();
}

describe('the embedded tables', () => {
  test('keep items, tables and indexes over a restart', async () => {
    const { server, client } = await open();
    await createTable(client);
    await put(client, 'a', '2026-01-01');
    await server.stop();

    const { client: after } = await open();

    expect(await due(after)).toEqual(['a 2026-01-01']);
  });

  test('repair an index entry that does not agree with its item after a kill between the two writes', async () => {
    const { server, client } = await open();
    await createTable(client);
    for (const sk of ['lost-entry', 'lost-item', 'old-entry', 'whole']) await put(client, sk, '2026-01-01');
    await server.stop();
    await tamper(async (store, key) => {
      await store.del(key('index-', 'lost-entry'));
      await store.del(key('item-', 'lost-item'));
      await store.put(key('index-', 'old-entry'), {
        pk: { S: 'events' },
        sk: { S: 'old-entry' },
        version: { N: '0' },
        indexPk: { S: 'open' },
        indexSk: { S: 'of another time' },
      });
    });

    const { client: after } = await open();

    expect((await due(after)).sort()).toEqual([
      'lost-entry 2026-01-01',
      'old-entry 2026-01-01',
      'whole 2026-01-01',
    ]);
  });

  test('have no expired items after a restart, also not in the index', async () => {
    const { server, client } = await open();
    await createTable(client);
    const now = Math.floor(Date.now() / 1000);
    await put(client, 'expired', '2026-01-01', { expiresAt: now - 10 });
    await put(client, 'alive', '2026-01-01', { expiresAt: now + 1000 });
    await server.stop();

    const { client: after } = await open();

    expect(await due(after)).toEqual(['alive 2026-01-01']);
    const { Item } = await after.send(
      new GetItemCommand({ TableName: 'sync', Key: { pk: { S: 'events' }, sk: { S: 'expired' } } }),
    );
    expect(Item).toBeUndefined();
  });

  test('report a damaged store with its path and what to do', async () => {
    const { server, client } = await open();
    await createTable(client);
    await server.stop();
    writeFileSync(`${directory.path}/CURRENT`, 'nonsense');

    await expect(open()).rejects.toThrow(
      new RegExp(
        `^DATA_DIR: the tables in ${directory.path} can't be read .+ restore them from a backup, or move them away`,
      ),
    );
  });

  test('report a part that can no longer be read, and continue without it only if started again', async () => {
    const { server, client } = await open();
    await createTable(client);
    await server.stop();
    const log = readdirSync(directory.path).find((name) => name.endsWith('.log'))!;
    const path = `${directory.path}/${log}`;
    // The first bytes of a record are its checksum.
    writeFileSync(path, Buffer.concat([Buffer.alloc(4, 'x'), readFileSync(path).subarray(4)]));

    await expect(open()).rejects.toThrow(
      new RegExp(
        `^DATA_DIR: the tables in ${directory.path} are damaged \\(dropping \\d+ bytes; .+ start again`,
      ),
    );
    const { client: after } = await open();
    expect((await after.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  });

  test('report a store that is in use by another process', async () => {
    await open();

    await expect(open()).rejects.toThrow(`DATA_DIR: ${directory.path} is in use by another process`);
  });
});
