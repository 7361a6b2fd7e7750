/**
 * One call to Firefish with everything that stands around it: breaker, token, place in line, time limit, retries, and
 * what its outcome means for the caller.
 */
import type { Clock } from '../clock.ts';
import type { Work } from '../events/urgency.ts';
import { RETRY_PAUSES_MS, TOKEN, TURN } from '../times.ts';
import { TurnOverError } from '../turn-over-error.ts';
import { readAnswer, type Answer } from './answers.ts';
import type { Endpoint } from './assumptions.ts';
import type { CircuitBreaker, Permit } from './circuit-breaker.ts';
import {
  ConflictedError,
  FailedError,
  NotFoundError,
  NotNowError,
  RefusedError,
  UnavailableError,
  UnknownOutcomeError,
} from './errors.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { Caller } from './search.ts';
import { CredentialsRefusedError, type TenantToken, type Token } from './token.ts';
import { exchange, type TransportDeps } from './transport.ts';

interface Asked<T> {
  work: Work;
  endpoint: Endpoint;
  /** Asked as the request leaves, each time it does. */
  query: (() => Record<string, string>) | undefined;
  body: unknown;
  parse: (body: unknown) => T;
}

interface Call<T> extends Asked<T> {
  /** Its place in line, which it keeps. */
  order: number;
  /** Definite failures, and answers with 429, so far. */
  failures: number;
  limited: number;
  /** Whether the token was renewed after a 401. */
  renewed: boolean;
}

export interface TenantCallsDeps extends TransportDeps {
  baseUrl: string;
  clock: Clock;
  random: () => number;
  breaker: CircuitBreaker;
  limiter: RateLimiter;
  token: TenantToken;
  mayLeave: () => void;
  over: AbortSignal;
  /** Waits until a call beside the turn may join the line of its endpoint. */
  pace: ((endpoint: string) => Promise<void>) | undefined;
}

/** Answers with 429 that a call survives where Firefish asks for a short wait. */
const MAX_LIMITED = 3;
/** This many 401s in a row of one endpoint, with fresh tokens, mean that the right is missing. */
const UNAUTHORISED_TO_REFUSE = 3;

/** After so many it is not the token, unless that is as old as this. */
const OLD_TOKEN_MS = 300_000;

interface Sent<T> {
  sentAt: number;
  token: Token;
  answer: Promise<Answer<T>>;
}

/** The token has ended while the call was in line. */
class TokenEndedError extends Error {
  override name = 'TokenEndedError';
}

export class TenantCalls {
  readonly #deps: TenantCallsDeps;
  readonly #running = new Set<Promise<unknown>>();
  /** Several calls may have waited for one token request: the breaker counts its failure once. */
  readonly #counted = new WeakSet<Error>();
  /** 401s in a row with fresh tokens, by endpoint. */
  readonly #unauthorised: Map<string, number>;

  /** @param unauthorised what `unauthorised` said at the end of the turn before */
  constructor(deps: TenantCallsDeps, unauthorised: Readonly<Record<string, number>>) {
    this.#deps = deps;
    this.#unauthorised = new Map(Object.entries(unauthorised));
  }

