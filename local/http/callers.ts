/**
 * Only programs on this machine can call the local servers. A browser sends any page's requests to 127.0.0.1, and a DNS
 * name can be made to lead there. So a foreign `Host`, `Origin` or `Sec-Fetch-Site` is refused.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIP } from 'node:net';

/** The pages that can call a server, besides its own. */
export interface OwnPages {
  /** Origins such as `http://127.0.0.1:4000`. */
  origins: readonly string[];
  /** Whether any page can send the person there, as for signing in. */
  isNavigable: boolean;
}

/** Neither a page nor a foreign name for this machine. */
export const isFromThisMachine = (request: IncomingMessage): boolean => isOwnCaller(request);

function isOwnCaller({ method, socket, headers }: IncomingMessage, pages?: OwnPages): boolean {
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  if (!isLoopback(socket.remoteAddress ?? '') || !isLoopbackHost(host)) return false;
  if (pages === undefined) return origin === undefined && (site === undefined || site === 'none');
  if (origin !== undefined && pages.origins.includes(origin)) return true;
  // Pages cannot set this header themselves, so its value can be trusted.
  if (site === 'same-origin' || site === 'none') return true;
  if (site === undefined) return origin === undefined || origin === `http://${host}`;
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = headers;
  return pages.isNavigable && method === 'GET' && mode === 'navigate' && destination === 'document';
}

function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || isLoopback(name);
}

const isLoopback = (address: string): boolean =>
  isIP(address) !== 0 && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(address);

/** Adds the check before every handler of the server. @param pages called for each request; none: no page at all */
export function refuseForeign(server: Server, pages?: () => OwnPages): void {
  const handlers = server.listeners('request') as ((
    request: IncomingMessage,
    response: ServerResponse,
  ) => unknown)[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (isOwnCaller(request, pages?.())) {
      for (const handler of handlers) handler.call(server, request, response);
      return;
    }
    // Without keep-alive, since the body is not read.
    response.writeHead(403, { 'content-type': 'application/json', connection: 'close' });
    response.end(
      '{"Message":"Only programs on this machine may call, by 127.0.0.1 or localhost; no web page may."}',
    );
  });
}
