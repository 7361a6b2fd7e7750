import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { findUnstorable } from '../events/reading/unstorable.ts';
import { type Finding, scanEvents } from './scan-events.ts';
import { Problem } from './problem.ts';

const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.-]+\+)?json$/;

function refuseType(detail: string): never {
  throw new Problem('unsupported-media-type', detail, {
    headers: { accept: 'application/json', 'accept-encoding': 'identity' },
  });
}

/** @throws Problem `unsupported-media-type` unless the body is uncompressed JSON in UTF-8 */
export function requireJson({ headers }: APIGatewayProxyEventV2): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== '')
    refuseType('Send the body as it is, without Content-Encoding.');
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  if (!JSON_TYPE.test(type)) refuseType('Send the body as JSON, with Content-Type: application/json.');
  for (const parameter of parameters) {
    if (parameter.startsWith('charset=') && !/^charset="?utf-?8"?$/.test(parameter)) {
      refuseType('Send the body in UTF-8; no other charset is read.');
    }
  }
}

/**
 * The request's body as text.
 * @throws Problem `body-too-large` beyond `maxBytes`, `invalid-json` if it is not UTF-8
 */
export function readText({ body = '', isBase64Encoded }: APIGatewayProxyEventV2, maxBytes: number): string {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maxBytes) {
    throw new Problem(
      'body-too-large',
      `Send at most ${maxBytes} bytes in one request, and split larger ones.`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('invalid-json', 'Send the body in UTF-8.');
  }
}

/** @throws Problem `invalid-json` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('invalid-json', 'The body could not be parsed. Send one JSON text.');
  }
}

const MAX_PATH = 100;

/**
 * The one JSON value of a request. It refuses, and names, what parsers read differently (a name twice in one object),
 * endless nesting, and text that other systems refuse (lone surrogates, NUL).
 * @throws Problem naming the first thing that is wrong
 */
export function readJson(event: APIGatewayProxyEventV2, maxBytes: number): unknown {
  requireJson(event);
  const text = readText(event, maxBytes);
  const value = parseJson(text);
  const [scanned] = scanEvents(text, 'one event').events;
  const [finding]: Finding[] = [...(scanned?.findings ?? []), ...findUnstorable(value)];
  if (finding === undefined) return value;
  const path = finding.path.join('.').slice(0, MAX_PATH).toWellFormed().replaceAll('\0', '');
  throw new Problem('invalid-request', `In the body, ${path} ${finding.message}.`);
}
