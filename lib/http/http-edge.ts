/** The outermost middleware of every HTTP function: a log line per request, problems from errors, safe headers. */
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { errorFacts } from '../error-facts.ts';
import { logger } from '../logger.ts';
import { PageError } from '../store/table.ts';
import { Problem, PROBLEMS } from './problem.ts';
import { type HttpResponse, problemResponse } from './response.ts';

/** Answers contain states and settings of one tenant: they must not be cached, framed or reinterpreted. */
const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};

/** How long a sender should wait after our own failure. */
const RETRY_AFTER_SECONDS = 5;

export const unavailable = (detail: string, retryAfterSeconds = RETRY_AFTER_SECONDS): Problem =>
  new Problem('unavailable', detail, { headers: { 'retry-after': String(retryAfterSeconds) } });

/** The SDK marks errors that can be retried: throttling, timeouts, resets, 5xx. All others are our bugs. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata, $retryable, code } = error as {
    $metadata?: { httpStatusCode?: number };
    $retryable?: unknown;
    code?: string;
  };
  return (
    $retryable !== undefined ||
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    /Throttl|TimeoutError|RequestLimitExceeded|ProvisionedThroughputExceeded/.test(error.name) ||
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/.test(code ?? '')
  );
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof PageError)
    return new Problem('invalid-request', 'This page belongs to another list. Ask for the first page again.');
  if (isOutage(error))
    return unavailable('A store behind this service did not answer; send the same request again.');
  return new Problem(
    'internal-error',
    'Send the same request again; if it fails again, tell us the requestId.',
  );
}

export const httpEdge = (): MiddlewareObj<APIGatewayProxyEventV2, HttpResponse> => ({
  after({ event, response }) {
    if (response === undefined || response === null) return;
    response.headers = { ...SECURITY_HEADERS, ...response.headers };
    logger.info('request', { ...facts(event), status: response.statusCode });
  },
  onError(request) {
    const { event, error } = request;
    const problem = toProblem(error);
    const { status } = PROBLEMS[problem.type];
    const line = { ...facts(event), status, problem: problem.type };
    if (status < 500) logger.info('request', line);
    // A stack names only our own code. A message can contain what was sent, so it is left out.
    else logger.error('request', { ...line, ...errorFacts(error) });
    const response = problemResponse(problem, event.requestContext.requestId);
    response.headers = { ...SECURITY_HEADERS, ...response.headers };
    request.response = response;
  },
});

function facts({ routeKey, requestContext }: APIGatewayProxyEventV2): Record<string, unknown> {
  return { route: routeKey, requestId: requestContext.requestId };
}
