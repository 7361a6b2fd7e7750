/** One of each local server, for what holds for all of them. */
import { openDynamoDb } from '../../local/embedded/dynamodb.ts';
import { openS3 } from '../../local/embedded/s3.ts';
import { openSqs } from '../../local/embedded/sqs.ts';
import { startFirefishSimulator } from '../../local/firefish-simulator/server.ts';
import { makeInvokeHandler, openInvokeServer } from '../../local/http/invoke-server.ts';
import { openOidcServer } from '../../local/oidc/server.ts';
import { Visitor } from './firefish-simulator/visitor.ts';

/** A request that each server answers, by what a page would ask it for. */
export interface Target {
  name: string;
  url: string;
  method: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface EveryServer {
  targets: Target[];
  issuer: string;
  close: () => Promise<void>;
}

/** @param consoleUrl the address of the only page that may ask for tokens */
export async function openEveryServer(consoleUrl: string): Promise<EveryServer> {
  const [dynamoDb, sqs, s3, firefish, oidc, invoke] = await Promise.all([
    openDynamoDb(undefined),
    openSqs(undefined),
    openS3({ directory: undefined }),
    startFirefishSimulator(new Visitor().simulator),
    openOidcServer('audience', 'console', () => undefined),
    openInvokeServer(makeInvokeHandler(new Map(), () => undefined)),
  ]);
  oidc.setConsole(consoleUrl);
  const aws = (target: string, version: string) => ({
    // Of a type that browsers send without asking first, if the server takes it.
    'content-type': `application/x-amz-json-${version}`,
    'x-amz-target': target,
    authorization:
      'AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-2/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    'x-amz-date': '20260101T000000Z',
  });
  return {
    issuer: oidc.issuer,
    targets: [
      {
        name: 'DynamoDB',
        url: dynamoDb.url,
        method: 'POST',
        headers: aws('DynamoDB_20120810.ListTables', '1.0'),
        body: '{}',
      },
      {
        name: 'SQS',
        url: sqs.url,
        method: 'POST',
        headers: aws('AmazonSQS.ListQueues', '1.0'),
        body: '{}',
      },
      { name: 'S3', url: s3.url, method: 'GET' },
      {
        name: 'the Firefish API',
        url: `${firefish.url}/authorization/token`,
        method: 'POST',
        body: 'grant_type=client_credentials',
      },
      {
        name: "the simulator's control routes",
        url: `${firefish.url}/_simulator/faults`,
        method: 'POST',
        body: '{"kind":"html"}',
      },
      { name: 'OIDC', url: `${oidc.issuer}/.well-known/openid-configuration`, method: 'GET' },
      {
        name: 'Invoke',
        url: `${invoke.url}/2015-03-31/functions/provision/invocations`,
        method: 'POST',
        body: '{}',
      },
    ],
    close: async () => {
      await Promise.all([
        dynamoDb.stop(),
        sqs.stop(),
        s3.stop(),
        firefish.close(),
        oidc.close(),
        invoke.close(),
      ]);
    },
  };
}
