import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { networkInterfaces } from 'node:os';
import { openSqs } from '../../local/embedded/sqs.ts';
import type { EmulatorServer } from '../../local/embedded/emulators.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

let directory: ReturnType<typeof makeTemporaryDirectory>;
const opened: EmulatorServer[] = [];
const clients: SQSClient[] = [];
beforeEach(() => {
  directory = makeTemporaryDirectory();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const server of opened.splice(0)) await server.stop();
  directory.remove();
});

async function open(path: string | undefined): Promise<EmulatorServer> {
  const server = await openSqs(path);
  opened.push(server);
  return server;
}

function connectTo(server: EmulatorServer): SQSClient {
  const client = new SQSClient({
    endpoint: server.url,
    useQueueUrlAsEndpoint: false,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  });
  clients.push(client);
  return client;
}

async function makeQueue(client: SQSClient): Promise<string> {
  const { QueueUrl } = await client.send(
    new CreateQueueCommand({ QueueName: 'events', Attributes: { VisibilityTimeout: '360' } }),
  );
  return QueueUrl!;
}

const send = (client: SQSClient, QueueUrl: string, bodies: string[]): Promise<unknown> =>
  client.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: bodies.map((MessageBody, index) => ({
        Id: String(index),
        MessageBody,
        MessageGroupId: 'tenant',
      })),
    }),
  );

const receive = async (client: SQSClient, QueueUrl: string, wait = 0) =>
  (await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: wait })))
    .Messages ?? [];

describe('the embedded queue', () => {
  test('listens on this machine only', async () => {
    const { port } = new URL((await open(undefined)).url);
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.internal === false && each.family === 'IPv4')?.address;
    // A machine without a network has no other address to try.
    if (outside === undefined) return;

    await expect(
      new Promise((resolve, reject) => {
        const socket = createConnection(Number(port), outside, () => {
          socket.destroy();
          resolve('connected');
        });
        socket.on('error', reject);
      }),
    ).rejects.toThrow('ECONNREFUSED');
  });

  test('keeps its messages over a restart, and shows at once those that were in flight', async () => {
    const first = await open(directory.path);
    const before = connectTo(first);
    const url = await makeQueue(before);
    await send(before, url, ['one', 'two', 'three']);
    expect(await receive(before, url)).toHaveLength(3);
    expect(await receive(before, url)).toHaveLength(0);
    await first.stop();

    const after = connectTo(await open(directory.path));
    const { QueueUrl } = await after.send(new GetQueueUrlCommand({ QueueName: 'events' }));
    const bodies = (await receive(after, QueueUrl!)).map(({ Body }) => Body);

    expect(bodies.sort()).toEqual(['one', 'three', 'two']);
  });

  test('receives a message again that was made visible again, also with a directory', async () => {
    const client = connectTo(await open(directory.path));
    const url = await makeQueue(client);
    await send(client, url, ['one']);
    const [message] = await receive(client, url);
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: message!.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );

    expect(await receive(client, url)).toHaveLength(1);
  });

  test('loses no message if a receiver hangs up while it waits', async () => {
    const client = connectTo(await open(undefined));
    const url = await makeQueue(client);
    const hangUp = new AbortController();
    const waiting = client.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), {
      abortSignal: hangUp.signal,
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    hangUp.abort();
    await expect(waiting).rejects.toThrow();
    await send(client, url, ['one']);

    expect(await receive(client, url, 1)).toHaveLength(1);
  });

  test('reports a damaged database with its path and what to do', async () => {
    writeFileSync(
      `${directory.path}/fauxqs.db`,
      'not a database at all, but long enough to be looked at '.repeat(20),
    );

    await expect(open(directory.path)).rejects.toThrow(
      new RegExp(
        `^DATA_DIR: the queue in ${directory.path} can't be read .+ restore it from a backup, or move it away`,
      ),
    );
  });

  test('reports a database that is in use by another process', async () => {
    await open(directory.path);

    await expect(open(directory.path)).rejects.toThrow(
      `DATA_DIR: ${directory.path} is in use by another process`,
    );
  });
});
