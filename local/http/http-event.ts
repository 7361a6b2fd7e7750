/**
 * An HTTP request as API Gateway's HTTP API gives it to a function (payload format 2.0). Where the documentation says
 * nothing, this follows the observed behaviour.
 */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Route } from '../stack/deployment.ts';
import type { IamIdentity } from './iam-authorizer.ts';

export interface MatchedRoute {
  route: Route;
  /** As in the path, still percent-encoded. */
  parameters: Record<string, string>;
}

/** Routes are compared segment by segment, as sent: an encoded slash is part of its segment. */
export function findRoute(routes: readonly Route[], method: string, path: string): MatchedRoute | undefined {
  const segments = path.split('/');
  for (const route of routes) {
    if (route.method !== method && route.method !== 'ANY') continue;
    const parameters = matchSegments(route.path.split('/'), segments);
    if (parameters !== undefined) return { route, parameters };
  }
  return undefined;
}

function matchSegments(
  wanted: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const greedy = /^\{(\w+)\+\}$/.exec(wanted.at(-1) ?? '')?.[1];
  if (greedy !== undefined) return matchGreedily(wanted.slice(0, -1), greedy, segments);
  if (wanted.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, want] of wanted.entries()) {
    const segment = segments[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(want)?.[1];
    if (name !== undefined && segment !== '') parameters[name] = segment;
    else if (want !== segment) return undefined;
  }
  return parameters;
}

/** The last parameter takes the rest of the path, which must not be empty. */
function matchGreedily(
  wanted: readonly string[],
  name: string,
  segments: readonly string[],
): Record<string, string> | undefined {
  const parameters = matchSegments(wanted, segments.slice(0, wanted.length));
  const rest = segments.slice(wanted.length).join('/');
  return parameters === undefined || rest === '' ? undefined : { ...parameters, [name]: rest };
}

/** Only these arrive as text; everything else, forms and bodies without a type included, arrives as base64. */
const TEXT_TYPE = /^(text\/[^;]*|application\/(json|xml|javascript))\s*(;|$)/i;

/** Text that is not UTF-8 arrives as base64 too, so that nothing is changed on the way. */
function encodeBody(body: Buffer, type: string | undefined): { body: string; isBase64Encoded: boolean } {
  if (TEXT_TYPE.test(type ?? '')) {
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
      return { body: text, isBase64Encoded: false };
    } catch {
      // As it is not text, it goes the other way.
    }
  }
  return { body: body.toString('base64'), isBase64Encoded: true };
}

/** What an authorizer passes to a function: who signed, or the token's claims, all as text. */
export type Authorized =
  { iam: IamIdentity } | { jwt: { claims: Record<string, string>; scopes: readonly string[] | null } };

export interface EventFacts {
  request: IncomingMessage;
  /** Path and query, taken apart. */
  path: string;
  query: string;
  matched: MatchedRoute;
  body: Buffer;
  requestId: string;
  now: number;
  /** What the route's authorizer found out. */
  authorizer?: Authorized;
}

/** @throws URIError if the path is not percent-encoded UTF-8 */
export function makeHttpEvent(facts: EventFacts): APIGatewayProxyEventV2 {
  const { request, path, query, matched, body, requestId, now, authorizer } = facts;
  const headers = joinHeaders(request.headers);
  const cookies = request.headers.cookie?.split(/;\s*/).filter((cookie) => cookie !== '');
  const method = request.method ?? 'GET';
  const sourceIp = request.socket.remoteAddress ?? '';
  const routeKey = `${matched.route.method} ${matched.route.path}`;
  const rawPath = decodeURIComponent(path);
  const parameters = Object.entries(matched.parameters).map(([name, value]) => [
    name,
    decodeURIComponent(value),
  ]);
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: query,
    ...(cookies === undefined ? {} : { cookies }),
    headers: {
      ...headers,
      'x-amzn-trace-id': `Root=1-${Math.floor(now / 1000).toString(16)}-${requestId.replaceAll('-', '').slice(0, 24)}`,
      'x-forwarded-for': [headers['x-forwarded-for'], sourceIp]
        .filter((address) => address !== undefined)
        .join(', '),
      'x-forwarded-port': String(request.socket.localPort),
      'x-forwarded-proto': 'http',
    },
    ...(query === '' ? {} : { queryStringParameters: joinQuery(query) }),
    ...(parameters.length === 0
      ? {}
      : { pathParameters: Object.fromEntries(parameters) as Record<string, string> }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      ...(authorizer === undefined ? {} : { authorizer }),
      domainName: headers.host ?? '',
      domainPrefix: 'local',
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: clfTime(now),
      timeEpoch: now,
    },
    ...(body.length === 0 ? { isBase64Encoded: false } : encodeBody(body, headers['content-type'])),
  };
}

/** Lower-case names, several values joined by commas, cookies apart. */
function joinHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name === 'cookie'
        ? []
        : [[name, Array.isArray(value) ? value.join(',') : value]],
    ),
  );
}

function joinQuery(query: string): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2026:19:03:58 +0000` */
function clfTime(now: number): string {
  const iso = new Date(now).toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1] ?? ''}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