  unauthorised(): Record<string, number> {
    return Object.fromEntries(this.#unauthorised);
  }

  for(work: Work): Caller {
    return {
      do: ({ endpoint, query, body }, parse) => {
        const done = this.#do({ work, endpoint, query, body, parse });
        this.#running.add(done);
        const forget = (): void => {
          this.#running.delete(done);
        };
        done.then(forget, forget);
        return done;
      },
    };
  }

  /** Ends with the last call; once the turn is over, none begins. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async #do<T>(asked: Asked<T>): Promise<T> {
    const { breaker, limiter } = this.#deps;
    const call: Call<T> = { ...asked, order: limiter.nextOrder(), failures: 0, limited: 0, renewed: false };
    for (;;) {
      this.#check();
      const permit = await breaker.enter(asked.endpoint.name);
      let tried: { value: T } | 'again';
      try {
        tried = await this.#try(call, permit);
      } finally {
        breaker.left(permit);
      }
      if (tried !== 'again') return tried.value;
    }
  }

  /** One request, and the pause before the next one. */
  async #try<T>(call: Call<T>, permit: Permit): Promise<{ value: T } | 'again'> {
    this.#check();
    if (!(await this.#hasToken(call, permit))) return 'again';
    await this.#deps.pace?.(call.endpoint.name);
    this.#check();
    const sent = await this.#inLine(call);
    if (sent === undefined) return 'again';
    const { sentAt, token, answer } = sent;
    const outcome = await answer;
    if (outcome.kind === 'unauthorised') return this.#afterUnauthorised(call, token, outcome);
    this.#unauthorised.delete(call.endpoint.name);
    const isDefinite = outcome.kind === 'failed' || outcome.kind === 'outage';
    if (isDefinite || outcome.kind === 'unknown') this.#deps.breaker.failed(permit);
    else this.#deps.breaker.succeeded(permit);
    if (outcome.kind === 'done') return { value: outcome.value };
    if (outcome.kind === 'limited') return this.#afterLimited(call, outcome.waitMs);
    // A creation and a note are looked for before they are tried again, which only the caller can do.
    if (isDefinite && call.endpoint.method !== 'POST' && (await this.#pause(call))) return 'again';
    throw errorOf(call.endpoint, outcome, sentAt);
  }

  /** `false` where none was had, and it is worth another try. */
  async #hasToken(call: Call<unknown>, permit: Permit): Promise<boolean> {
    const { token, breaker } = this.#deps;
    try {
      await token.get(call.work.urgency);
      return true;
    } catch (error) {
      if (error instanceof CredentialsRefusedError) throw breaker.refused(permit, call.endpoint.name);
      if (!(error instanceof UnavailableError)) throw error;
      if (permit.isProbe || !this.#counted.has(error)) breaker.failed(permit);
      this.#counted.add(error);
      if (await this.#pause(call)) return false;
      throw error;
    }
  }

  /** Waits in line and sends; `undefined` where the token has ended meanwhile. */
  async #inLine<T>(call: Call<T>): Promise<Sent<T> | undefined> {
    const { endpoint, work, order } = call;
    try {
      const { result, answered } = await this.#deps.limiter.place(endpoint.name, work, order, () =>
        this.#send(call),
      );
      return { ...result, answer: result.answer.finally(answered) };
    } catch (error) {
      if (error instanceof TokenEndedError) return undefined;
      throw error;
    }
  }

  /** Runs at the very instant at which the call may leave, without a pause until it has left. @throws TurnOverError */
  #send<T>({ endpoint, query, body, parse }: Call<T>): Sent<T> {
    const { clock, baseUrl, mayLeave } = this.#deps;
    this.#check();
    mayLeave();
    const token = this.#deps.token.current();
    if (token === undefined) throw new TokenEndedError('the token has ended');
    const sentAt = clock.now();
    const search = query === undefined ? '' : `?${new URLSearchParams(query()).toString()}`;
    const sent = exchange(this.#deps, {
      method: endpoint.method,
      url: baseUrl.replace(/\/+$/, '') + endpoint.path + search,
      headers: {
        authorization: `Bearer ${token.value}`,
        accept: 'application/json',
        // Of a form `fetch` says the type itself, with its boundary.
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
    return {
      sentAt,
      token,
      answer: sent.then((answer) => readAnswer({ endpoint, parse }, answer, clock.now())),
    };
  }

  #afterLimited(call: Call<unknown>, waitMs: number): 'again' {
    const { name } = call.endpoint;
    this.#deps.limiter.block(name, waitMs);
    call.limited += 1;
    if (waitMs <= TURN.waitInsideMs && call.limited <= MAX_LIMITED) return 'again';
    throw new NotNowError('limit', this.#deps.clock.now() + waitMs, { endpoint: name, status: 429 });
  }

  /**
   * A 401 means that the token has ended, or that the right is missing (A: the help centre speaks of 401 for it), or a
   * moment's confusion. One new token for each call at most; only what keeps coming back is a refusal.
   */
  #afterUnauthorised(
    call: Call<unknown>,
    token: Token,
    { status, words }: { status: number; words: string },
  ): 'again' {
    const { name } = call.endpoint;
    const age = this.#deps.clock.now() - token.fetchedAt;
    const before = this.#unauthorised.get(name) ?? 0;
    const isSuspect =
      before < UNAUTHORISED_TO_REFUSE ? before === 0 || age >= TOKEN.freshMs : age >= OLD_TOKEN_MS;
    if (!call.renewed && isSuspect) {
      call.renewed = true;
      this.#deps.token.discard(token);
      return 'again';
    }
    this.#unauthorised.set(name, before + 1);
    if (before + 1 >= UNAUTHORISED_TO_REFUSE) throw new RefusedError(words, { endpoint: name, status });
    throw new NotNowError('token', this.#deps.token.hold(TOKEN.unauthorisedPauseMs), {
      endpoint: name,
      status,
    });
  }

  /** Before a definite failure is tried again. Answers whether it is. */
  async #pause(call: Call<unknown>): Promise<boolean> {
    const { clock, random, over } = this.#deps;
    const pause = RETRY_PAUSES_MS[call.failures];
    if (pause === undefined || over.aborted) return false;
    call.failures += 1;
    await clock.sleep(Math.round(pause * (0.75 + random() / 2)), over);
    return true;
  }

  #check(): void {
    if (this.#deps.over.aborted) throw new TurnOverError('the turn is over');
  }
}

type Problem = Extract<
  Answer<never>,
  { kind: 'refused' | 'gone' | 'conflicted' | 'failed' | 'outage' | 'unknown' }
>;

function errorOf({ name, method }: Endpoint, outcome: Problem, sentAt: number): Error {
  const facts = { endpoint: name, ...(outcome.status === undefined ? {} : { status: outcome.status }) };
  switch (outcome.kind) {
    case 'gone':
      return new NotFoundError(`gone: ${name}`, facts);
    case 'refused':
      return new RefusedError(outcome.words, facts);
    case 'conflicted':
      return new ConflictedError(outcome.words, facts);
    case 'failed':
    case 'outage':
      return method === 'POST'
        ? new FailedError(`failed: ${name}: ${outcome.reason}`, facts)
        : new UnavailableError(`failed: ${name}: ${outcome.reason}`, facts);
    case 'unknown':
      return new UnknownOutcomeError(`the answer was lost: ${name}: ${outcome.reason}`, sentAt, facts);
  }
}
