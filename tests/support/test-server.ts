/** The functions behind a real HTTP server, as `npm start` opens it, for tests about HTTP. */
import type { Context } from 'aws-lambda';
import { openHttpServer } from '../../local/http/http-server.ts';
import { makeFunction } from '../../local/stack/local-function.ts';

type Handler = (event: never, context: Context) => unknown;

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

export interface TestServer {
  url: string;
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface SendOptions {
  headers?: Record<string, string>;
  /** Text and bytes as they are, anything else as JSON. */
  body?: unknown;
}

/** @param routes the handler of each route, such as `GET /v1/events/{eventId}` */
export async function openServer(routes: Readonly<Record<string, Handler>>): Promise<TestServer> {
  const deployed = Object.entries(routes).map(([route, handler]) => {
    const [method = '', path = ''] = route.split(' ');
    const target = makeFunction(
      { name: route, timeoutMs: 20_000, memoryMb: 128 },
      handler as (event: unknown, context: Context) => unknown,
    );
    return { route: { method, path, functionName: route }, target };
  });
  const server = await openHttpServer({
    port: 0,
    routes: deployed.map(({ route }) => route),
    functions: new Map(deployed.map(({ target }) => [target.name, target])),
    onError: (message) => {
      throw new Error(message);
    },
  });
  return {
    url: server.url,
    async send(method, path, { headers = {}, body } = {}) {
      const response = await fetch(server.url + path, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: encode(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
    },
    close: () => server.close(),
  };
}

const encode = (body: unknown): string | Uint8Array<ArrayBuffer> =>
  typeof body === 'string' ? body : body instanceof Uint8Array ? Uint8Array.from(body) : JSON.stringify(body);

export const basic = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) => ({
  authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
});
