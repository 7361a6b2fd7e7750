import { Sha256Node } from '@smithy/core/checksum';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import type { EmulatorServer } from '../../local/embedded/emulators.ts';
import { openS3 } from '../../local/embedded/s3.ts';
import { provisionBucket } from '../../local/provision-bucket.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

const BUCKET = 'documents';
const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
const aws = new DynamoDBClient({ region: 'eu-west-2', credentials });

let directory: ReturnType<typeof makeTemporaryDirectory>;
const opened: EmulatorServer[] = [];
beforeEach(() => {
  directory = makeTemporaryDirectory();
});
afterEach(async () => {
  for (const server of opened.splice(0)) await server.stop();
  directory.remove();
});

async function open(path?: string): Promise<EmulatorServer> {
  const server = await openS3(path);
  opened.push(server);
  return server;
}

/** As SourceWhale gets it: an address that is enough by itself for one upload. */
async function presignedPut(server: EmulatorServer, key: string): Promise<string> {
  const { hostname, port, host } = new URL(server.url);
  const signer = new SignatureV4({
    ...{ credentials, region: 'eu-west-2', service: 's3', sha256: Sha256Node },
    uriEscapePath: false,
  });
  const { query } = await signer.presign(
    {
      ...{ method: 'PUT', protocol: 'http:', hostname, port: Number(port), path: `/${BUCKET}/${key}` },
      headers: { host, 'content-type': 'application/pdf' },
    },
    { expiresIn: 900 },
  );
  return `${server.url}/${BUCKET}/${key}?${new URLSearchParams(query as Record<string, string>).toString()}`;
}

const upload = (url: string, body: string | Uint8Array<ArrayBuffer>) =>
  fetch(url, { method: 'PUT', body, headers: { 'content-type': 'application/pdf' } });

test('a presigned upload from outside can be read', async () => {
  const server = await open();
  await provisionBucket(server.url, BUCKET, aws);

  expect((await upload(await presignedPut(server, 'acme/cv'), '%PDF')).status).toBe(200);

  const read = await fetch(`${server.url}/${BUCKET}/acme/cv`);
  expect([await read.text(), read.headers.get('content-type')]).toEqual(['%PDF', 'application/pdf']);
});

test('10 MB can be uploaded', async () => {
  const server = await open();
  await provisionBucket(server.url, BUCKET, aws);
  const url = await presignedPut(server, 'large');
  expect((await upload(url, new Uint8Array(10 * 1024 * 1024))).status).toBe(200);
});

test('a presigned upload by a foreign name for this machine is refused', async () => {
  const server = await open();
  await provisionBucket(server.url, BUCKET, aws);
  const url = await presignedPut(server, 'foreign');
  const status = await new Promise((resolve, reject) => {
    httpRequest(url, { method: 'PUT', headers: { host: 'evil.example' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end('%PDF');
  });
  expect(status).toBe(403);
  expect((await fetch(`${server.url}/${BUCKET}/foreign`)).status).toBe(404);
});

test('with a directory, uploads are kept over a restart, and the bucket is created once', async () => {
  const first = await open(directory.path);
  await provisionBucket(first.url, BUCKET, aws);
  await upload(await presignedPut(first, 'cv'), '%PDF');
  await first.stop();

  const second = await open(directory.path);
  await provisionBucket(second.url, BUCKET, aws);
  expect(await (await fetch(`${second.url}/${BUCKET}/cv`)).text()).toBe('%PDF');
});

test('a bucket that cannot be created causes an error with the reason', async () => {
  const server = await open();
  await expect(provisionBucket(server.url, 'no', aws)).rejects.toThrow(
    /did not make the bucket no: status 400/,
  );
});
