/**
 * `/admin/v1`: the console's API. API Gateway has checked the token; whose data its bearer may see is decided here.
 */
import middy from '@middy/core';
import { readRolesConfig } from '../lib/console/config.ts';
import { consoleDoors } from '../lib/console/doors.ts';
import { openConsoleServices } from '../lib/console/open-services.ts';
import { principalOf } from '../lib/console/principal.ts';
import { consoleRouter } from '../lib/console/router.ts';
import { httpEdge } from '../lib/http/http-edge.ts';

const roles = readRolesConfig();
const doors = consoleDoors(await openConsoleServices());

export const handler = middy()
  .use(httpEdge())
  .handler(consoleRouter(doors, (event) => principalOf(event, roles)));
