import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Problem } from './problem.ts';

const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.-]+\+)?json$/;

function refuseType(detail: string): never {
  throw new Problem('unsupported-media-type', detail, {
    headers: { accept: 'application/json', 'accept-encoding': 'identity' },
  });
}

/** @throws Problem `unsupported-media-type` for what is not JSON in UTF-8 as it is */
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
 * @throws Problem `body-too-large` beyond `maxBytes`, `invalid-json` where it is not UTF-8
 */
export function readText({ body = '', isBase64Encoded }: APIGatewayProxyEventV2, maxBytes: number): string {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maxBytes) {
    throw new Problem('body-too-large', `Send at most ${maxBytes} bytes in one request; split what is more.`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('invalid-json', 'Send the body in UTF-8; these bytes are not.');
  }
}

/** @throws Problem `invalid-json` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('invalid-json', 'Send one JSON text; this could not be parsed.');
  }
}
