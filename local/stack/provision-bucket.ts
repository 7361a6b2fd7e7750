/** Makes the bucket for documents if it is not there yet, in whatever S3 is given. */
import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

const ALREADY_THERE = 409;

/**
 * One signed `PUT /{bucket}`. The local stack needs nothing else of S3, so it needs no client.
 * @param aws whose region and credentials sign the request
 * @throws Error if the bucket cannot be created
 */
export async function provisionBucket(endpoint: string, bucket: string, aws: DynamoDBClient): Promise<void> {
  const url = new URL(`/${bucket}`, endpoint);
  const region = await aws.config.region();
  const credentials = await aws.config.credentials();
  const signer = new SignatureV4({
    credentials,
    region,
    service: 's3',
    sha256: Sha256Node,
    uriEscapePath: false,
  });
  const body = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
  const { headers } = await signer.sign({
    method: 'PUT',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    headers: { host: url.host, 'content-type': 'application/xml' },
    body,
  });
  const response = await fetch(url, { method: 'PUT', headers, body });
  const answer = await response.text();
  if (response.ok || response.status === ALREADY_THERE) return;
  throw new Error(
    `S3 at ${endpoint} did not make the bucket ${bucket}: status ${response.status} ${answer.slice(0, 200)}`,
  );
}
