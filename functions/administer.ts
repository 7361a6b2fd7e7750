/**
 * Administration from the command line: the same verbs as `provision`, behind a route that says who calls. A function
 * of its own: whoever may invoke `provision` could hand it any caller's name, this one is invoked by the route alone.
 */
import middy from '@middy/core';
import { administerEndpoint } from '../lib/admin/administer-endpoint.ts';
import { openAdminServices } from '../lib/admin/open-services.ts';
import { httpEdge } from '../lib/http/http-edge.ts';

export const handler = middy()
  .use(httpEdge())
  .handler(administerEndpoint(await openAdminServices()));
