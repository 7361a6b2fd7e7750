/** `POST /v1/preview`: answers what events would change in Firefish, and writes nothing. */
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import { makeDynamoClient } from '../lib/aws/dynamodb.ts';
import { systemClock } from '../lib/clock.ts';
import { readConfig } from '../lib/config.ts';
import { openAuthentication } from '../lib/credentials/open-authentication.ts';
import { openCipher } from '../lib/crypto/open-cipher.ts';
import { authentication } from '../lib/http/authentication.ts';
import { httpEdge } from '../lib/http/http-edge.ts';
import { previewEndpoint } from '../lib/intake/preview-endpoint.ts';
import { measuredFetch } from '../lib/measured-fetch.ts';
import { metrics } from '../lib/metrics.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';
import { createPreview } from '../lib/preview/preview-events.ts';
import { tenantLoader } from '../lib/tenants/load-tenant.ts';

const config = readConfig([
  'CREDENTIALS_TABLE',
  'SYNC_TABLE',
  'KMS_KEY_ARN',
  'KEY_FILE',
  'FIREFISH_API_URL',
  'FIREFISH_RATE_LIMITS',
  'FIREFISH_TOKEN_LIMITS',
  'EGRESS_ID',
  'FIREFISH_TIMEOUT_MS',
]);
const clock = systemClock;
const dynamo = makeDynamoClient();
const table = new DynamoTable(dynamo, config.SYNC_TABLE, clock);
const credentials = new DynamoTable(dynamo, config.CREDENTIALS_TABLE, clock);
const cipher = await openCipher(config, clock, credentials);
const authenticators = openAuthentication(credentials, table, clock);
const runPreview = createPreview({
  ...{ table, cipher, clock, config, fetch: measuredFetch(fetch) },
});

const endpoint = previewEndpoint(runPreview, table, tenantLoader(authenticators.tenants, cipher), clock);

export const handler = middy()
  .use(logMetrics(metrics))
  .use(httpEdge())
  .use(authentication(authenticators))
  .handler(endpoint);
