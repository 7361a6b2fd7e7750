import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { Problem } from './problem.ts';
import type { HttpResponse } from './response.ts';

export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<HttpResponse>;

/** Calls the handler of a request's route (`GET /v1/events/{eventId}`, as serverless.yml names them). */
export const router =
  (routes: Readonly<Record<string, HttpHandler>>): HttpHandler =>
  async (event, context) => {
    const handler = Object.hasOwn(routes, event.routeKey) ? routes[event.routeKey] : undefined;
    if (handler === undefined)
      throw new Problem('not-found', 'This path does not exist. GET /openapi.json lists the paths.');
    return handler(event, context);
  };
