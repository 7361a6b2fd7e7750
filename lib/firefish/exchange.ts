/**
 * One HTTP exchange with Firefish, and what its answer means: the only place that decides it (contract, rule 13). The
 * body is believed, not the status: a firewall or a load balancer in front answers with its own statuses. Firefish's own
 * form is JSON as documented: what the endpoint promises, or an object with `Message`. Shapes are read with tolerance:
 * what we need must be there, the rest may be anything.
 */
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { LONGEST_RETRY_AFTER_MS, RETRY_AFTER_UNSAID_MS, SHORTEST_RETRY_AFTER_MS } from '../times.ts';
import { TOKEN_PATH, type Endpoint } from './assumptions.ts';
import {
  ConflictedError,
  FailedError,
  type FirefishError,
  NotFoundError,
  RefusedError,
  UnavailableError,
  UnknownOutcomeError,
} from './errors.ts';
import type { CompanyRecord, FirefishRecord } from './port.ts';

export interface Wire {
  fetch: typeof fetch;
  clock: Clock;
  timeoutMs: number;
  baseUrl: string;
}

interface HttpRequest<T> {
  endpoint: Endpoint;
  query?: Record<string, string> | undefined;
  headers: Record<string, string>;
  body?: string | FormData | undefined;
  /** Reads what the endpoint promises off the body's JSON (`undefined` where it is empty). @throws UnreadableError */
  parse: (body: unknown, status: number) => T;
}

interface Asked<T> extends Pick<HttpRequest<T>, 'endpoint' | 'parse'> {
  /** Epoch milliseconds. */
  sentAt: number;
}

export type Exchange =
  | { kind: 'answered'; status: number; headers: Headers; text: string }
  /** The request left, or may have; no whole answer came back. */
  | { kind: 'lost'; reason: string }
  /** Nothing can have reached Firefish. */
  | { kind: 'unsent'; reason: string };

export type Answer<T> =
  | { kind: 'done'; value: T }
  | { kind: 'limited'; status: number; waitMs: number }
  /** 401: the token, or the right. */
  | { kind: 'unauthorised'; status: number; words: string }
  | Failure;
interface Failure {
  kind: 'error';
  error: FirefishError;
  /** No call of the endpoint may leave for so long. */
  waitMs?: number;
}

/** Never throws: what can happen on a wire is an answer. */
export async function ask<T>(wire: Wire, request: HttpRequest<T>): Promise<Answer<T>> {
  const sentAt = wire.clock.now();
  const exchanged = await exchange(wire, request);
  return readAnswer({ ...request, sentAt }, exchanged, wire.clock.now());
}

