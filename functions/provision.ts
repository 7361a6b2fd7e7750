/**
 * Administration, in two ways: `POST /administration`, a route whose IAM authorizer says who calls, and direct
 * invocation with `{"verb", …}`, which only IAM permits.
 */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { administerEndpoint } from '../lib/admin/administer-endpoint.ts';
import { openAdminServices } from '../lib/admin/open-services.ts';
import { runVerb } from '../lib/admin/run-verb.ts';
import { AdminError, UsageError } from '../lib/admin/verb.ts';
import { httpEdge } from '../lib/http/http-edge.ts';
import { logger } from '../lib/logger.ts';

const services = await openAdminServices();

const route = middy().use(httpEdge()).handler(administerEndpoint(services));

const direct = middy().handler(async (payload, { awsRequestId: requestId }) => {
  try {
    // The event does not name the caller. CloudTrail has the caller by the request id.
    return await runVerb(services, payload, { by: 'direct invocation', requestId, role: 'operator' });
  } catch (error) {
    if (error instanceof AdminError || error instanceof UsageError) {
      logger.warn('act refused', { cause: error.name, requestId });
      // The error that the caller gets. Lambda has no other form for it: it counts as a crash, and its stack is logged.
      error.stack = `${error.name}: ${error.message}`;
    }
    throw error;
  }
});

/** The form of the HTTP API's event; no verb has such an option. */
const isRequest = (payload: unknown): payload is APIGatewayProxyEventV2 =>
  typeof payload === 'object' && payload !== null && 'requestContext' in payload && 'routeKey' in payload;

export const handler = middy().handler((payload: unknown, context) =>
  isRequest(payload) ? route(payload, context) : direct(payload, context),
);
