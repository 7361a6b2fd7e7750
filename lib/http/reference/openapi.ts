/**
 * The API's description (OpenAPI 3.1), made from the schemas that requests are checked with. In a separate file, which
 * is loaded when the description is requested.
 */
import * as z from 'zod';
import { MAX_EVENTS } from '../../events/event.ts';
import { eventSchema } from '../../events/schemas.ts';
import { connectRequestSchema } from '../connection-endpoint.ts';
import { documentRequestSchema } from '../documents-endpoint.ts';
import { CONNECT_EXAMPLE, DOCUMENT_EXAMPLE, EVENT_EXAMPLES, TOKEN_EXAMPLE } from './examples.ts';
import { MAX_PREVIEWED } from '../preview-limit.ts';
import { PROBLEMS, type ProblemType } from '../problem.ts';
import {
  batchSchema,
  connectionSchema,
  documentSchema,
  eventStateSchema,
  healthSchema,
  previewSchema,
  problemSchema,
  receiptSchema,
  tokenErrorSchema,
  tokenSchema,
} from './response-schemas.ts';

export type Json = Record<string, unknown>;

const SCHEMAS = {
  Batch: batchSchema,
  Connection: connectionSchema,
  Document: documentSchema,
  EventState: eventStateSchema,
  Health: healthSchema,
  Preview: previewSchema,
  Problem: problemSchema,
  Receipt: receiptSchema,
  Token: tokenSchema,
  TokenError: tokenErrorSchema,
} as const;

export function schema(type: z.ZodType, io: 'input' | 'output'): Json {
  // The document names the dialect of its schemas once.
  return Object.fromEntries(
    Object.entries(z.toJSONSchema(type, { target: 'draft-2020-12', io })).filter(
      ([name]) => name !== '$schema',
    ),
  );
}

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const content = (type: string, name: string, more: Json = {}): Json => ({
  content: { [type]: { schema: ref(name), ...more } },
});
const answer = (description: string, name: keyof typeof SCHEMAS): Json => ({
  description,
  ...content('application/json', name),
});

/** Several problems can share a status: each is named in the description. */
export function problems(...types: ProblemType[]): Json {
  const statuses = [...new Set(types.map((type) => PROBLEMS[type].status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const named = types.filter((type) => PROBLEMS[type].status === status);
      const description = named.map((type) => `\`${type}\`: ${PROBLEMS[type].title}.`).join(' ');
      return [status, { description, ...content('application/problem+json', 'Problem') }];
    }),
  );
}

const ANY_ENDPOINT = ['unauthorized', 'too-many-failures', 'internal-error', 'unavailable'] as const;
const ANY_BODY = ['invalid-json', 'body-too-large', 'unsupported-media-type', 'invalid-request'] as const;

export const pathParameter = (name: string): Json => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string' },
});

const tokenOperation: Json = {
  operationId: 'getToken',
  summary: 'Exchange the client id and secret for an access token (RFC 6749, section 4.4)',
  security: [{ basic: [] }, {}],
  requestBody: {
    required: true,
    content: {
      'application/x-www-form-urlencoded': {
        schema: {
          type: 'object',
          required: ['grant_type'],
          properties: {
            grant_type: { type: 'string', const: 'client_credentials' },
            client_id: { type: 'string', description: 'Only without the Authorization header.' },
            client_secret: { type: 'string' },
          },
        },
        example: TOKEN_EXAMPLE,
      },
    },
  },
  responses: {
    200: answer('A token for an hour; it ends with its secret.', 'Token'),
    400: answer('`invalid_request` or `unsupported_grant_type`.', 'TokenError'),
    401: answer('`invalid_client`.', 'TokenError'),
    429: answer('Too many failures; see Retry-After.', 'TokenError'),
  },
};

const connection = (operationId: string, summary: string, more: Json, refused: Json): Json => ({
  operationId,
  summary,
  ...more,
  responses: { 200: answer('The connection and its settings.', 'Connection'), ...refused },
});

const eventsOperation: Json = {
  operationId: 'postEvents',
  summary: `Send one event, or a list of 1 to ${MAX_EVENTS}`,
  description:
    'Valid events are accepted, whatever the other events are. 202 means that they are stored and will be worked on. ' +
    'An id that was sent before is accepted and changes nothing.',
  requestBody: {
    required: true,
    ...content('application/json', 'Events', { examples: EVENT_EXAMPLES }),
  },
  responses: {
    202: answer('What was accepted and what was not.', 'Receipt'),
    ...problems(...ANY_ENDPOINT, ...ANY_BODY, 'no-valid-event'),
  },
};

