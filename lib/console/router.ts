/** The endpoints under `/admin/v1`. For API Gateway they are one route; this file finds the endpoint. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Problem } from '../http/problem.ts';
import type { HttpResponse } from '../http/response.ts';
import { normaliseDomain } from '../tenants/domain.ts';
import { CONSOLE_ENDPOINTS } from './reference/description.ts';
import { maySee, type Principal } from './sign-in/principal.ts';
import { NOTHING, readInput } from './read-input.ts';

export interface ConsoleRequest {
  event: APIGatewayProxyEventV2;
  principal: Principal;
  /** The path's parameters, decoded. */
  parameters: Readonly<Record<string, string>>;
}

/** A request about one tenant that the principal may see. It may never have been enabled. */
export interface TenantRequest extends ConsoleRequest {
  domain: string;
}

export type Endpoint = (request: ConsoleRequest) => Promise<HttpResponse>;
export type TenantEndpoint = (request: TenantRequest) => Promise<HttpResponse>;

const PREFIX = '/admin/v1';
const MAX_PARAMETER = 256;

/** The same answer for an unknown tenant and for another person's tenant. */
export const notFound = (): Problem =>
  new Problem(
    'not-found',
    'Not found, or you have no access to it. Check the address, and who you are signed in as.',
  );

/** Only people who may see a tenant reach its endpoints. */
export const ofTenant =
  (endpoint: TenantEndpoint): Endpoint =>
  async (request) => {
    const domain = normaliseDomain(request.parameters['domain'] ?? '');
    if (domain === undefined || !maySee(request.principal, domain)) throw notFound();
    return endpoint({ ...request, domain });
  };

/** @param endpoints by method and path below the prefix, such as `GET /tenants/{domain}` */
export function consoleRouter(
  endpoints: Readonly<Record<string, Endpoint>>,
  principalOf: (event: APIGatewayProxyEventV2) => Promise<Principal>,
): (event: APIGatewayProxyEventV2) => Promise<HttpResponse> {
  const routes = Object.entries(endpoints).map(([key, endpoint]) => {
    const [method = '', path = ''] = key.split(' ');
    // Endpoints with parameters check them.
    const takesQuery = CONSOLE_ENDPOINTS[key]?.query !== undefined;
    return { method, segments: path.split('/'), endpoint, takesQuery };
  });
  return async (event) => {
    const principal = await principalOf(event);
    const segments = event.rawPath.startsWith(`${PREFIX}/`)
      ? event.rawPath.slice(PREFIX.length).split('/')
      : [];
    for (const { method, segments: wanted, endpoint, takesQuery } of routes) {
      if (method !== event.requestContext.http.method) continue;
      const parameters = match(wanted, segments);
      if (parameters === undefined) continue;
      if (!takesQuery) readInput(NOTHING, event.queryStringParameters);
      return endpoint({ event, principal, parameters });
    }
    throw notFound();
  };
}

function match(wanted: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (wanted.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, want] of wanted.entries()) {
    const segment = segments[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(want)?.[1];
    if (name === undefined) {
      if (want !== segment) return undefined;
    } else {
      if (segment === '' || segment.length > MAX_PARAMETER || !segment.isWellFormed()) return undefined;
      parameters[name] = segment;
    }
  }
  return parameters;
}
