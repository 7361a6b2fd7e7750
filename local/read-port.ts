import { StartError } from './start-error.ts';

const DEFAULT_PORT = 4000;
const MAX_PORT = 65_535;

/** The port of the HTTP server, as `PORT` says; 0: a free one. @throws StartError */
export function readPort(variable: string | undefined): number {
  const text = variable?.trim() ?? '';
  // An empty variable is how shells say "unset".
  if (text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > MAX_PORT) {
    throw new StartError(
      `PORT: "${text}" is no port; write a number up to ${MAX_PORT}, or 0 for a free port`,
    );
  }
  return port;
}
