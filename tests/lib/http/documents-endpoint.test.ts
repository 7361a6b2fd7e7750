import type { TenantId } from '../../../lib/ids.ts';
import { describe, expect, test } from '@jest/globals';
import { makeS3Client } from '../../../lib/aws/s3.ts';
import { readDocument } from '../../../lib/documents/documents.ts';
import { MAX_DOCUMENT_BYTES } from '../../../lib/documents/formats.ts';
import { uploadSigner } from '../../../lib/documents/sign-upload.ts';
import type { TenantEvent } from '../../../lib/http/authentication.ts';
import { createDocument } from '../../../lib/http/documents-endpoint.ts';
import { Problem } from '../../../lib/http/problem.ts';
import { documentSchema } from '../../../lib/http/reference/response-schemas.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { plainCipher } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const PDF = { name: 'Ann Lee.pdf', contentType: 'application/pdf', size: 1234 };
const KEY = 'arn:aws:kms:eu-west-2:000000000000:key/k';

function open(kmsKeyArn?: string) {
  Object.assign(process.env, {
    ...{ AWS_REGION: 'eu-west-2', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' },
  });
  const clock = new VirtualClock();
  const table = new MemoryTable(clock);
  const signUpload = uploadSigner({ s3: makeS3Client(), bucket: 'documents', clock, kmsKeyArn });
  const endpoint = createDocument({ ...{ table, cipher: plainCipher, clock, signUpload }, newId: () => '1' });
  return {
    ...{ clock, table },
    ask: (body: unknown) =>
      endpoint({
        ...{ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
        tenant: { tenantId: 'tenant-1' },
      } as unknown as TenantEvent), // all that the endpoint reads of a request
    known: () => readDocument({ tenantId: 'tenant-1' as TenantId, table, cipher: plainCipher }, 'doc_1'),
  };
}

describe('POST /v1/documents', () => {
  test('answers where to upload the file, and keeps its name for seven days', async () => {
    const { ask, known, clock, table } = open();
    const response = await ask(PDF);
    expect(response.statusCode).toBe(201);
    const { documentId, upload } = documentSchema.parse(JSON.parse(response.body ?? ''));
    expect(documentId).toBe('doc_1');
    expect(new URL(upload.url).pathname).toBe('/documents/tenant-1/doc_1');
    expect(Date.parse(upload.expiresAt)).toBe(clock.now() + 900_000);
    expect(await known()).toEqual({ state: 'waiting', name: 'Ann Lee.pdf', format: 'pdf' });
    expect(table.all()[0]?.expiresAt).toBe(Math.floor(clock.now() / 1000) + 7 * 86_400);
  });

  test.each([
    ['S3’s own key', undefined, { 'x-amz-server-side-encryption': 'AES256' }],
    [
      'the key of the stage',
      KEY,
      { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': KEY },
    ],
  ])('signs type, length and encryption under %s', async (_name, key, encryption) => {
    const { body = '' } = await open(key).ask(PDF);
    const { upload } = documentSchema.parse(JSON.parse(body));
    expect(upload.headers).toEqual({
      'content-type': 'application/pdf',
      'content-length': '1234',
      ...encryption,
    });
    const query = new URL(upload.url).searchParams;
    expect(query.get('X-Amz-SignedHeaders')?.split(';')).toEqual(
      ['host', ...Object.keys(upload.headers)].sort(),
    );
    expect([...query.keys()].join()).not.toMatch(/checksum/i);
  });

  test.each([
    ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    ['DOC', 'application/msword'],
    ['rtf', 'text/rtf'],
    ['tiff', 'image/tiff; charset=binary'],
  ])('accepts a %s', async (extension, contentType) => {
    const { statusCode } = await open().ask({ ...PDF, name: `a.${extension}`, contentType });
    expect(statusCode).toBe(201);
  });

  test.each([
    ['C:\\CVs\\Ann Lee.pdf', 'Ann Lee.pdf'],
    ['../../Ann.pdf', 'Ann.pdf'],
    [' Ann\u200b\u0000.pdf ', 'Ann.pdf'],
  ])('shortens the name %j to %j', async (name, kept) => {
    const { ask, known } = open();
    // What JSON cannot say in the clear, such as NUL, is refused before.
    await ask({ ...PDF, name: name.replaceAll('\0', '') });
    expect(await known()).toMatchObject({ name: kept });
  });

  test.each([
    ['another type of file', { ...PDF, name: 'Ann.png' }, 'one of these extensions'],
    ['a name without an extension', { ...PDF, name: 'Ann' }, 'one of these extensions'],
    ['a type that is not the name’s', { ...PDF, contentType: 'application/msword' }, 'send application/pdf'],
    ['more than 10 MB', { ...PDF, size: MAX_DOCUMENT_BYTES + 1 }, '(10 MB)'],
    ['an empty file', { ...PDF, size: 0 }, '1 to'],
    ['half a byte', { ...PDF, size: 1.5 }, '1 to'],
    ['no size', { name: 'a.pdf', contentType: 'application/pdf' }, 'a number of bytes'],
    ['a size as a text', { ...PDF, size: '12' }, 'a number of bytes'],
    ['a name of 300 characters', { ...PDF, name: `${'a'.repeat(300)}.pdf` }, 'at most 255'],
    ['a list', [PDF], 'two texts'],
  ])('refuses %s, and says what to do', async (_what, body, detail) => {
    const { ask, table } = open();
    const refused = await ask(body).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Problem);
    expect(refused).toMatchObject({ type: 'invalid-request', message: expect.stringContaining(detail) });
    expect(table.all()).toEqual([]);
  });

  test('answers no address if the table fails', async () => {
    const { ask, table } = open();
    table.put = () => Promise.reject(new Error('no table'));
    await expect(ask(PDF)).rejects.toThrow('no table');
  });
});
