/**
 * `/admin/v1`: the console's API. API Gateway has checked the token; this function decides whose data its bearer can
 * see.
 */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { readRolesConfig } from '../lib/console/config.ts';
import { consoleEndpoints } from '../lib/console/endpoints.ts';
import { openConsoleServices } from '../lib/console/open-services.ts';
import { type Principal, principalOf } from '../lib/console/sign-in/principal.ts';
import { consoleRouter } from '../lib/console/router.ts';
import { httpEdge } from '../lib/http/http-edge.ts';

const roles = readRolesConfig();
const services = await openConsoleServices();

async function signedIn(event: APIGatewayProxyEventV2): Promise<Principal> {
  const principal = principalOf(event, roles, services.clock.now());
  await services.signOuts.refuseOld(principal);
  return principal;
}

export const handler = middy()
  .use(httpEdge())
  .handler(consoleRouter(consoleEndpoints(services), signedIn));
