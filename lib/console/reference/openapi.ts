/** The console's part of the API's description. */
import { type Json, pathParameter, problems, schema } from '../../http/reference/openapi.ts';
import { CONSOLE_ENDPOINTS, type EndpointDescription } from './description.ts';

const PREFIX = '/admin/v1';
const ANY_ENDPOINT = [
  'unauthorized',
  'forbidden',
  'not-found',
  'invalid-request',
  'internal-error',
  'unavailable',
] as const;
const ANY_BODY = [
  'invalid-json',
  'act-refused',
  'settings-changed',
  'body-too-large',
  'unsupported-media-type',
] as const;

function operation(path: string, description: EndpointDescription): Json {
  const { operationId, summary, query, body, example, status = 200, answer } = description;
  const properties =
    query === undefined ? {} : (schema(query, 'input')['properties'] as Record<string, Json>);
  const refused = body === undefined && query === undefined ? ANY_ENDPOINT : [...ANY_ENDPOINT, ...ANY_BODY];
  return {
    operationId,
    summary,
    tags: ['console'],
    security: [{ console: [] }],
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => pathParameter(name)),
      ...Object.entries(properties).map(([name, type]) => ({ name, in: 'query', schema: type })),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schema(body, 'input'), example } },
          },
        }),
    responses: {
      [status]: {
        description: summary,
        content: { 'application/json': { schema: schema(answer, 'output') } },
      },
      ...problems(...refused),
    },
  };
}

export function describeConsole(): { paths: Json; securitySchemes: Json } {
  const paths: Record<string, Json> = {};
  for (const [endpoint, description] of Object.entries(CONSOLE_ENDPOINTS)) {
    const [method = '', path = ''] = endpoint.split(' ');
    const known = paths[PREFIX + path] ?? {};
    paths[PREFIX + path] = { ...known, [method.toLowerCase()]: operation(path, description) };
  }
  const console = {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token of the provider that signs people in to the console.',
  };
  return { paths, securitySchemes: { console } };
}
