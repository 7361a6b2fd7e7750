import type { TenantId } from '../../lib/ids.ts';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import type { Upload } from '../../lib/documents/document-files.ts';
import { uploadSigner } from '../../lib/documents/sign-upload.ts';
import { UPLOAD_SECONDS } from '../../lib/times.ts';
import type { EmulatorServer } from '../../local/embedded/emulators.ts';
import { openS3 } from '../../local/embedded/s3.ts';
import { provisionBucket } from '../../local/stack/provision-bucket.ts';
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

async function open(path?: string, keyFile?: string): Promise<EmulatorServer> {
  const server = await openS3({ directory: path, signingKey: credentials, keyFile });
  opened.push(server);
  return server;
}

/** As SourceWhale gets it. */
async function signUpload(
  { url: endpoint }: EmulatorServer,
  documentId: string,
  { size = PDF.length, clock = systemClock, key = credentials } = {},
): Promise<Upload> {
  const s3 = new S3Client({
    ...{ endpoint, region: 'eu-west-2', credentials: key },
    ...{ forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' },
  });
  const sign = uploadSigner({ s3, bucket: BUCKET, clock, kmsKeyArn: undefined });
  return sign({ tenantId: 'acme' as TenantId, documentId, format: 'pdf', size });
}

const PDF = '%PDF';
const upload = (
  { url, headers }: Upload,
  body: string | Uint8Array<ArrayBuffer> = PDF,
  more: Record<string, string> = {},
): Promise<Response> => fetch(url, { method: 'PUT', body, headers: { ...withoutLength(headers), ...more } });
/** `fetch` sets it, by the body. */
const withoutLength = ({ 'content-length': _, ...headers }: Record<string, string>) => headers;

async function openBucket(path?: string, keyFile?: string): Promise<EmulatorServer> {
  const server = await open(path, keyFile);
  await provisionBucket(server.url, BUCKET, aws);
  return server;
}
const read = (server: EmulatorServer, documentId: string): Promise<Response> =>
  fetch(`${server.url}/${BUCKET}/acme/${documentId}`);

test('a presigned upload from outside can be read', async () => {
  const server = await openBucket();
  expect((await upload(await signUpload(server, 'cv'))).status).toBe(200);

  const file = await read(server, 'cv');
  expect([await file.text(), file.headers.get('content-type')]).toEqual([PDF, 'application/pdf']);
});

test('10 MB can be uploaded', async () => {
  const server = await openBucket();
  const size = 10 * 1024 * 1024;
  expect((await upload(await signUpload(server, 'large', { size }), new Uint8Array(size))).status).toBe(200);
});

describe('an upload is refused', () => {
  const long = (signed: Upload): Promise<Response> => upload(signed, `${PDF} and more`);
  const changed = (signed: Upload, from: string | RegExp, to: string): Upload => ({
    ...signed,
    url: signed.url.replace(from, to),
  });
  const REFUSED: [string, (server: EmulatorServer) => Promise<Response>][] = [
    ['without a signature', async (server) => upload(changed(await signUpload(server, 'cv'), /\?.*/, ''))],
    [
      'with another key’s signature',
      async (server) =>
        upload(await signUpload(server, 'cv', { key: { ...credentials, secretAccessKey: 'z' } })),
    ],
    ['longer than it says', async (server) => long(await signUpload(server, 'cv'))],
    ['shorter than it says', async (server) => upload(await signUpload(server, 'cv'), '%')],
    [
      'of another type than it says',
      async (server) => upload(await signUpload(server, 'cv'), PDF, { 'content-type': 'text/html' }),
    ],
    [
      'for another file',
      async (server) => upload(changed(await signUpload(server, 'other'), '/other', '/cv')),
    ],
    [
      'with a header that makes it a copy of another file',
      async (server) => {
        await upload(await signUpload(server, 'other'));
        const more = { 'x-amz-copy-source': `/${BUCKET}/acme/other` };
        return upload(await signUpload(server, 'cv'), PDF, more);
      },
    ],
    [
      'after its time',
      async (server) => {
        const clock = { ...systemClock, now: () => Date.now() - UPLOAD_SECONDS * 1000 };
        return upload(await signUpload(server, 'cv', { clock }));
      },
    ],
    [
      'after its time, with another end than was signed',
      async (server) => {
        const clock = { ...systemClock, now: () => Date.now() - UPLOAD_SECONDS * 1000 };
        return upload(changed(await signUpload(server, 'cv', { clock }), /(Expires=\d+)/, '$11'));
      },
    ],
  ];
  test.each(REFUSED)('%s', async (_, put) => {
    const server = await openBucket();
    const answer = await put(server);
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('SignatureDoesNotMatch'),
    ]);
    expect((await read(server, 'cv')).status).toBe(404);
  });

  test('by a foreign name for this machine', async () => {
    const server = await openBucket();
    const { url, headers } = await signUpload(server, 'cv');
    const status = await new Promise((resolve, reject) => {
      httpRequest(url, { method: 'PUT', headers: { ...headers, host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end(PDF);
    });
    expect(status).toBe(403);
    expect((await read(server, 'cv')).status).toBe(404);
  });
});

test('with a directory, uploads are kept over a restart, and the bucket is created once', async () => {
  const first = await openBucket(directory.path);
  await upload(await signUpload(first, 'cv'));
  await first.stop();

  const second = await openBucket(directory.path);
  expect(await (await read(second, 'cv')).text()).toBe(PDF);
});

describe('with a key file', () => {
  const keyFile = (name: string): string => join(directory.path, name);
  const data = (): string => join(directory.path, 'documents');
  // Any bytes, also those that are not UTF-8; each run of them would be found on disk.
  const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => (at * 7919) >> 3);

  test('a file is encrypted on disk, and can be read after a restart', async () => {
    const first = await openBucket(data(), keyFile('key'));
    const signed = await signUpload(first, 'cv', { size: bytes.length });
    expect((await upload(signed, bytes)).status).toBe(200);
    await first.stop();
    const stored = readdirSync(data()).map((name) => readFileSync(join(data(), name)));
    expect(stored.length).toBeGreaterThan(0);
    for (const file of stored) expect(file.includes(Buffer.from(bytes.subarray(1_000, 1_032)))).toBe(false);

    const second = await open(data(), keyFile('key'));
    const answer = await read(second, 'cv');
    expect(answer.headers.get('content-length')).toBe(String(bytes.length));
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test('a file cannot be read with another key', async () => {
    const first = await openBucket(data(), keyFile('key'));
    await upload(await signUpload(first, 'cv'));
    await first.stop();
    expect((await read(await open(data(), keyFile('other')), 'cv')).status).toBe(500);
  });
});

test('a bucket that cannot be created causes an error with the reason', async () => {
  const server = await open();
  await expect(provisionBucket(server.url, 'no', aws)).rejects.toThrow(
    /did not make the bucket no: status 400/,
  );
});