const previewOperation: Json = {
  operationId: 'previewEvents',
  summary: `Preview what events would do, up to ${MAX_PREVIEWED} of them`,
  description: 'Matches and plans as a push would, and changes nothing. It counts towards Firefish’s limits.',
  requestBody: {
    required: true,
    ...content('application/json', 'Events', { examples: EVENT_EXAMPLES }),
  },
  responses: {
    200: answer('What each event would do.', 'Preview'),
    ...problems(...ANY_ENDPOINT, ...ANY_BODY, 'no-valid-event'),
  },
};

const documentsOperation: Json = {
  operationId: 'createDocument',
  summary: 'Ask where to upload a document',
  description:
    'Send the file to `upload.url` with `upload.method` and `upload.headers`, then an event `document.added` with the ' +
    '`documentId`. The file is deleted as soon as Firefish has it, and after seven days at the latest.',
  requestBody: {
    required: true,
    ...content('application/json', 'DocumentRequest', { example: DOCUMENT_EXAMPLE }),
  },
  responses: {
    201: answer('Where to upload it.', 'Document'),
    ...problems(...ANY_ENDPOINT, ...ANY_BODY),
  },
};

const lookUp = (
  operationId: string,
  summary: string,
  parameter: string,
  name: keyof typeof SCHEMAS,
): Json => ({
  operationId,
  summary,
  parameters: [pathParameter(parameter)],
  responses: { 200: answer(summary, name), ...problems(...ANY_ENDPOINT, 'not-found') },
});

const open = (operationId: string, summary: string, response: Json): Json => ({
  operationId,
  summary,
  security: [],
  responses: { 200: response, 429: { description: 'Too many requests at once; sent by the gateway.' } },
});

/** @param others other endpoints, such as the console's, with their sign-in */
export function openApiDocument(others: { paths: Json; securitySchemes: Json }): Json {
  const components = Object.entries(SCHEMAS).map(([name, type]): [string, Json] => [
    name,
    schema(type, 'output'),
  ]);
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'SourceWhale to Firefish',
      version: '1.0.0',
      description: 'Shows in Firefish what happens to people in SourceWhale.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ basic: [] }, { bearer: [] }],
    paths: {
      '/oauth/token': { post: tokenOperation },
      '/v1/connection': {
        get: connection('getConnection', 'The state of the connection', {}, problems(...ANY_ENDPOINT)),
        post: connection(
          'connect',
          'Connect: check that these credentials are for this Firefish address',
          {
            requestBody: {
              required: true,
              ...content('application/json', 'ConnectRequest', { example: CONNECT_EXAMPLE }),
            },
          },
          problems(...ANY_ENDPOINT, ...ANY_BODY, 'domain-mismatch'),
        ),
      },
      '/v1/events': { post: eventsOperation },
      '/v1/preview': { post: previewOperation },
      '/v1/documents': { post: documentsOperation },
      '/v1/batches/{batchId}': {
        get: lookUp('getBatch', 'The states of the events of one request', 'batchId', 'Batch'),
      },
      '/v1/events/{eventId}': {
        get: lookUp('getEvent', 'What happened to an event', 'eventId', 'EventState'),
      },
      '/healthz': { get: open('getHealth', 'Whether the service answers', answer('It does.', 'Health')) },
      '/openapi.json': {
        get: open('getDescription', 'This document', {
          description: 'OpenAPI 3.1.',
          content: { 'application/json': { schema: { type: 'object' } } },
        }),
      },
      '/problems/{type}': {
        get: {
          operationId: 'getProblemPage',
          summary: 'The page about a problem, at the address of its `type`',
          security: [],
          parameters: [
            {
              name: 'type',
              in: 'path',
              required: true,
              schema: { type: 'string', enum: Object.keys(PROBLEMS) },
            },
          ],
          responses: {
            200: {
              description: 'What it means, and what to do.',
              content: { 'text/plain': { schema: { type: 'string' } } },
            },
            ...problems('not-found'),
          },
        },
      },
      ...others.paths,
    },
    components: {
      schemas: {
        ...Object.fromEntries(components),
        Event: schema(eventSchema, 'input'),
        Events: {
          oneOf: [
            ref('Event'),
            {
              type: 'object',
              required: ['events'],
              properties: {
                events: { type: 'array', minItems: 1, maxItems: MAX_EVENTS, items: ref('Event') },
              },
            },
          ],
        },
        ConnectRequest: schema(connectRequestSchema, 'input'),
        DocumentRequest: schema(documentRequestSchema, 'input'),
      },
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic', description: 'Client id and client secret.' },
        bearer: { type: 'http', scheme: 'bearer', description: 'A token from POST /oauth/token.' },
        ...others.securitySchemes,
      },
    },
  };
}
