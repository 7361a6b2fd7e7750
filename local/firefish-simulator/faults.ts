/** What goes wrong and when: each fault waits for the requests that it matches. */
import { gzipSync } from 'node:zlib';
import type { Clock } from '../../lib/clock.ts';
import { json, usualBody } from './answers.ts';

/** The answer that the caller gets instead of Firefish's. */
type Instead = {
  /** Whether the request takes effect in spite of the fault, or how many milliseconds later; default false. */
  applied?: boolean | number;
} & (
  | /** A text is sent unchanged, anything else as JSON. Default: the usual body of that status. */
    { kind: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
    /** A page of a load balancer or firewall; the status is 502 by default. */
  | { kind: 'html'; status?: number }
  /** 200 with JSON that is cut short. */
  | { kind: 'garbage' }
  /** 429 with this Retry-After, sent as it is: seconds, an HTTP date, or nonsense. */
  | { kind: 'rate-limit'; retryAfter: string }
  /** A gzip answer of a few kilobytes that is this long once it is decompressed. */
  | { kind: 'bomb'; megabytes: number }
  /** The connection is reset. */
  | { kind: 'drop' }
  /** No answer until the caller gives up. */
  | { kind: 'hang' }
);

/** Firefish's own answer, late or changed; the request always takes effect. */
type Changed =
  | { kind: 'slow'; ms: number }
  /**
   * Every field of this name has this JSON text as its value, or is left out:
   * `{"name":"Ref","json":"9007199254740993"}`.
   */
  | { kind: 'field'; name: string; json?: string }
  /** Right after a search's answer its first row is deleted, so that the next pages shift. */
  | { kind: 'row-deleted' };

export type FaultKind = Instead | Changed;

export type Fault = FaultKind & {
  /** Method and path template, `PATCH /candidates/{ref}`; default any. */
  endpoint?: string | RegExp;
  /** Default any. */
  clientId?: string;
  /** How many requests it affects; default 1, or all of them if `forMs` is given. */
  times?: number;
  /** How many milliseconds after it was added it ends. */
  forMs?: number;
};

export class FaultPlan {
  readonly #clock: Clock;
  #faults: { fault: Fault; left: number; endsAt: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(fault: Fault): void {
    const { forMs = Infinity, times = forMs === Infinity ? 1 : Infinity } = fault;
    this.#faults.push({ fault, left: times, endsAt: this.#clock.now() + forMs });
  }

  /** @param clientId only the faults of this one; default all */
  clear(clientId?: string): void {
    this.#faults =
      clientId === undefined ? [] : this.#faults.filter(({ fault }) => fault.clientId !== clientId);
  }

  /** The oldest fault that matches this request, which uses it up once. */
  take(endpoint: string, clientId: string | undefined): Fault | undefined {
    if (this.#faults.length === 0) return undefined;
    const now = this.#clock.now();
    this.#faults = this.#faults.filter(({ left, endsAt }) => left > 0 && now < endsAt);
    const entry = this.#faults.find(({ fault }) => matches(fault, endpoint, clientId));
    if (entry !== undefined) entry.left -= 1;
    return entry?.fault;
  }
}

function matches(fault: Fault, endpoint: string, clientId: string | undefined): boolean {
  if (fault.clientId !== undefined && fault.clientId !== clientId) return false;
  if (fault.endpoint === undefined) return true;
  // `search`, not `test`: a pattern with the flag `g` would remember where it stopped.
  return typeof fault.endpoint === 'string'
    ? fault.endpoint === endpoint
    : endpoint.search(fault.endpoint) !== -1;
}

const connectionReset = (): TypeError =>
  new TypeError('fetch failed', {
    cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  });

/** Rejects with the request's reason as soon as it is aborted, and never before. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => {
      reject(signal.reason as Error); // What the caller aborted with is what fetch would throw.
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

function statusAnswer(status: number, body: unknown, headers: Record<string, string>): Response {
  const isEmpty = [204, 205, 304].includes(status);
  if (isEmpty || typeof body === 'string') {
    return new Response(isEmpty ? null : String(body), { status, headers });
  }
  return json(body, status, headers);
}

/** Concatenated gzip members decompress to one long body, so that the bomb costs the simulator nothing. */
function bomb(megabytes: number): Response {
  const member = gzipSync(Buffer.alloc(1024 * 1024, ' '));
  const body = Buffer.concat([...Array<Buffer>(megabytes).fill(member), gzipSync('{}')]);
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  return new Response(new Uint8Array(body), { headers });
}

const page = (status: number): string =>
  `<html><head><title>${status}</title></head><body><h1>${status}</h1><hr>gateway</body></html>`;

/** @throws what fetch throws, if there is no answer */
function answerInstead(fault: Instead, signal: AbortSignal): Response | Promise<never> {
  switch (fault.kind) {
    case 'status':
      return statusAnswer(fault.status, fault.body ?? usualBody(fault.status), fault.headers ?? {});
    case 'html': {
      const { status = 502 } = fault;
      return new Response(page(status), { status, headers: { 'content-type': 'text/html' } });
    }
    case 'garbage':
      return new Response('{"Ref":', { headers: { 'content-type': 'application/json' } });
    case 'rate-limit':
      return json(usualBody(429), 429, { 'retry-after': fault.retryAfter });
    case 'bomb':
      return bomb(fault.megabytes);
    case 'drop':
      throw connectionReset();
    case 'hang':
      return aborted(signal);
  }
}

const PLACEHOLDER = '\u0000field\u0000';

/** The answer with another value in every field of this name; `undefined`: without the field. */
async function withField(answer: Response, name: string, text: string | undefined): Promise<Response> {
  const { status, headers } = answer;
  const put = text === undefined ? undefined : PLACEHOLDER;
  const changed = JSON.stringify(await answer.json(), (key, value: unknown) => (key === name ? put : value));
  headers.delete('content-length');
  return new Response(changed.replaceAll(JSON.stringify(PLACEHOLDER), text ?? ''), { status, headers });
}

/** What a fault needs from the simulator. */
export interface FaultyRequest {
  signal: AbortSignal;
  sleep: Clock['sleep'];
  /** Lets the request take effect, and gives Firefish's own answer. */
  apply: () => Response;
  /** Deletes a record of the collection that was searched. */
  deleteRow: (ref: number) => void;
}

/** The first `Ref` in an answer, of whatever shape. */
function firstRef(body: unknown): number | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  if ('Ref' in body) return Number(body.Ref);
  for (const part of Object.values(body)) {
    const ref = firstRef(part);
    if (ref !== undefined) return ref;
  }
  return undefined;
}

/** The answer to a request that a fault affects. @throws what fetch throws, if there is none */
export async function faultyAnswer(fault: FaultKind, request: FaultyRequest): Promise<Response> {
  switch (fault.kind) {
    case 'slow': {
      const answer = request.apply();
      await request.sleep(fault.ms, request.signal);
      request.signal.throwIfAborted();
      return answer;
    }
    case 'field':
      return withField(request.apply(), fault.name, fault.json);
    case 'row-deleted': {
      const answer = request.apply();
      const ref = firstRef(await answer.clone().json());
      if (ref !== undefined) request.deleteRow(ref);
      return answer;
    }
    case 'status':
    case 'html':
    case 'garbage':
    case 'rate-limit':
    case 'bomb':
    case 'drop':
    case 'hang':
      if (fault.applied === true) request.apply();
      else if (typeof fault.applied === 'number') void request.sleep(fault.applied).then(request.apply);
      return answerInstead(fault, request.signal);
  }
}
