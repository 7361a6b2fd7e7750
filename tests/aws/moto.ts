/** An AWS emulator: moto as a server on this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

/** The account that moto has. */
export const ACCOUNT = '123456789012';
export const REGION = 'eu-west-2';

export interface Moto {
  url: string;
  /** Calls a service without the proxy's check, for what the run itself prepares and reads. */
  ask(
    service: string,
    request: { path?: string; method?: string; headers?: object; body?: string },
  ): Promise<Response>;
  /** Asks an API of the query protocol; returns the first text within each of the elements. */
  query(service: string, action: Record<string, string>, ...elements: string[]): Promise<string[]>;
  stop(): void;
}

export async function startMoto(python: string, logFile: string): Promise<Moto> {
  const port = await freePort();
  const script = join(import.meta.dirname, 'tools/moto_server.py');
  const child = spawn(python, [script, '-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Moto's own policies are not used: the proxy decides.
    env: { PATH: process.env['PATH'], MOTO_IAM_LOAD_MANAGED_POLICIES: 'false', AWS_DEFAULT_REGION: REGION },
  });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(url, child);
  const ask: Moto['ask'] = (service, { path = '/', method = 'POST', headers = {}, body }) =>
    fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
  return {
    url,
    ask,
    query: async (service, action, ...elements) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const response = await ask(service, { headers, body: new URLSearchParams(action).toString() });
      const text = await response.text();
      return elements.map((element) => {
        const found = new RegExp(`<${element}>([^<]*)</${element}>`).exec(text)?.[1];
        if (found === undefined)
          throw new Error(`${service} ${action['Action'] ?? ''}: no ${element} in ${text}`);
        return found;
      });
    },
    stop: () => {
      child.kill('SIGKILL');
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await fetch(`${url}/moto-api/`);
      return;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error('moto does not start', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
