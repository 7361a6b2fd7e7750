import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, writeFileSync, renameSync } from 'node:fs';
import { KeyFileCipher } from '../../lib/crypto/key-file-cipher.ts';
import { openDynamoDb } from '../../local/embedded/dynamodb.ts';
import { openS3 } from '../../local/embedded/s3.ts';
import { openSqs } from '../../local/embedded/sqs.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../local/stack/stack.ts';
import { StartError } from '../../local/start-error.ts';
import { worked } from './fixture/functions/worker.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

const fixture = new URL('fixture/', import.meta.url);
/** Nothing answers there, which is a warning only. */
const NOBODY = 'http://127.0.0.1:9';

let directory: ReturnType<typeof makeTemporaryDirectory>;
let stack: LocalStack | undefined;
let errors: string[];
beforeEach(() => {
  directory = makeTemporaryDirectory();
  errors = [];
});
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
  directory.remove();
});

async function start(environment: LocalStackOptions['environment'] = {}): Promise<LocalStack> {
  stack = await startLocalStack({
    environment: { PORT: '0', FIREFISH_API_URL: NOBODY, ...environment },
    directory: fixture,
    onError: (message) => errors.push(message),
  });
  return stack;
}

interface Echo {
  event: unknown;
  region: string;
  queue: string;
}
const echo = async ({ url }: LocalStack): Promise<Echo> =>
  (await (await fetch(`${url}/echo/hello`)).json()) as Echo;

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not happen within five seconds');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the local stack', () => {
  test('answers over HTTP, with the deployment’s variables set before the functions are loaded', async () => {
    const running = await start();

    const { event, region, queue } = await echo(running);
    expect(event).toMatchObject({ rawPath: '/echo/hello' });
    expect(region).toBe('eu-west-2');
    expect(queue).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/.+EventsQueue$/);
  });

  test('works on messages in the events queue', async () => {
    const { environment } = await start();
    const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
    await sqs.send(
      new SendMessageCommand({ QueueUrl: environment.EVENTS_QUEUE_URL, MessageBody: 'a pointer' }),
    );
    sqs.destroy();

    await until(() => worked.includes('a pointer'));
  });

  test('has the Invoke server on the port and at AWS_ENDPOINT_URL_LAMBDA', async () => {
    const { url, environment } = await start();

    for (const endpoint of [url, environment.AWS_ENDPOINT_URL_LAMBDA!]) {
      const lambda = new LambdaClient({ endpoint });
      const { Payload } = await lambda.send(
        new InvokeCommand({ FunctionName: 'echo', Payload: '{"verb":"list"}' }),
      );
      lambda.destroy();
      expect(JSON.parse(Buffer.from(Payload!).toString())).toMatchObject({ event: { verb: 'list' } });
    }
  });

  test('has no Invoke server if Lambda is elsewhere', async () => {
    const { url } = await start({ AWS_ENDPOINT_URL_LAMBDA: NOBODY });

    const response = await fetch(`${url}/2015-03-31/functions/echo/invocations`, {
      method: 'POST',
      body: '{}',
    });
    expect(response.status).toBe(404);
  });

  test('starts with a warning if Firefish does not answer', async () => {
    const running = await start();

    expect(errors).toEqual([
      expect.stringMatching(/^FIREFISH_API_URL: http:\/\/127.0.0.1:9 does not answer .+ events will wait/),
    ]);
    expect(running.firefishUrl).toBe(NOBODY);
    expect(running.simulator).toBeUndefined();
  });

  test('uses given services, and creates missing queues, tables and bucket', async () => {
    const [sqs, dynamoDb, s3] = await Promise.all([
      openSqs(undefined),
      openDynamoDb(undefined),
      openS3({ directory: undefined }),
    ]);
    try {
      const running = await start({
        AWS_ENDPOINT_URL_SQS: sqs.url,
        AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
        AWS_ENDPOINT_URL_S3: s3.url,
        DOCUMENTS_BUCKET: 'given-bucket',
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'given',
        AWS_SECRET_ACCESS_KEY: 'given',
        KEY_FILE: `${directory.path}/key`,
      });

      expect((await echo(running)).queue).toMatch(new RegExp(`^${sqs.url}/.+EventsQueue$`));
      expect((await echo(running)).region).toBe('eu-west-1');
      expect(running.environment).not.toHaveProperty('AWS_ACCESS_KEY_ID');
      expect((await fetch(`${s3.url}/given-bucket`, { method: 'HEAD' })).status).toBe(200);
      await stack?.stop();
    } finally {
      await Promise.all([sqs.stop(), dynamoDb.stop(), s3.stop()]);
    }
  });

  test('leaves nothing in the environment and in memory after it has stopped', async () => {
    const before = { ...process.env };
    const { environment } = await start();
    expect(existsSync(environment.KEY_FILE!)).toBe(true);

    await stack!.stop();

    expect(process.env).toEqual(before);
    expect(existsSync(environment.KEY_FILE!)).toBe(false);
  });

  test('with a data directory, works on what was queued when the last one stopped', async () => {
    const kept = { DATA_DIR: directory.path };
    const { environment } = await start(kept);
    await stack!.stop();
    const sqs = await openSqs(`${directory.path}/queue`);
    const client = new SQSClient({
      endpoint: sqs.url,
      useQueueUrlAsEndpoint: false,
      region: 'eu-west-2',
      credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    });
    await client.send(
      new SendMessageCommand({ QueueUrl: environment.EVENTS_QUEUE_URL, MessageBody: 'from the last run' }),
    );
    client.destroy();
    await sqs.stop();

    await start(kept);

    await until(() => worked.includes('from the last run'));
  });
});

