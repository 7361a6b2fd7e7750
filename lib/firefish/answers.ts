/**
 * What an answer of Firefish means: the only place that decides it (contract, rule 13). The body is believed, not the
 * status: a firewall or a load balancer in front answers with its own statuses. Firefish's own form is JSON as
 * documented: what the endpoint promises, or an object with `Message`.
 */
import { LONGEST_RETRY_AFTER_MS, RETRY_AFTER_UNSAID_MS } from '../times.ts';
import { TOKEN_PATH, type Endpoint } from './assumptions.ts';
import { retryAfterMs } from './retry-after.ts';
import { UnreadableError } from './rows.ts';
import type { Exchange } from './transport.ts';

export interface Asked<T> {
  endpoint: Endpoint;
  /** Reads what the endpoint promises off the body's JSON (`undefined` where it is empty). @throws UnreadableError */
  parse: (body: unknown) => T;
}

export type Answer<T> =
  | { kind: 'done'; status: number; value: T }
  /** Firefish said no for good, in its own words. `code` is OAuth's, of the token endpoint. */
  | { kind: 'refused'; status: number; words: string; code?: string }
  /** The record is not there any more. */
  | { kind: 'gone'; status: number; words: string }
  /** 409: someone else changes the record. */
  | { kind: 'conflicted'; status: number; words: string }
  | { kind: 'limited'; status: number; waitMs: number }
  /** 401: the token, or the right. */
  | { kind: 'unauthorised'; status: number; words: string }
  /** Nothing was done. */
  | { kind: 'failed'; status: number | undefined; reason: string }
  /** 403 or 404 from something in front of Firefish: nothing was done, and nothing is said about the request. */
  | { kind: 'outage'; status: number; reason: string }
  /** A write that may have been done. */
  | { kind: 'unknown'; status: number | undefined; reason: string };

type Body = { form: 'json'; value: unknown } | { form: 'empty' } | { form: 'other' };
type Complaint = { words: string; hasFields: boolean; code?: string };

const LONGEST_WORDS = 500;
const NO_WORDS = 'no message';

/** @param now epoch milliseconds, for a Retry-After that is a date */
export function readAnswer<T>(asked: Asked<T>, exchange: Exchange, now: number): Answer<T> {
  if (exchange.kind === 'unsent') return { kind: 'failed', status: undefined, reason: exchange.reason };
  if (exchange.kind === 'lost') return lost(asked.endpoint, undefined, exchange.reason);
  const { status, headers, text } = exchange;
  const body = readBody(text);
  if (status >= 200 && status < 300) return success(asked, status, body);
  if (status === 429) return { kind: 'limited', status, waitMs: waitMs(headers, now) };
  return problem(asked.endpoint, status, body);
}

function success<T>({ endpoint, parse }: Asked<T>, status: number, body: Body): Answer<T> {
  if (body.form === 'other') return lost(endpoint, status, 'the answer is not JSON');
  const said = complaint(body, endpoint);
  if (endpoint.promisesNothing) {
    if (said !== undefined) return refusal(endpoint, status, said);
    if (isForeign(body)) return lost(endpoint, status, 'the answer is not in the form of Firefish');
  }
  try {
    return { kind: 'done', status, value: parse(body.form === 'json' ? body.value : undefined) };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return said === undefined ? lost(endpoint, status, error.message) : refusal(endpoint, status, said);
  }
}

function problem(endpoint: Endpoint, status: number, body: Body): Exclude<Answer<never>, { kind: 'done' }> {
  const said = complaint(body, endpoint);
  const words = said?.words ?? NO_WORDS;
  const isHtml = body.form === 'other';
  if (status === 401 && !isToken(endpoint)) return { kind: 'unauthorised', status, words };
  // RFC 6749 wants words here; a bare 401 of the token endpoint still speaks of the credentials.
  if (status === 401 && !isHtml) return { kind: 'refused', status, words, ...codeOf(said) };
  if (status === 410 && endpoint.ofOneRecord) return { kind: 'gone', status, words };
  if (status === 409 && !isHtml) return { kind: 'conflicted', status, words };
  const isOutage = status === 401 || status === 403 || status === 404;
  if (said === undefined && isOutage)
    return { kind: 'outage', status, reason: `status ${status} in a foreign form` };
  // 408: Firefish gave up waiting for the request, which says nothing about the request itself.
  if (said === undefined || [408, 502, 503, 504].includes(status))
    return lost(endpoint, status, `status ${status}`);
  if (status >= 500) return { kind: 'failed', status, reason: `status ${status}` };
  if (status >= 400) return refusal(endpoint, status, said);
  return lost(endpoint, status, `status ${status}`);
}

