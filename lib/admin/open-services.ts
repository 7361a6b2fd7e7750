import { randomBytes } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { makeDynamoClient } from '../aws/dynamodb.ts';
import { makeSqsClient } from '../aws/sqs.ts';
import { systemClock } from '../clock.ts';
import { type FirefishConfig, readConfig } from '../config.ts';
import { openCipher } from '../crypto/open-cipher.ts';
import { checkCredentials } from '../firefish/check-credentials.ts';
import { probe } from '../firefish/probe.ts';
import { SqsQueue } from '../queue/sqs-queue.ts';
import { DynamoTable } from '../store/dynamo-table.ts';
import type { Table } from '../store/table.ts';
import { tenantLoader } from '../tenants/load-tenant.ts';
import { TenantStore } from '../tenants/tenant-store.ts';
import type { AdminServices } from './verb.ts';

/** What the verbs' services are made of: for whoever does more than run verbs. */
export interface Opened {
  services: AdminServices;
  config: FirefishConfig & { SYNC_TABLE: string };
  dynamo: DynamoDBClient;
  credentials: Table;
}

/** What the verbs work with, from the function's environment. @throws ConfigError */
export const openAdminServices = async (): Promise<AdminServices> => (await openAdministration()).services;

/** The same, with what it is made of. @throws ConfigError */
export async function openAdministration(): Promise<Opened> {
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
  const credentials = new DynamoTable(dynamo, config.CREDENTIALS_TABLE, clock);
  const cipher = await openCipher(config, clock);
  const tenants = new TenantStore(credentials, clock);
  const services: AdminServices = {
    tenants,
    loadTenant: tenantLoader(tenants, cipher),
    sync,
    audit: new DynamoTable(dynamo, config.AUDIT_TABLE, clock),
    queue: new SqsQueue(makeSqsClient(), config.EVENTS_QUEUE_URL),
    cipher,
    clock,
    random: randomBytes,
    checkCredentials: (given) => checkCredentials({ config, table: sync, clock, fetch }, given),
    probe: (tenant, options) => probe({ config, table: sync, cipher, clock, fetch, ...tenant }, options),
  };
  return { services, config, dynamo, credentials };
}
