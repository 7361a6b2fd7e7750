/** The simulator over HTTP, on 127.0.0.1 only, with the control routes beside the API. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { refuseForeign } from '../http/callers.ts';
import { listen } from '../http/listen.ts';
import { BodyTooLargeError, readBody } from '../http/read-body.ts';
import { control, CONTROL_PATH } from './control-routes.ts';
import type { FirefishSimulator } from './simulator.ts';

export interface RunningSimulator {
  url: string;
  close(): Promise<void>;
}

/** A document has at most 10 MB, and the parts around it need some more. */
const BODY_BYTES_AT_MOST = 12 * 1024 * 1024;

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return headers;
}

async function requestOf(message: IncomingMessage, signal: AbortSignal): Promise<Request> {
  const { method = 'GET', url = '/' } = message;
  const body = await readBody(message, BODY_BYTES_AT_MOST);
  return new Request(new URL(url, 'http://127.0.0.1'), {
    method,
    headers: headersOf(message),
    signal,
    ...(body.length > 0 && { body: new Uint8Array(body) }),
  });
}

async function send(response: Response, to: ServerResponse): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  to.writeHead(response.status, Object.fromEntries(response.headers));
  to.end(body);
}

async function serve(
  simulator: FirefishSimulator,
  message: IncomingMessage,
  to: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  to.once('close', () => {
    gone.abort();
  });
  const request = await requestOf(message, gone.signal);
  const response = new URL(request.url).pathname.startsWith(CONTROL_PATH)
    ? await control(simulator, request)
    : await simulator.handle(request, message.socket.remoteAddress);
  await send(response, to);
}

/** Faults that cut the connection, and callers who have gone, end here. Anything else is our own error. */
function isCut(error: unknown, to: ServerResponse): boolean {
  const dropped = error instanceof TypeError && error.message === 'fetch failed';
  return to.destroyed || dropped || error instanceof BodyTooLargeError;
}

function server(simulator: FirefishSimulator): Server {
  const made = createServer((message, to) => {
    serve(simulator, message, to).catch((error: unknown) => {
      if (!isCut(error, to)) console.error('the Firefish simulator failed:', error);
      // A reset, not an orderly end: that is what a lost connection looks like from outside.
      message.socket.resetAndDestroy();
    });
  });
  refuseForeign(made);
  return made;
}

/** @param options `port` 0 or none: a free one. @throws StartError if the port cannot be used */
export async function startFirefishSimulator(
  simulator: FirefishSimulator,
  { port = 0 }: { port?: number } = {},
): Promise<RunningSimulator> {
  return listen(server(simulator), port);
}
