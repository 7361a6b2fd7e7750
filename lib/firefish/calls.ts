/**
 * One call to Firefish with everything that stands around it: the breaker, the shared token, the shared
 * limiter, the time limit, and what its ending means for whoever called.
 */
import type { Clock } from '../clock.ts';
import type { Endpoint } from './assumptions.ts';
import type { Breaker, Permit } from './breaker.ts';
import { classify, type Outcome } from './classify.ts';
import { LimitedError } from './endpoint-limiter.ts';
import {
  FirefishError,
  NotFoundError,
  NotNowError,
  RefusedError,
  UnavailableError,
  UnknownOutcomeError,
} from './errors.ts';
import type { Gate } from './gate.ts';
import type { Limiter } from './limiter.ts';
import type { SharedToken, Token } from './shared-token.ts';
import { exchange, type TransportDeps } from './transport.ts';

export interface Call {
  endpoint: Endpoint;
  /** A function is asked as the request leaves, each time it does. */
  query?: Record<string, string> | (() => Record<string, string>);
  body?: unknown;
  /** Epoch milliseconds after which the request must not leave. */
  startBy?: number | undefined;
}

interface CallsDeps extends TransportDeps {
  baseUrl: string;
  clock: Clock;
  breaker: Breaker;
  gate: Gate;
  limiter: Limiter;
  token: SharedToken;
  maxWaitMs: number;
}

/** Thrown by a call's `parse`: the answer came, but is not what it should be. */
export class UnreadableError extends Error {
  override name = 'UnreadableError';
}

/** Surprise 429s that a call survives where Firefish asks for no more than a short wait. */
const MAX_REPEATS = 2;
/** A 401 for a token younger than this says nothing about the token. */
const FRESH_TOKEN_MS = 60_000;
/** So many 401s in a row of one endpoint, with fresh tokens, mean that the right is missing. */
const UNAUTHORISED_TO_REFUSE = 3;
const UNAUTHORISED_PAUSE_MS = 60_000;

export class Calls {
  readonly #deps: CallsDeps;
  /** 401s in a row with fresh tokens, by endpoint. */
  readonly #unauthorised = new Map<string, number>();
  /** Failed token requests that the breaker knows of. */
  readonly #counted = new WeakSet<Error>();

  constructor(deps: CallsDeps) {
    this.#deps = deps;
  }

  /**
   * @param parse makes the answer's JSON (`undefined` for an empty body) into the result
   * @throws every class of errors.ts
   */
  async do<T>(call: Call, parse: (body: unknown) => T): Promise<T> {
    const permit = await this.#deps.breaker.enter(call.endpoint.name);
    try {
      return await this.#untilDone(call, permit, parse);
    } finally {
      await this.#deps.breaker.left(permit);
    }
  }

  async #untilDone<T>(call: Call, permit: Permit, parse: (body: unknown) => T): Promise<T> {
    const state = { repeats: 0, refused: undefined as Token | undefined };
    for (;;) {
      const token = await this.#token(permit);
      const answered = await this.#place(call);
      const sentAt = this.#deps.clock.now();
      const sent = await this.#send(call, token);
      answered();
      const outcome = readable(sent, parse);
      if (outcome.kind === 'unauthorised') {
        if (await this.#renewed(call, token, state)) continue;
        throw await this.#unauthorisedError(call, outcome);
      }
      if (outcome.kind === 'limited') {
        await this.#deps.limiter.block(call.endpoint.name, outcome.waitMs);
        state.repeats += 1;
        if (outcome.waitMs <= this.#deps.maxWaitMs && state.repeats <= MAX_REPEATS) continue;
        throw await this.#notNow(call, this.#deps.clock.now() + outcome.waitMs, outcome.status);
      }
      if (outcome.kind === 'failed' || outcome.kind === 'unreached') await this.#deps.breaker.failed(permit);
      else await this.#deps.breaker.succeeded(permit, sentAt);
      this.#unauthorised.delete(call.endpoint.name);
      if (outcome.kind === 'parsed') return outcome.value;
      throw failure(call, outcome, sentAt);
    }
  }

  async #token(permit: Permit): Promise<Token> {
    try {
      return await this.#deps.token.get();
    } catch (error) {
      // Refused credentials have told the breaker themselves; several calls may have waited for one request.
      if (error instanceof UnavailableError && !this.#counted.has(error)) {
        this.#counted.add(error);
        await this.#deps.breaker.failed(permit);
      }
      throw error;
    }
  }

