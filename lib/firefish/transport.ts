/** One HTTP exchange with Firefish, with a time limit on all of it, the reading of the body included. */
import type { Clock } from '../clock.ts';

interface HttpRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | FormData;
}

export type Exchange =
  | { kind: 'answered'; status: number; headers: Headers; text: string }
  /** The request left, or may have; no whole answer came back. */
  | { kind: 'lost'; reason: string }
  /** Nothing can have reached Firefish. */
  | { kind: 'unsent'; reason: string };

export interface TransportDeps {
  fetch: typeof fetch;
  clock: Clock;
  timeoutMs: number;
}

/** Failures that come before the first byte of a request: name not found, no route, connection or TLS refused. */
const BEFORE_SENDING =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/;

/** Node's fetch hides the socket's error in `cause`, and several of them (one per address tried) in `errors`. */
function errorCodes(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const several: unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  const hidden = 'cause' in error ? [error.cause, ...several] : several;
  return [...own, ...hidden.flatMap(errorCodes)];
}

function failure(error: unknown): Exchange {
  const codes = errorCodes(error);
  const unsent = codes.length > 0 && codes.every((code) => BEFORE_SENDING.test(code));
  return { kind: unsent ? 'unsent' : 'lost', reason: codes[0] ?? 'connection lost' };
}

/** More than 1,000 rows take; counted after decompression, since a small answer can hide a huge one. */
const LONGEST_ANSWER_BYTES = 10 * 1024 * 1024;

/** `undefined` where it is too long: the rest is not read. */
async function readText(response: Response): Promise<string | undefined> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the stream, and with it the connection.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > LONGEST_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/**
 * Never throws: what can happen on a wire is an answer here. The limit sleeps on the given clock, so that it
 * also holds where time is simulated, and aborts the request when it is over.
 */
export async function exchange(deps: TransportDeps, request: HttpRequest): Promise<Exchange> {
  const over = new AbortController();
  const answered = new AbortController();
  const answer = async (): Promise<Exchange> => {
    const response = await deps.fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      // A redirect would repeat a write, or show a page for people: neither is an answer.
      redirect: 'manual',
      signal: over.signal,
    });
    const { status, headers } = response;
    const text = await readText(response);
    return text === undefined
      ? { kind: 'lost', reason: 'the answer is too long' }
      : { kind: 'answered', status, headers, text };
  };
  const limit = async (): Promise<Exchange> => {
    await deps.clock.sleep(deps.timeoutMs, answered.signal);
    return { kind: 'lost', reason: `no answer within ${deps.timeoutMs} ms` };
  };
  try {
    return await Promise.race([answer().catch(failure), limit()]);
  } finally {
    answered.abort();
    over.abort();
  }
}
