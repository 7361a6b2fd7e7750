/** Files over the wire, in the S3 that the local stack embeds. */
import type { TenantId } from '../../../lib/ids.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { makeS3Client } from '../../../lib/aws/s3.ts';
import { MAX_DOCUMENT_BYTES } from '../../../lib/documents/formats.ts';
import { S3DocumentFiles } from '../../../lib/documents/s3-document-files.ts';
import { uploadSigner } from '../../../lib/documents/sign-upload.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { EmulatorServer } from '../../../local/embedded/emulators.ts';
import { openS3 } from '../../../local/embedded/s3.ts';
import { PDF } from '../../support/documents.ts';

let server: EmulatorServer;
let s3: S3Client;
let files: S3DocumentFiles;
beforeAll(async () => {
  server = await openS3({ directory: undefined });
  Object.assign(process.env, {
    ...{ AWS_REGION: 'eu-west-2', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' },
    AWS_ENDPOINT_URL_S3: server.url,
  });
  s3 = makeS3Client();
  await s3.send(new CreateBucketCommand({ Bucket: 'documents' }));
  files = new S3DocumentFiles(s3, 'documents');
}, 30_000);
afterAll(async () => {
  s3.destroy();
  await server.stop();
});

test('a file that was uploaded to the signed address can be read, and deleted twice', async () => {
  const sign = uploadSigner({ s3, bucket: 'documents', clock: systemClock, kmsKeyArn: undefined });
  const file = { tenantId: 't' as TenantId, documentId: 'doc_1', format: 'pdf' as const, size: PDF.length };
  const { method, url, headers } = await sign(file);
  const { status } = await fetch(url, { method, headers, body: Uint8Array.from(PDF) });
  expect(status).toBe(200);
  const read = await files.read('t' as TenantId, 'doc_1');
  expect(Buffer.from(read as Uint8Array)).toEqual(PDF);
  expect(await files.read('other' as TenantId, 'doc_1')).toBeUndefined();
  await files.delete('t' as TenantId, 'doc_1');
  await files.delete('t' as TenantId, 'doc_1');
  expect(await files.read('t' as TenantId, 'doc_1')).toBeUndefined();
});

test('a file that is too large is not read', async () => {
  const Body = Buffer.alloc(MAX_DOCUMENT_BYTES + 1);
  await s3.send(new PutObjectCommand({ Bucket: 'documents', Key: 't/large', Body }));
  expect(await files.read('t' as TenantId, 'large')).toBe('too-large');
});

test('an error of S3 does not count as a missing file', async () => {
  await expect(new S3DocumentFiles(s3, 'no-such-bucket').read('t' as TenantId, 'doc_1')).rejects.toThrow();
});