describe('if it cannot start, one line says why', () => {
  test.each([
    [
      'a data directory that is a file',
      () => ({ DATA_DIR: makeFile('a-file') }),
      /^DATA_DIR: .+ a file; set DATA_DIR to/,
    ],
    [
      'a data directory below a file',
      () => ({ DATA_DIR: `${makeFile('b-file')}/below` }),
      /^DATA_DIR: .+ a file; set DATA_DIR to/,
    ],
    [
      'a data directory that can’t be made',
      () => ({ DATA_DIR: '/proc/nowhere' }),
      /^DATA_DIR: \/proc\/nowhere can't be used/,
    ],
    [
      'a key file that is none',
      () => ({ DATA_DIR: dataWith('key', 'nonsense') }),
      /^KEY_FILE: .+\/key is no key file/,
    ],
    [
      'services that are not there',
      () => ({ AWS_ENDPOINT_URL_SQS: NOBODY }),
      /^queues, tables and the bucket can't be made .+AWS_ENDPOINT_URL_SQS=/,
    ],
  ])('%s', async (_what, environment, message) => {
    const refused = await start(environment()).catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(StartError);
    expect((refused as StartError).message).toMatch(message);
  });

  test.each([
    [
      'without the key file',
      /^KEY_FILE: .+\/key is missing, and the stored data is encrypted under key [0-9a-f]{8}/,
    ],
    [
      'beside another key file',
      /^KEY_FILE: .+\/key does not hold key [0-9a-f]{8}, under which the stored data is/,
    ],
  ])('data was restored %s, and nothing is created or lost', async (_what, message) => {
    const kept = { DATA_DIR: directory.path };
    await start(kept);
    await stack!.stop();
    const key = `${directory.path}/key`;
    renameSync(key, `${directory.path}/backup`);
    if (message.source.includes('hold')) new KeyFileCipher(key);

    await expect(start(kept)).rejects.toThrow(message);
    expect(existsSync(key)).toBe(message.source.includes('hold'));

    renameSync(`${directory.path}/backup`, key);
    await expect(start(kept)).resolves.toBeDefined();
  });

  test('the port is in use, and nothing is left running', async () => {
    const { url } = await start({ DATA_DIR: directory.path });
    const other = makeTemporaryDirectory();

    await expect(
      startLocalStack({
        environment: { PORT: new URL(url).port, FIREFISH_API_URL: NOBODY, DATA_DIR: other.path },
        directory: fixture,
        onError: () => undefined,
      }),
    ).rejects.toThrow('is in use');

    // The queue would be in use by what is left.
    const server = await openSqs(`${other.path}/queue`);
    await server.stop();
    other.remove();
  });
});

function makeFile(name: string): string {
  const path = `${directory.path}/${name}`;
  writeFileSync(path, '');
  return path;
}

function dataWith(name: string, text: string): string {
  writeFileSync(`${directory.path}/${name}`, text, { mode: 0o600 });
  return directory.path;
}
