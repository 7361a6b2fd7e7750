/** `GET /console`: the page of the console. */
import middy from '@middy/core';
import { readPageConfig } from '../lib/console/config.ts';
import { pageEndpoint } from '../lib/console/page-endpoint.ts';
import { httpEdge } from '../lib/http/http-edge.ts';

export const handler = middy().use(httpEdge()).handler(pageEndpoint(readPageConfig()));