/** The limit holds for all of it, the reading of the body included, and sleeps on the given clock. */
async function exchange<T>(
  { fetch: send, clock, timeoutMs, baseUrl }: Wire,
  { endpoint, query, headers, body }: HttpRequest<T>,
): Promise<Exchange> {
  const over = new AbortController();
  const answered = new AbortController();
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  const answer = async (): Promise<Exchange> => {
    const response = await send(baseUrl.replace(/\/+$/, '') + endpoint.path + search, {
      method: endpoint.method,
      headers: { accept: 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
      // A redirect would repeat a write, or show a page for people: neither is an answer.
      redirect: 'manual',
      signal: over.signal,
    });
    const text = await readText(response);
    return text === undefined
      ? { kind: 'lost', reason: 'the answer is too long' }
      : { kind: 'answered', status: response.status, headers: response.headers, text };
  };
  const limit = async (): Promise<Exchange> => {
    await clock.sleep(timeoutMs, answered.signal);
    return { kind: 'lost', reason: `no answer within ${timeoutMs} ms` };
  };
  try {
    return await Promise.race([answer().catch(unanswered), limit()]);
  } finally {
    answered.abort();
    over.abort();
  }
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

/** Failures that come before the first byte of a request: name not found, no route, connection or TLS refused. */
const BEFORE_SENDING =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/;

function unanswered(error: unknown): Exchange {
  const codes = errorCodes(error);
  const unsent = codes.length > 0 && codes.every((code) => BEFORE_SENDING.test(code));
  return { kind: unsent ? 'unsent' : 'lost', reason: codes[0] ?? 'connection lost' };
}

/** Node's fetch hides the socket's error in `cause`, and several of them (one per address tried) in `errors`. */
function errorCodes(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const several: unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  const hidden = 'cause' in error ? [error.cause, ...several] : several;
  return [...own, ...hidden.flatMap(errorCodes)];
}

/** `undefined`: the answer is empty. */
type Body = { value: unknown } | 'not JSON';
type Complaint = { words: string; parts: SaidPart[]; code: string | undefined };
/** What is said of a field (ModelState), or of the request as a whole. */
type SaidPart = { field?: string; text: string };

const LONGEST_WORDS = 500;

/** @param now epoch milliseconds, for a Retry-After that is a date */
export function readAnswer<T>(asked: Asked<T>, exchanged: Exchange, now: number): Answer<T> {
  const { endpoint, parse } = asked;
  if (exchanged.kind === 'unsent') return failed(endpoint, undefined, exchanged.reason);
  if (exchanged.kind === 'lost') return lost(asked, undefined, exchanged.reason);
  const { status, headers, text } = exchanged;
  const body = readBody(text);
  if (status === 429) {
    const wait = waitMs(headers, now);
    return isWrite(endpoint) && complaint(body, endpoint) === undefined
      ? { ...lost(asked, status, 'status 429 in a foreign form'), waitMs: wait }
      : { kind: 'limited', status, waitMs: wait };
  }
  if (status < 200 || status >= 300) return problem(asked, status, body);
  if (body === 'not JSON') return lost(asked, status, 'the answer is not JSON');
  const said = complaint(body, endpoint);
  if (endpoint.promisesNothing) {
    if (said !== undefined) return refusal(endpoint, status, said);
    if (isForeign(body.value)) return lost(asked, status, 'the answer is not in the form of Firefish');
  }
  try {
    return { kind: 'done', value: parse(body.value, status) };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return said === undefined ? lost(asked, status, error.message) : refusal(endpoint, status, said);
  }
}

function problem(asked: Asked<unknown>, status: number, body: Body): Answer<never> {
  const { endpoint } = asked;
  const facts = { endpoint: endpoint.name, status };
  const said = complaint(body, endpoint);
  const words = said?.words ?? 'no message';
  // Firefish's own 401 and 409 may be empty.
  const isOwn = said !== undefined || (body !== 'not JSON' && body.value === undefined);
  if (status === 401 && !isToken(endpoint) && (isOwn || !isWrite(endpoint)))
    return { kind: 'unauthorised', status, words };
  // RFC 6749 wants words here; a bare 401 of the token endpoint still speaks of the credentials.
  if (status === 401 && isToken(endpoint) && body !== 'not JSON')
    return failure(new RefusedError(words, facts, said?.code));
  if (status === 410 && endpoint.ofOneRecord)
    return failure(new NotFoundError(`gone: ${facts.endpoint}`, facts));
  if (status === 409 && isOwn) return failure(new ConflictedError(words, facts));
  // 408: Firefish gave up waiting for the request, which says nothing about the request itself.
  if (said === undefined || status < 400 || [408, 502, 503, 504].includes(status))
    return lost(asked, status, `status ${status}`);
  if (status >= 500) return failed(endpoint, status, `status ${status}`);
  return refusal(endpoint, status, said);
}

const failure = (error: FirefishError): Failure => ({ kind: 'error', error });

function failed({ name, method }: Endpoint, status: number | undefined, reason: string): Failure {
  const OwnError = method === 'POST' ? FailedError : UnavailableError;
  return failure(new OwnError(`failed: ${name}: ${reason}`, { endpoint: name, status }));
}

/** No answer, or none that can be read: a read was not done, and of a write nobody knows. */
function lost({ endpoint, sentAt }: Asked<unknown>, status: number | undefined, reason: string): Failure {
  if (!isWrite(endpoint)) return failed(endpoint, status, reason);
  const { name } = endpoint;
  const facts = { endpoint: name, status };
  return failure(new UnknownOutcomeError(`the answer was lost: ${name}: ${reason}`, sentAt, facts));
}

function refusal(endpoint: Endpoint, status: number, said: Complaint): Failure {
  const facts = { endpoint: endpoint.name, status };
  return failure(
    isGone(endpoint, status, said)
      ? new NotFoundError(`gone: ${facts.endpoint}`, facts)
      : new RefusedError(said.words, facts, said.code),
  );
}

const isWrite = (endpoint: Endpoint): boolean => endpoint.method !== 'GET' && !isToken(endpoint);
const isToken = ({ path }: Endpoint): boolean => path === TOKEN_PATH;

const ABSENT =
  /\b(?:does(?: not|n't) exist|do(?: not|n't) exist|no longer exists?|not (?:be )?found|no such|no own .*\b(?:exists?|found|with)|(?:been|was|is) deleted)\b/i;
const NO_SUCH_PATH = /\bno (?:http resource|action|type) was found\b/i;
const OTHER_SUBJECTS =
  /candidate|contact|company|companies|employer|owner|user|source|scope|field|e-?mail|address|type|status|path|resource/i;
/** Fields of ModelState that are the record which was called, its own name left out. */
const OWN_REF = /^(?:own|record|model|request)?\.?(?:own)?(?:ref|id)?$/i;

/** Whether Firefish says that the very record that was called is not there, and not something that it refers to. */
function isGone({ name, ofOneRecord }: Endpoint, status: number, { words, parts }: Complaint): boolean {
  if (!ofOneRecord || NO_SUCH_PATH.test(words)) return false;
  if (status >= 300 && ![400, 404, 422].includes(status)) return false;
  const own = name.includes('/candidates/')
    ? /candidates?/gi
    : name.includes('/contacts/')
      ? /contacts?/gi
      : /company|companies/gi;
  return parts.some(({ field, text }) => {
    if (field === undefined && status === 404) return true;
    if (field !== undefined && !OWN_REF.test(field.replace(own, 'own'))) return false;
    const said = text.replace(own, 'own').replace(/\brecord\b/gi, 'own');
    return (status === 404 || ABSENT.test(said)) && !OTHER_SUBJECTS.test(said);
  });
}

function readBody(text: string): Body {
  try {
    return { value: text.trim() === '' ? undefined : JSON.parse(text) };
  } catch {
    return 'not JSON';
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

/**
 * C: `{"Message"}`, or `{"Message","ModelState":{field:[…]}}`; of the token endpoint RFC 6749's `error`. A load balancer
 * says `message` or nothing.
 */
function complaint(body: Body, endpoint: Endpoint): Complaint | undefined {
  if (body === 'not JSON' || !isObject(body.value)) return undefined;
  const { Message, ModelState, error, error_description: description } = body.value;
  const fields = isObject(ModelState)
    ? Object.entries(ModelState).map(([field, why]) => ({ field, text: JSON.stringify(why) }))
    : [];
  const code = isToken(endpoint) && isText(error) ? error : undefined;
  const said = isText(Message) ? Message : code !== undefined && isText(description) ? description : code;
  const all = [
    ...(said === undefined ? [] : [said]),
    ...fields.map(({ field, text: why }) => `${field}: ${why}`),
  ];
  if (all.length === 0) return undefined;
  return {
    words: all.join('; ').slice(0, LONGEST_WORDS),
    // Where fields are named, they say what the message is about.
    parts: fields.length > 0 ? fields : all.map((text) => ({ text })),
    code,
  };
}

/** What gateways say in their own JSON, also with a 200: never seen of Firefish. */
const isForeign = (value: unknown): boolean =>
  isObject(value) && !('Ref' in value) && ['message', 'error', 'errors'].some((name) => name in value);

/**
 * `Retry-After`, seconds or an HTTP date (RFC 9110, section 10.2.3). A date is read against the answer's own `Date`,
 * since clocks differ; a longer wait is not believed, Firefish is asked again before.
 */
function waitMs(headers: Headers, now: number): number {
  const said = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(said)) return bounded(Number(said) * 1000);
  const until = Date.parse(said);
  if (Number.isNaN(until)) return RETRY_AFTER_UNSAID_MS;
  const theirNow = Date.parse(headers.get('date') ?? '');
  // HTTP dates are cut to whole seconds, so that either may mean almost a second later.
  return bounded(until + 1000 - (Number.isNaN(theirNow) ? now : theirNow));
}

/** With none at all a call would be repeated without a pause. */
const bounded = (milliseconds: number): number =>
  Math.min(Math.max(Math.ceil(milliseconds), SHORTEST_RETRY_AFTER_MS), LONGEST_RETRY_AFTER_MS);

/** An answer came, but is not what it should be. */
export class UnreadableError extends Error {
  override name = 'UnreadableError';
}

/**
 * Numbers have been seen as text in other APIs of that age: a Ref is a Ref. One beyond 2^53 would be rounded to another
 * record's: `z.int()` refuses it, since what is rounded is not safe either.
 */
const ref = z.union([
  z.int().positive(),
  z
    .string()
    .regex(/^[1-9]\d*$/)
    .transform(Number)
    .pipe(z.int().positive()),
]);
/** A reference to another record: none where it is 0 or empty. */
const optionalRef = z.union([z.literal([0, '']).transform(() => null), ref]).nullish();
const text = z.string().nullish();

const created = z.looseObject({ Ref: ref });
const record = created.extend({
  ...{ EmailAddress: text, IsArchived: z.boolean().nullish(), CompanyRef: optionalRef },
  ...{ Created: text, Updated: text },
});
const company = created.extend({
  Name: text.transform((name) => name ?? ''),
  IsArchived: z.boolean().nullish(),
  Updated: text,
});
/** C: "A bare array, or {"Results":[…],"TotalPages":n,"TotalCount":n}; candidate arrays nested one level". */
const page = z
  .union([
    z.array(z.unknown()).transform((rows) => ({ Results: rows, TotalPages: null, TotalCount: null })),
    z.looseObject({
      Results: z.array(z.unknown()),
      TotalPages: z.number().nullish(),
      TotalCount: z.number().nullish(),
    }),
  ])
  .transform(({ Results, TotalPages, TotalCount }) => ({
    ...{ rows: Results.flat(), totalPages: TotalPages ?? undefined, totalCount: TotalCount ?? undefined },
  }));

export interface SearchPage<Row = unknown> {
  rows: Row[];
  /** Only where the answer says so. */
  totalPages: number | undefined;
  totalCount: number | undefined;
}

/** @throws UnreadableError */
const reader =
  <T>(schema: z.ZodType<T>, what: string) =>
  (body: unknown): T => {
    const result = schema.safeParse(body);
    if (result.success) return result.data;
    // Paths only: values may be personal.
    const where = result.error.issues.map((issue) => issue.path.join('.') || 'the answer').join(', ');
    throw new UnreadableError(`${what} has another shape than expected at ${where}`);
  };

// JSON has no undefined: what is absent is absent, as the port's optional fields have it.
export const readRecord = reader(record, 'the record') as (body: unknown) => FirefishRecord;
export const readCompany = reader(company, 'the company') as (body: unknown) => CompanyRecord;
export const readAction = reader(created, 'the action');
export const readCreated = reader(
  created.transform(({ Ref }) => Ref),
  'the answer to a creation',
);
export const readPage: (body: unknown) => SearchPage = reader(page, 'the search result');
