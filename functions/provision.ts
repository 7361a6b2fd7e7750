/** Administration, by direct invocation: IAM decides who may. The payload is `{"verb", …}`. */
import { randomBytes } from 'node:crypto';
import middy from '@middy/core';
import { runVerb } from '../lib/admin/run-verb.ts';
import { makeDynamoClient } from '../lib/aws/dynamodb.ts';
import { makeSqsClient } from '../lib/aws/sqs.ts';
import { systemClock } from '../lib/clock.ts';
import { readConfig } from '../lib/config.ts';
import { openCipher } from '../lib/crypto/open-cipher.ts';
import { checkCredentials } from '../lib/firefish/check-credentials.ts';
import { SqsQueue } from '../lib/queue/sqs-queue.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';
import { tenantLoader } from '../lib/tenants/load-tenant.ts';
import { TenantStore } from '../lib/tenants/tenant-store.ts';

const config = readConfig([
  'CREDENTIALS_TABLE',
  'SYNC_TABLE',
  'AUDIT_TABLE',
  'EVENTS_QUEUE_URL',
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
const sync = new DynamoTable(dynamo, config.SYNC_TABLE, clock);
const cipher = await openCipher(config, clock);
const tenants = new TenantStore(new DynamoTable(dynamo, config.CREDENTIALS_TABLE, clock), clock);

const services = {
  tenants,
  loadTenant: tenantLoader(tenants, cipher),
  sync,
  audit: new DynamoTable(dynamo, config.AUDIT_TABLE, clock),
  queue: new SqsQueue(makeSqsClient(), config.EVENTS_QUEUE_URL),
  cipher,
  clock,
  random: randomBytes,
  checkCredentials: (credentials: { clientId: string; clientSecret: string }) =>
    checkCredentials({ config, table: sync, clock, fetch }, credentials),
};

export const handler = middy().handler((payload, context) =>
  runVerb(services, payload, context.awsRequestId),
);
