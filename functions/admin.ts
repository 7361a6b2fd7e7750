/**
 * `/admin/v1`: the console's API. API Gateway has checked the token; whose data its bearer may see is decided here.
 */
import { randomUUID } from 'node:crypto';
import middy from '@middy/core';
import { openAdminServices } from '../lib/admin/open-services.ts';
import { makeDynamoClient } from '../lib/aws/dynamodb.ts';
import { readConfig } from '../lib/config.ts';
import { readRolesConfig } from '../lib/console/config.ts';
import { consoleDoors } from '../lib/console/doors.ts';
import { principalOf } from '../lib/console/principal.ts';
import { consoleRouter } from '../lib/console/router.ts';
import { httpEdge } from '../lib/http/http-edge.ts';
import { Intake } from '../lib/intake/accept-events.ts';
import { CountingTable } from '../lib/store/counting-table.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';
import { firefishClients } from '../lib/sync/firefish-clients.ts';

const config = readConfig([
  'CREDENTIALS_TABLE',
  'SYNC_TABLE',
  'FIREFISH_API_URL',
  'FIREFISH_RATE_LIMITS',
  'FIREFISH_TOKEN_LIMITS',
  'EGRESS_ID',
  'FIREFISH_TIMEOUT_MS',
]);
const roles = readRolesConfig();
const administration = await openAdminServices();
const { cipher, clock, queue } = administration;
const dynamo = makeDynamoClient();
const sync = new CountingTable(dynamo, config.SYNC_TABLE, clock);

const doors = consoleDoors({
  ...administration,
  sync,
  credentials: new DynamoTable(dynamo, config.CREDENTIALS_TABLE, clock),
  intake: new Intake(sync, queue, cipher, clock, randomUUID),
  firefishOf: firefishClients({ config, table: sync, cipher, clock, fetch }),
  limits: config.FIREFISH_RATE_LIMITS,
  newId: randomUUID,
});

export const handler = middy()
  .use(httpEdge())
  .handler(consoleRouter(doors, (event) => principalOf(event, roles)));
