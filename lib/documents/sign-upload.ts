import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Clock } from '../clock.ts';
import { UPLOAD_SECONDS } from '../times.ts';
import { documentFileKey, type SignUpload } from './document-files.ts';
import { FORMATS } from './formats.ts';

interface Bucket {
  s3: S3Client;
  bucket: string;
  clock: Clock;
  /** The key that encrypts files; without one, S3's own. */
  kmsKeyArn: string | undefined;
}

/** The signature covers content type, length and encryption: S3 refuses any other file. */
export const uploadSigner =
  ({ s3, bucket, clock, kmsKeyArn }: Bucket): SignUpload =>
  async ({ tenantId, documentId, format, size }) => {
    const [contentType] = FORMATS[format].contentTypes;
    const encryption: Record<string, string> =
      kmsKeyArn === undefined
        ? { 'x-amz-server-side-encryption': 'AES256' }
        : {
            'x-amz-server-side-encryption': 'aws:kms',
            'x-amz-server-side-encryption-aws-kms-key-id': kmsKeyArn,
          };
    const headers = { 'content-type': contentType, 'content-length': String(size), ...encryption };
    const put = new PutObjectCommand({
      ...{ Bucket: bucket, Key: documentFileKey(tenantId, documentId) },
      ...{ ContentType: contentType, ContentLength: size },
      ...(kmsKeyArn === undefined
        ? { ServerSideEncryption: 'AES256' }
        : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyArn }),
    });
    const now = clock.now();
    const url = await getSignedUrl(s3, put, {
      expiresIn: UPLOAD_SECONDS,
      signingDate: new Date(now),
      signableHeaders: new Set(['host', ...Object.keys(headers)]),
      unhoistableHeaders: new Set(Object.keys(headers)),
    });
    return { method: 'PUT', url, headers, expiresAt: new Date(now + UPLOAD_SECONDS * 1000).toISOString() };
  };
