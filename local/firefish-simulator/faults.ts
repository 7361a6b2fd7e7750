/** What goes wrong and when: each fault waits for the requests that it is meant for. */
import { json, usualBody } from './answers.ts';

export type FaultKind =
  /** Answer this, do nothing. A text is sent as it is; without a body, the usual one of that status. */
  | { kind: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
  /** 502 with an HTML body, do nothing. */
  | { kind: 'html' }
  /** Connection reset before / after the request took effect. */
  | { kind: 'drop-before' }
  | { kind: 'drop-after' }
  /** Never answer (until aborted), request not done / done. */
  | { kind: 'hang-before' }
  | { kind: 'hang-after' }
  /** Done, 200 with an unreadable body. */
  | { kind: 'garbage-after' }
  /** Done, answered late. */
  | { kind: 'slow'; ms: number }
  /** 429 with this Retry-After: seconds or an HTTP date, as it is. */
  | { kind: 'rate-limit'; retryAfter: string };

export type Fault = FaultKind & {
  /** `PATCH /candidates/{ref}`; default any. */
  endpoint?: string | RegExp;
  /** Default anyone's. */
  clientId?: string;
  /** How many requests it strikes; default 1. */
  times?: number;
};

export class FaultPlan {
  #faults: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  /** @param clientId only the faults meant for this one; default all */
  clear(clientId?: string): void {
    this.#faults =
      clientId === undefined ? [] : this.#faults.filter(({ fault }) => fault.clientId !== clientId);
  }

  /** The oldest fault that is meant for this request, which uses it up once. */
  take(endpoint: string, clientId: string | undefined): Fault | undefined {
    if (this.#faults.length === 0) return undefined;
    const entry = this.#faults.find(({ fault }) => isMeant(fault, endpoint, clientId));
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.#faults = this.#faults.filter((other) => other !== entry);
    return entry.fault;
  }
}

function isMeant(fault: Fault, endpoint: string, clientId: string | undefined): boolean {
  if (fault.clientId !== undefined && fault.clientId !== clientId) return false;
  if (fault.endpoint === undefined) return true;
  // `search`, not `test`: a pattern with the flag `g` would remember where it stopped.
  return typeof fault.endpoint === 'string'
    ? fault.endpoint === endpoint
    : endpoint.search(fault.endpoint) !== -1;
}

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>';

/** The answer of a fault that answers without doing anything. */
export function faultAnswer(fault: FaultKind): Response | undefined {
  switch (fault.kind) {
    case 'status': {
      const { status, body = usualBody(status), headers = {} } = fault;
      const empty = [204, 205, 304].includes(status);
      if (empty || typeof body === 'string') {
        return new Response(empty ? null : String(body), { status, headers });
      }
      return json(body, status, headers);
    }
    case 'html':
      return new Response(HTML, { status: 502, headers: { 'content-type': 'text/html' } });
    case 'rate-limit':
      return json({ Message: 'API calls quota exceeded.' }, 429, { 'retry-after': fault.retryAfter });
    case 'drop-before':
    case 'drop-after':
    case 'hang-before':
    case 'hang-after':
    case 'garbage-after':
    case 'slow':
      return undefined;
  }
}

export const unreadable = (): Response =>
  new Response('{"Ref":', { status: 200, headers: { 'content-type': 'application/json' } });