  /** Waits for the instant at which the call may leave. Answers what to call when its answer is there. */
  async #place({ endpoint, startBy }: Call): Promise<() => void> {
    const now = this.#deps.clock.now();
    const patience = Math.min(now + this.#deps.maxWaitMs, startBy ?? Infinity);
    try {
      return await this.#deps.limiter.acquire(endpoint.name, patience);
    } catch (error) {
      if (!(error instanceof LimitedError)) throw error;
      // A call that only its own deadline keeps from waiting says nothing about the limits.
      const long = error.at > now + this.#deps.maxWaitMs;
      throw long
        ? await this.#notNow({ endpoint }, error.at, undefined, error.opensAt)
        : new NotNowError('limit', error.at, { endpoint: endpoint.name });
    }
  }

  async #send({ endpoint, query, body }: Call, token: Token): Promise<Outcome> {
    const { baseUrl, clock } = this.#deps;
    const parameters = typeof query === 'function' ? query() : query;
    const search = parameters === undefined ? '' : `?${new URLSearchParams(parameters).toString()}`;
    const answer = await exchange(this.#deps, {
      method: endpoint.method,
      url: baseUrl.replace(/\/+$/, '') + endpoint.path + search,
      headers: {
        authorization: `Bearer ${token.value}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return classify(answer, endpoint, clock.now());
  }

  /** After a 401: whether the call has another token to try. Only the first token of a call is held to be stale. */
  async #renewed({ endpoint }: Call, token: Token, state: { refused: Token | undefined }): Promise<boolean> {
    if (state.refused !== undefined) return false;
    state.refused = token;
    // An endpoint that has just refused a fresh token must not burn another one with every call.
    const young = this.#deps.clock.now() - token.fetchedAt < FRESH_TOKEN_MS;
    if (young && this.#unauthorised.has(endpoint.name)) return false;
    await this.#deps.token.discard(token);
    return true;
  }

  /**
   * A 401 with a fresh token: perhaps a moment's confusion, perhaps a missing right (A: the help centre speaks
   * of 401 for it). Only what keeps coming back is a refusal.
   */
  async #unauthorisedError(
    { endpoint }: Call,
    { status, message }: Extract<Outcome, { kind: 'unauthorised' }>,
  ): Promise<FirefishError> {
    const count = (this.#unauthorised.get(endpoint.name) ?? 0) + 1;
    this.#unauthorised.set(endpoint.name, count);
    const facts = { endpoint: endpoint.name, status };
    if (count >= UNAUTHORISED_TO_REFUSE) return new RefusedError(message, facts);
    const until = this.#deps.clock.now() + UNAUTHORISED_PAUSE_MS;
    await this.#deps.gate.hold('token', until);
    return new NotNowError('token', until, facts);
  }

  /** @param opensAt when the tenant's calls go on, which may be before this one's turn */
  async #notNow(
    { endpoint }: Pick<Call, 'endpoint'>,
    until: number,
    status: number | undefined,
    opensAt = until,
  ): Promise<NotNowError> {
    await this.#deps.gate.hold('limit', opensAt);
    const facts = { endpoint: endpoint.name, ...(status === undefined ? {} : { status }) };
    return new NotNowError('limit', until, facts);
  }
}

type Parsed<T> = { kind: 'parsed'; value: T } | Exclude<Outcome, { kind: 'done' }>;

/** An answer of another shape than it should have is as good as none. */
function readable<T>(outcome: Outcome, parse: (body: unknown) => T): Parsed<T> {
  if (outcome.kind !== 'done') return outcome;
  try {
    return { kind: 'parsed', value: parse(outcome.body) };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return { kind: 'failed', status: outcome.status, reason: error.message };
  }
}

type Failure = Exclude<Outcome, { kind: 'done' | 'unauthorised' | 'limited' }>;

function failure({ endpoint }: Call, outcome: Failure, sentAt: number): FirefishError {
  const status = 'status' in outcome ? outcome.status : undefined;
  const facts = { endpoint: endpoint.name, ...(status === undefined ? {} : { status }) };
  switch (outcome.kind) {
    case 'missing':
      return new NotFoundError(`not there: ${outcome.message}`, facts);
    case 'refused':
      return new RefusedError(outcome.message, facts);
    case 'unreached':
      return new UnavailableError(`Firefish was not reached: ${outcome.reason}`, facts);
    case 'failed':
      return endpoint.method === 'GET'
        ? new UnavailableError(`Firefish is not well: ${outcome.reason}`, facts)
        : new UnknownOutcomeError(`the answer was lost: ${outcome.reason}`, sentAt, facts);
  }
}
