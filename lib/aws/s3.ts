import { S3Client } from '@aws-sdk/client-s3';

/** One client per function instance. */
export const makeS3Client = (): S3Client =>
  new S3Client({
    maxAttempts: 3,
    // Works at every endpoint, also if a bucket has no host name.
    forcePathStyle: true,
    // Otherwise an upload that is signed before its body exists is signed with the checksum of an empty body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 1000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
