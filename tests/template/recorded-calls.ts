/** Notes what the functions ask of AWS while they run in this process. */
import { jest } from '@jest/globals';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Cipher } from '../../lib/crypto/cipher.ts';

export interface Call {
  functionName: string;
  action: string;
  /** The table's, queue's or topic's name, URL or ARN; with `/index/<name>` for an index. */
  on: string;
  /** Partition key of the item that is written. */
  partition: string | undefined;
}

interface Input {
  TableName?: string;
  IndexName?: string;
  QueueUrl?: string;
  TopicArn?: string;
  RequestItems?: Record<string, unknown>;
  Item?: { pk?: { S?: string } };
  Key?: { pk?: { S?: string } };
}

/** Every function makes its clients while its module is loaded: it stands on the stack then. */
function callingFunction(): string {
  const name = /\/functions\/(\w+)\.ts/.exec(new Error().stack ?? '')?.[1];
  if (name === undefined) throw new Error('no function made this client');
  return name;
}

/** Must be called before anything imports a function. Answers the list that grows as they work. */
export async function recordCalls(): Promise<Call[]> {
  const calls: Call[] = [];
  const dynamodb = await import('../../lib/aws/dynamodb.ts');
  const sqs = await import('../../lib/aws/sqs.ts');
  const sns = await import('../../lib/aws/sns.ts');
  const cipher = await import('../../lib/crypto/open-cipher.ts');

  const recording = <Client extends DynamoDBClient | SQSClient | SNSClient>(
    client: Client,
    service: string,
  ): Client => {
    const functionName = callingFunction();
    const send = client.send.bind(client) as (command: { input: Input }) => Promise<unknown>;
    client.send = ((command: { input: Input }) => {
      const { input } = command;
      // IAM knows SendMessageBatch as SendMessage.
      const action = `${service}:${command.constructor.name.replace(/(?:Batch)?Command$/, '')}`;
      const [table] = Object.keys(input.RequestItems ?? {});
      const on =
        input.QueueUrl ??
        input.TopicArn ??
        `${input.TableName ?? table ?? ''}${input.IndexName === undefined ? '' : `/index/${input.IndexName}`}`;
      const partition = (input.Item ?? (action === 'dynamodb:DeleteItem' ? input.Key : undefined))?.pk?.S;
      calls.push({ functionName, action, on, partition });
      // The topic is encrypted: SNS asks for a data key in the name of whoever publishes, and opens it.
      if (service === 'sns') {
        for (const key of ['kms:GenerateDataKey', 'kms:Decrypt']) {
          calls.push({ functionName, action: key, on: 'Key', partition: undefined });
        }
      }
      return send(command);
    }) as Client['send'];
    return client;
  };
  jest.unstable_mockModule('../../lib/aws/dynamodb.ts', () => ({
    makeDynamoClient: () => recording(dynamodb.makeDynamoClient(), 'dynamodb'),
  }));
  jest.unstable_mockModule('../../lib/aws/sqs.ts', () => ({
    makeSqsClient: () => recording(sqs.makeSqsClient(), 'sqs'),
  }));
  jest.unstable_mockModule('../../lib/aws/sns.ts', () => ({
    makeSnsClient: () => recording(sns.makeSnsClient(), 'sns'),
  }));
  // One machine has a key file where the cloud has KMS: a data key is made to encrypt, and opened to decrypt.
  jest.unstable_mockModule('../../lib/crypto/open-cipher.ts', () => ({
    openCipher: async (...config: Parameters<typeof cipher.openCipher>): Promise<Cipher> => {
      const functionName = /\/functions\/(\w+)\.ts/.exec(new Error().stack ?? '')?.[1];
      const opened = await cipher.openCipher(...config);
      const note = (action: string): void => {
        if (functionName !== undefined) calls.push({ functionName, action, on: 'Key', partition: undefined });
      };
      return {
        encrypt: (tenantId, plaintext) => {
          note('kms:GenerateDataKey');
          return opened.encrypt(tenantId, plaintext);
        },
        decrypt: (tenantId, ciphertext) => {
          note('kms:Decrypt');
          return opened.decrypt(tenantId, ciphertext);
        },
        isCurrent: (tenantId, ciphertext) => {
          note('kms:Decrypt');
          return opened.isCurrent(tenantId, ciphertext);
        },
      };
    },
  }));
  return calls;
}
