import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartError } from '../start-error.ts';

export interface RunningServer {
  url: string;
  port: number;
  /** Accepts no new connection, closes idle ones, waits for active ones for `graceMs`, then closes them. */
  close(graceMs?: number): Promise<void>;
}

const DEFAULT_GRACE_MS = 0;
/** Senders that keep a connection open longer than this without a request lose it. */
const KEEP_ALIVE_MS = 65_000;

/** On 127.0.0.1 only. Port 0: a free one. @throws StartError if the port cannot be used */
export async function listen(server: Server, port: number): Promise<RunningServer> {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(portError(port, error));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  // A TCP server's address is never a string.
  const actual = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${actual}`,
    port: actual,
    close: (graceMs = DEFAULT_GRACE_MS) => close(server, graceMs),
  };
}

function portError(port: number, { code, message }: NodeJS.ErrnoException): StartError {
  if (code === 'EADDRINUSE') {
    return new StartError(
      `port ${port} is in use; stop the program that uses it, or set PORT to another port`,
    );
  }
  if (code === 'EACCES') return new StartError(`port ${port} needs privileges; set PORT to 1024 or more`);
  return new StartError(`port ${port} can't be used (${message}); set PORT to another port`);
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) =>
    server.close(() => {
      resolve();
    }),
  );
  server.closeIdleConnections();
  const cut = setTimeout(() => {
    server.closeAllConnections();
  }, graceMs);
  await closed;
  clearTimeout(cut);
}
