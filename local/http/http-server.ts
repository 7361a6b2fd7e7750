/** The local stand-in for API Gateway's HTTP API: its routes, its limits, its own errors. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Route } from '../stack/deployment.ts';
import { type Authorized, findRoute, makeHttpEvent } from './http-event.ts';
import { authorizeByIam } from './iam-authorizer.ts';
import { type HttpAnswer, ownAnswer, readAnswer } from './http-answer.ts';
import type { Authorizer } from './jwt-authorizer.ts';
import { INVOKE_PATH, type InvokeHandler } from './invoke-server.ts';
import { listen, type RunningServer } from './listen.ts';
import type { LocalFunction } from '../stack/local-function.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';

/** API Gateway's limits. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const MAX_HEADER_BYTES = 10_240;
const INTEGRATION_TIMEOUT_MS = 30_000;
/** How long a sender may take for one request, from its first byte to its last. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node looks for senders that take too long. */
const CHECK_INTERVAL_MS = 1000;

export interface HttpServerOptions {
  port: number;
  routes: readonly Route[];
  functions: ReadonlyMap<string, LocalFunction>;
  /** Answers Lambda Invoke at the same address, to callers on this machine; absent if Lambda is elsewhere. */
  invokeHandler?: InvokeHandler;
  /** The authorizers that check tokens, by the name that routes use. */
  authorizers?: ReadonlyMap<string, Authorizer>;
  /** Called with what API Gateway would only write to its log. */
  onError: (message: string) => void;
  requestTimeoutMs?: number;
}

/** @throws StartError if the port is taken */
export async function openHttpServer(options: HttpServerOptions): Promise<RunningServer> {
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      requestTimeout,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, requestTimeout),
    },
    (request, response) => {
      void serve(options, request, response);
    },
  );
  return listen(server, options.port);
}

async function serve(
  options: HttpServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  try {
    if (options.invokeHandler !== undefined && request.url?.startsWith(INVOKE_PATH) === true) {
      await options.invokeHandler(request, response);
      return;
    }
    send(request, response, await answer(options, request, requestId), requestId);
  } catch (error) {
    // The sender is gone, or its data cannot be read: there is nobody to answer.
    if (!request.destroyed) options.onError(`request ${requestId}: ${String(error)}`);
    response.destroy();
  }
}

async function answer(
  options: HttpServerOptions,
  request: IncomingMessage,
  requestId: string,
): Promise<HttpAnswer> {
  const [path = '', ...rest] = (request.url ?? '').split('?');
  const matched = findRoute(options.routes, request.method ?? '', path);
  const target = matched && options.functions.get(matched.route.functionName);
  if (matched === undefined || target === undefined) return ownAnswer(404, 'Not Found');
  let event;
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    const now = Date.now();
    const authorized = await authorize(options, matched.route, request, body, now);
    if (authorized !== undefined && 'status' in authorized) return authorized;
    event = makeHttpEvent({
      ...{ request, path, query: rest.join('?'), matched, body, requestId, now },
      ...(authorized === undefined ? {} : { authorizer: authorized }),
    });
  } catch (error) {
    if (error instanceof BodyTooLargeError) return ownAnswer(413, 'Request Entity Too Large');
    if (error instanceof URIError) return ownAnswer(400, 'Bad Request');
    throw error;
  }
  return invoke(options, target, event, requestId);
}

/**
 * The result of the route's authorizer, nothing if the route has none, or the refusal. A missing authorizer refuses
 * everyone.
 */
async function authorize(
  { authorizers }: HttpServerOptions,
  { authorizer }: Route,
  request: IncomingMessage,
  body: Buffer,
  now: number,
): Promise<Authorized | HttpAnswer | undefined> {
  if (authorizer === undefined) return undefined;
  if (authorizer === 'aws_iam') {
    const iam = await authorizeByIam(request, body, now);
    return iam === undefined ? ownAnswer(403, 'Forbidden') : { iam };
  }
  const claims = await authorizers?.get(authorizer.name)?.(request.headers.authorization);
  if (claims !== undefined) {
    const { scopes } = authorizer;
    if (hasScope(claims, scopes)) return { jwt: { claims, scopes: scopes.length === 0 ? null : scopes } };
    return ownAnswer(403, 'Forbidden');
  }
  const refusal = ownAnswer(401, 'Unauthorized');
  return { ...refusal, headers: { ...refusal.headers, 'www-authenticate': 'Bearer' } };
}

/** One of the route's scopes, if it has any: `scope` or `scp`, a text with spaces or a list. */
function hasScope({ scope = '', scp = '' }: Record<string, string>, wanted: readonly string[]): boolean {
  const given = `${scope} ${scp}`.split(/[\s[\]]+/);
  return wanted.length === 0 || wanted.some((one) => given.includes(one));
}

async function invoke(
  options: HttpServerOptions,
  target: LocalFunction,
  event: unknown,
  requestId: string,
): Promise<HttpAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => {
      resolve('late');
    }, INTEGRATION_TIMEOUT_MS);
  });
  const result = await Promise.race([target.invoke(event), tooLate]);
  clearTimeout(timer);
  if (result === 'late') {
    options.onError(
      `${target.name}: request ${requestId}: no answer within ${INTEGRATION_TIMEOUT_MS / 1000} seconds`,
    );
    return ownAnswer(503, 'Service Unavailable');
  }
  if (result.ok) return readAnswer(result.payload);
  const { errorType, errorMessage, trace } = result.error;
  options.onError(
    `${target.name}: request ${requestId}: ${trace?.join('\n') ?? `${errorType}: ${errorMessage}`}`,
  );
  return ownAnswer(500, 'Internal Server Error');
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  result: HttpAnswer,
  requestId: string,
): void {
  response.writeHead(result.status, {
    ...result.headers,
    'content-length': result.body.length,
    'apigw-requestid': requestId,
    // The unread part of the request would be read as the next request.
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : result.body);
}