/** No answer, or none that can be read: a read was not done, and of a write nobody knows. */
const lost = (
  endpoint: Endpoint,
  status: number | undefined,
  reason: string,
): Answer<never> & { kind: 'failed' | 'unknown' } => ({
  kind: endpoint.method === 'GET' || isToken(endpoint) ? 'failed' : 'unknown',
  status,
  reason,
});

function refusal(
  endpoint: Endpoint,
  status: number,
  said: Complaint,
): Answer<never> & { kind: 'refused' | 'gone' } {
  const { words } = said;
  return isGone(endpoint, status, said)
    ? { kind: 'gone', status, words }
    : { kind: 'refused', status, words, ...codeOf(said) };
}

const isToken = ({ path }: Endpoint): boolean => path === TOKEN_PATH;
const codeOf = ({ code }: Complaint | { code?: undefined } = {}): { code?: string } =>
  code === undefined ? {} : { code };

const ABSENT =
  /\b(?:does(?: not|n't) exist|do(?: not|n't) exist|no longer exists?|not (?:be )?found|no such|(?:been|was|is) deleted)\b/i;
const NO_SUCH_PATH = /\bno (?:http resource|action|type) was found\b/i;
const OTHER_SUBJECTS =
  /candidate|contact|company|companies|employer|owner|user|source|scope|field|e-?mail|address|type|status|path|resource/i;

/** Whether Firefish says that the very record that was called is not there, and not something that it refers to. */
function isGone({ name, ofOneRecord }: Endpoint, status: number, { words, hasFields }: Complaint): boolean {
  if (!ofOneRecord || hasFields || NO_SUCH_PATH.test(words)) return false;
  if (status === 404) return true;
  if (status >= 300 && status !== 400 && status !== 422) return false;
  const own = name.includes('/candidates/')
    ? /candidates?/gi
    : name.includes('/contacts/')
      ? /contacts?/gi
      : /company|companies/gi;
  return ABSENT.test(words) && !OTHER_SUBJECTS.test(words.replace(own, ''));
}

function readBody(text: string): Body {
  if (text.trim() === '') return { form: 'empty' };
  try {
    return { form: 'json', value: JSON.parse(text) };
  } catch {
    return { form: 'other' };
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const said = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

/**
 * C: `{"Message"}`, or `{"Message","ModelState":{field:[…]}}`; of the token endpoint RFC 6749's `error`. A load balancer
 * says `message` or nothing.
 */
function complaint(body: Body, endpoint: Endpoint): Complaint | undefined {
  if (body.form !== 'json' || !isObject(body.value)) return undefined;
  const { Message, ModelState, error, error_description: description } = body.value;
  const fields = isObject(ModelState)
    ? Object.entries(ModelState).map(([field, why]) => `${field}: ${JSON.stringify(why)}`)
    : [];
  const oauth = isToken(endpoint) && said(error) ? [said(description) ? description : error] : [];
  const parts = [...(said(Message) ? [Message] : oauth), ...fields];
  if (parts.length === 0) return undefined;
  return {
    words: parts.join('; ').slice(0, LONGEST_WORDS),
    hasFields: fields.length > 0,
    ...(isToken(endpoint) && said(error) ? { code: error } : {}),
  };
}

/** What gateways say in their own JSON, also with a 200: never seen of Firefish. */
const isForeign = (body: Body): boolean =>
  body.form === 'json' &&
  isObject(body.value) &&
  !('Ref' in body.value) &&
  ['message', 'error', 'errors'].some((name) => name in (body.value as object));

/** `Retry-After`: a longer wait is not believed, Firefish is asked again before. */
const waitMs = (headers: Headers, now: number): number =>
  Math.min(retryAfterMs(headers, now) ?? RETRY_AFTER_UNSAID_MS, LONGEST_RETRY_AFTER_MS);
