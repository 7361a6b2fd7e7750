/** The API for SourceWhale, except for events: tokens, connection, states, health, the OpenAPI document. */
import { randomBytes } from 'node:crypto';
import middy from '@middy/core';
import { makeDynamoClient } from '../lib/aws/dynamodb.ts';
import { systemClock } from '../lib/clock.ts';
import { readConfig } from '../lib/config.ts';
import { openAuthentication } from '../lib/credentials/open-authentication.ts';
import { authentication, type TenantEvent } from '../lib/http/authentication.ts';
import { connect, showConnection } from '../lib/http/connection-endpoint.ts';
import { httpEdge } from '../lib/http/http-edge.ts';
import { problemPage } from '../lib/http/reference/problem-page.ts';
import { type HttpResponse, json } from '../lib/http/response.ts';
import { type HttpHandler, router } from '../lib/http/router.ts';
import { showBatch, showEvent } from '../lib/http/states-endpoints.ts';
import { tokenEndpoint } from '../lib/http/token-endpoint.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';

const config = readConfig(['CREDENTIALS_TABLE', 'SYNC_TABLE', 'PROBLEMS_DIRECTORY']);
const dynamo = makeDynamoClient();
const sync = new DynamoTable(dynamo, config.SYNC_TABLE, systemClock);
const authenticators = openAuthentication(
  new DynamoTable(dynamo, config.CREDENTIALS_TABLE, systemClock),
  sync,
  systemClock,
);
const stores = { tenants: authenticators.tenants, sync, clock: systemClock };

/** A handler for requests with credentials. */
const authenticated = (handler: (event: TenantEvent) => Promise<HttpResponse>): HttpHandler =>
  // middy's type is "event or event with a callback's void"; it is a promise of the handler's answer.
  middy().use(authentication(authenticators)).handler(handler) as unknown as HttpHandler;

export const handler = middy()
  .use(httpEdge())
  .handler(
    router({
      'POST /oauth/token': tokenEndpoint(authenticators, randomBytes),
      'GET /v1/connection': authenticated(showConnection(stores)),
      'POST /v1/connection': authenticated(connect(stores)),
      'GET /v1/batches/{batchId}': authenticated(showBatch(sync, systemClock)),
      'GET /v1/events/{eventId}': authenticated(showEvent(sync, systemClock)),
      'GET /healthz': () => Promise.resolve(json(200, { status: 'ok' })),
      'GET /problems/{type}': problemPage(config.PROBLEMS_DIRECTORY),
      'GET /openapi.json': async () => {
        const { openApiDocument } = await import('../lib/http/reference/openapi.ts');
        const { describeConsole } = await import('../lib/console/reference/openapi.ts');
        return json(200, openApiDocument(describeConsole()));
      },
    }),
  );
