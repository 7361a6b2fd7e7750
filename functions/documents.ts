/** `POST /v1/documents`: answers where to upload a document. A separate function, because it needs S3's client. */
import { randomUUID } from 'node:crypto';
import middy from '@middy/core';
import { makeDynamoClient } from '../lib/aws/dynamodb.ts';
import { makeS3Client } from '../lib/aws/s3.ts';
import { systemClock } from '../lib/clock.ts';
import { readConfig } from '../lib/config.ts';
import { openAuthentication } from '../lib/credentials/open-authentication.ts';
import { openCipher } from '../lib/crypto/open-cipher.ts';
import { uploadSigner } from '../lib/documents/sign-upload.ts';
import { authentication } from '../lib/http/authentication.ts';
import { createDocument } from '../lib/http/documents-endpoint.ts';
import { httpEdge } from '../lib/http/http-edge.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';

const config = readConfig(['CREDENTIALS_TABLE', 'SYNC_TABLE', 'DOCUMENTS_BUCKET', 'KMS_KEY_ARN', 'KEY_FILE']);
const clock = systemClock;
const dynamo = makeDynamoClient();
const table = new DynamoTable(dynamo, config.SYNC_TABLE, clock);
const credentials = new DynamoTable(dynamo, config.CREDENTIALS_TABLE, clock);
const cipher = await openCipher(config, clock, credentials);
const signUpload = uploadSigner({
  ...{ s3: makeS3Client(), bucket: config.DOCUMENTS_BUCKET, clock },
  kmsKeyArn: config.KMS_KEY_ARN,
});

export const handler = middy()
  .use(httpEdge())
  .use(authentication(openAuthentication(credentials, table, clock)))
  .handler(createDocument({ table, cipher, clock, signUpload, newId: randomUUID }));
