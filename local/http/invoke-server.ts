/**
 * Lambda's Invoke, for `npm run admin`. In the cloud IAM decides who can invoke. Here, programs on this machine can,
 * but not web pages: a browser would send any page's request to 127.0.0.1.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isFromThisMachine } from './callers.ts';
import { listen, type RunningServer } from './listen.ts';
import type { LocalFunction } from '../stack/local-function.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';

export const INVOKE_PATH = '/2015-03-31/functions/';
/** Lambda's limit of a synchronous payload. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

export type InvokeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface InvokeAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A second server on a free port, for `AWS_ENDPOINT_URL_LAMBDA`. */
export function openInvokeServer(handle: InvokeHandler): Promise<RunningServer> {
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  return listen(server, 0);
}

export function makeInvokeHandler(
  functions: ReadonlyMap<string, LocalFunction>,
  onError: (message: string) => void,
): InvokeHandler {
  return async (request, response) => {
    const { status, headers, body } = await answer(functions, onError, request);
    const json = body === undefined ? '' : JSON.stringify(body);
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
      'x-amzn-requestid': randomUUID(),
      ...(request.complete ? {} : { connection: 'close' }),
      ...headers,
    });
    response.end(json);
  };
}

async function answer(
  functions: ReadonlyMap<string, LocalFunction>,
  onError: (message: string) => void,
  request: IncomingMessage,
): Promise<InvokeAnswer> {
  if (!isFromThisMachine(request))
    return failure(403, 'AccessDeniedException', 'only programs on this machine may invoke');
  const name = nameIn(request.url ?? '');
  if (request.method !== 'POST' || name === undefined) {
    return failure(
      404,
      'ResourceNotFoundException',
      'POST /2015-03-31/functions/{name}/invocations is all there is',
    );
  }
  const target = functions.get(name);
  if (target === undefined) {
    return failure(
      404,
      'ResourceNotFoundException',
      `Function not found: ${name}; there are ${[...functions.keys()].join(', ')}`,
    );
  }
  let payload: unknown;
  try {
    const text = (await readBody(request, MAX_PAYLOAD_BYTES)).toString('utf8');
    payload = text === '' ? null : JSON.parse(text);
  } catch (error) {
    if (error instanceof BodyTooLargeError)
      return failure(413, 'RequestTooLargeException', 'the payload is over 6 MB');
    if (error instanceof SyntaxError)
      return failure(400, 'InvalidRequestContentException', `the payload is not JSON: ${error.message}`);
    throw error;
  }
  return invoke(target, payload, request.headers['x-amz-invocation-type'], onError);
}

async function invoke(
  target: LocalFunction,
  payload: unknown,
  type: string | string[] | undefined,
  onError: (message: string) => void,
): Promise<InvokeAnswer> {
  const report = ({ errorType, errorMessage }: { errorType: string; errorMessage: string }): void => {
    onError(`${target.name}: ${errorType}: ${errorMessage}`);
  };
  if (type === 'DryRun') return { status: 204 };
  if (type === 'Event') {
    void target.invoke(payload).then((result) => {
      if (!result.ok) report(result.error);
    });
    return { status: 202 };
  }
  const result = await target.invoke(payload);
  const version = { 'x-amz-executed-version': '$LATEST' };
  if (result.ok) return { status: 200, headers: version, body: result.payload };
  report(result.error);
  return { status: 200, headers: { ...version, 'x-amz-function-error': 'Unhandled' }, body: result.error };
}

const failure = (status: number, type: string, message: string): InvokeAnswer => ({
  status,
  headers: { 'x-amzn-errortype': type },
  body: { Type: status < 500 ? 'User' : 'Service', Message: message },
});

/** The name alone, also if it comes as an ARN or with a qualifier. */
function nameIn(url: string): string | undefined {
  const encoded = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(\?|$)/.exec(url)?.[1];
  if (encoded === undefined) return undefined;
  try {
    const text = decodeURIComponent(encoded);
    return (/:function:([^:]+)/.exec(text)?.[1] ?? text).split(':')[0];
  } catch {
    return undefined;
  }
}
