/** What an exchange with Firefish means for the call: pure, and the only place that reads status codes. */
import { RETRY_AFTER_UNSAID_MS, type Endpoint } from './assumptions.ts';
import { retryAfterMs } from './retry-after.ts';
import type { Exchange } from './transport.ts';

export type Outcome =
  /** 2xx: `body` is the parsed JSON, `undefined` where the body is empty. */
  | { kind: 'done'; status: number; body: unknown }
  /** 401: the token, or the right. */
  | { kind: 'unauthorised'; status: 401; message: string }
  | { kind: 'limited'; status: 429; waitMs: number }
  | { kind: 'missing'; status: 404; message: string }
  | { kind: 'refused'; status: number; message: string }
  /** Firefish is not well: nobody knows whether a write took effect. */
  | { kind: 'failed'; status: number | undefined; reason: string }
  /** Firefish was not reached: nothing took effect. */
  | { kind: 'unreached'; reason: string };

const MAX_MESSAGE = 500;
const NO_MESSAGE = 'no message';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(text: string): { ok: true; body: unknown } | { ok: false } {
  if (text.trim() === '') return { ok: true, body: undefined };
  try {
    return { ok: true, body: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

/** C: `{"Message"}`, or `{"Message","ModelState":{field:[…]}}`; bodies may be HTML (left out) or empty. */
export function firefishMessage(text: string): string {
  const parsed = parse(text);
  if (!parsed.ok) return /<\w/.test(text) ? NO_MESSAGE : text.trim().slice(0, MAX_MESSAGE);
  const { body } = parsed;
  if (typeof body === 'string') return body.slice(0, MAX_MESSAGE);
  if (!isObject(body)) return NO_MESSAGE;
  const said = [body['Message'], body['error_description'], body['error']]
    .filter((part) => typeof part === 'string')
    .slice(0, 1);
  const fields = isObject(body['ModelState'])
    ? Object.entries(body['ModelState']).map(([field, why]) => `${field}: ${JSON.stringify(why)}`)
    : [];
  const message = [...said, ...fields].join('; ');
  return message === '' ? NO_MESSAGE : message.slice(0, MAX_MESSAGE);
}

/** @param now epoch milliseconds, for a Retry-After that is a date */
export function classify(exchange: Exchange, endpoint: Pick<Endpoint, 'ofOneRecord'>, now: number): Outcome {
  if (exchange.kind === 'unsent') return { kind: 'unreached', reason: exchange.reason };
  if (exchange.kind === 'lost') return { kind: 'failed', status: undefined, reason: exchange.reason };
  const { status, headers, text } = exchange;
  if (status >= 200 && status < 300) {
    const parsed = parse(text);
    if (parsed.ok) return { kind: 'done', status, body: parsed.body };
    return { kind: 'failed', status, reason: 'the answer is not JSON' };
  }
  if (status === 401) return { kind: 'unauthorised', status, message: firefishMessage(text) };
  if (status === 429) {
    return { kind: 'limited', status, waitMs: retryAfterMs(headers, now) ?? RETRY_AFTER_UNSAID_MS };
  }
  if (status === 404 && endpoint.ofOneRecord)
    return { kind: 'missing', status, message: firefishMessage(text) };
  // 408: Firefish gave up waiting for the request, which says nothing about the request itself.
  if (status >= 400 && status < 500 && status !== 408) {
    return { kind: 'refused', status, message: firefishMessage(text) };
  }
  return { kind: 'failed', status, reason: `status ${status}` };
}
