import { randomBytes, randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { makeDynamoClient } from '../aws/dynamodb.ts';
import { makeS3Client } from '../aws/s3.ts';
import { makeSqsClient } from '../aws/sqs.ts';
import { systemClock } from '../clock.ts';
import { type FirefishConfig, readConfig } from '../config.ts';
import { openCipher } from '../crypto/open-cipher.ts';
import { S3DocumentFiles } from '../documents/s3-document-files.ts';
import { checkCredentials, nextCheck } from '../firefish/credentials-check.ts';
import { probe } from '../firefish-probe/probe.ts';
import { createIntake } from '../intake/accept-batch.ts';
import { SqsWakeUps } from '../queue/sqs-wake-ups.ts';
import { DynamoTable } from '../store/dynamo-table.ts';
import type { Table } from '../store/table.ts';
import { tenantLoader } from '../tenants/load-tenant.ts';
import { TenantStore } from '../tenants/tenant-store.ts';
import { Pseudonyms } from './people/pseudonyms.ts';
import type { AdminServices } from './verb.ts';

/** The parts of the verbs' services, for callers that do more than run verbs. */
export interface Opened {
  services: AdminServices;
  config: FirefishConfig & { SYNC_TABLE: string };
  dynamo: DynamoDBClient;
  credentials: Table;
}

/** What the verbs work with, from the function's environment. @throws ConfigError */
export async function openAdminServices(): Promise<AdminServices> {
  const { services } = await openAdministration();
  const { DOCUMENTS_BUCKET } = readConfig(['DOCUMENTS_BUCKET']);
  return { ...services, documents: new S3DocumentFiles(makeS3Client(), DOCUMENTS_BUCKET) };
}

/** The same without the deletion of tenants, with its parts. @throws ConfigError */
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
  const cipher = await openCipher(config, clock, credentials);
  const tenants = new TenantStore(credentials, clock);
  const wakeUps = new SqsWakeUps(makeSqsClient(), config.EVENTS_QUEUE_URL);
  const services: AdminServices = {
    tenants,
    loadTenant: tenantLoader(tenants, cipher),
    sync,
    syncItems: sync,
    audit: new DynamoTable(dynamo, config.AUDIT_TABLE, clock),
    pseudonyms: new Pseudonyms(credentials, cipher, randomBytes),
    wakeUps,
    intake: createIntake({ table: sync, wakeUps, cipher, clock, newId: randomUUID }),
    newId: randomUUID,
    cipher,
    clock,
    random: randomBytes,
    nextCheck: (asker) => nextCheck({ config, table: sync, clock }, asker),
    checkCredentials: (asker, given) => checkCredentials({ config, table: sync, clock, fetch }, asker, given),
    probe: (tenant, options) => probe({ config, table: sync, cipher, clock, fetch, ...tenant }, options),
  };
  return { services, config, dynamo, credentials };
}
