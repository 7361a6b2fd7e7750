/**
 * One call to Firefish with everything that stands around it: breaker, token, place in line, time limit, retries, and
 * what its outcome means for the caller.
 */
import type { Work } from '../events/urgency.ts';
import { RETRY_PAUSES_MS, TOKEN, TURN } from '../times.ts';
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
import { ask, type Answer, type Wire } from './exchange.ts';
import type { RateLimiter, Ticket } from './rate-limiter.ts';
import { CredentialsRefusedError, type TenantToken, type Token } from './token.ts';

/** Makes calls for one piece of work. `parse` reads the answer's JSON. @throws FirefishError, TurnOverError */
export interface Caller {
  do<T>(
    call: {
      endpoint: Endpoint;
      /** Asked as the request leaves, each time it does. */
      query?: () => Record<string, string>;
      body?: unknown;
    },
    parse: (body: unknown, status: number) => T,
  ): Promise<T>;
}

interface Call<T> {
  ticket: Ticket;
  endpoint: Endpoint;
  query: (() => Record<string, string>) | undefined;
  body: unknown;
  parse: (body: unknown, status: number) => T;
  /** Definite failures, and answers with 429, so far. */
  failures: number;
  limited: number;
  /** Whether the token was renewed after a 401. */
  renewed: boolean;
}

export interface TenantCallsDeps {
  wire: Wire;
  random: () => number;
  breaker: CircuitBreaker;
  limiter: RateLimiter;
  token: TenantToken;
  /** @throws TurnOverError where no call may leave now */
  mayLeave: () => void;
  over: AbortSignal;
  /** Waits until a call beside the turn may join the line of its endpoint. */
  pace: ((endpoint: string) => Promise<void>) | undefined;
}

/** Answers with 429 that a call survives where Firefish asks for a short wait. */
const MAX_LIMITED = 3;
/** This many 401s in a row of one endpoint mean that the right is missing (A: the help centre speaks of 401 for it). */
const UNAUTHORISED_TO_REFUSE = 3;

interface Sent<T> {
  sentAt: number;
  token: Token;
  answer: Answer<T>;
}

export class TenantCalls {
  readonly #deps: TenantCallsDeps;
  readonly #running = new Set<Promise<unknown>>();
  /** 401s in a row, each with a token that was fresh or did not help: by endpoint. */
  readonly #unauthorised: Map<string, number>;

  /** @param unauthorised what `unauthorised` said at the end of the turn before */
  constructor(deps: TenantCallsDeps, unauthorised: Readonly<Record<string, number>> = {}) {
    this.#deps = deps;
    this.#unauthorised = new Map(Object.entries(unauthorised));
  }

  unauthorised(): Record<string, number> {
    return Object.fromEntries(this.#unauthorised);
  }

  for(work: Work): Caller {
    return {
      do: ({ endpoint, query, body }, parse) => {
        const ticket = this.#deps.limiter.ticket(work);
        const call = { ticket, endpoint, query, body, parse, failures: 0, limited: 0, renewed: false };
        const done = this.#do(call);
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

  async #do<T>(call: Call<T>): Promise<T> {
    const { breaker, mayLeave } = this.#deps;
    for (;;) {
      mayLeave();
      const permit = await breaker.enter(call.endpoint.name);
      try {
        const done = await this.#try(call, permit);
        if (done !== undefined) return done.value;
      } finally {
        breaker.left(permit);
      }
    }
  }

  /** One request, and the pause before the next one; `undefined`: again. */
  async #try<T>(call: Call<T>, permit: Permit): Promise<{ value: T } | undefined> {
    const { breaker, limiter, mayLeave, pace } = this.#deps;
    const { endpoint, ticket } = call;
    mayLeave();
    if (!(await this.#hasToken(call, permit))) return undefined;
    await pace?.(endpoint.name);
    const sent = await limiter.place(endpoint.name, ticket, () => this.#send(call));
    if (sent === undefined) return undefined;
    const { sentAt, token, answer } = sent;
    if (answer.kind === 'unauthorised') {
      this.#afterUnauthorised(call, token, answer);
      return undefined;
    }
    this.#unauthorised.delete(endpoint.name);
    if (answer.kind === 'failed' || answer.kind === 'unknown') breaker.failed(permit);
    else breaker.succeeded(permit);
    if (answer.kind === 'done') return answer;
    if (answer.kind === 'limited') {
      this.#afterLimited(call, answer.waitMs);
      return undefined;
    }
    // A creation and a note are looked for before they are tried again, which only the caller can do.
    const isSafe = answer.kind === 'failed' && endpoint.method !== 'POST';
    if (isSafe && (await this.#pause(call))) return undefined;
    throw errorOf(endpoint, answer, sentAt);
  }

  /** `false` where none was had, and it is worth another try. */
  async #hasToken(call: Call<unknown>, permit: Permit): Promise<boolean> {
    const { token, breaker } = this.#deps;
    try {
      await token.ready(call.ticket.work.urgency);
      return true;
    } catch (error) {
      if (error instanceof CredentialsRefusedError) throw breaker.refused(permit, call.endpoint.name);
      if (!(error instanceof UnavailableError)) throw error;
      breaker.failed(permit);
      if (await this.#pause(call)) return false;
      throw error;
    }
  }

  /** Runs at the very instant at which the call may leave; nothing where the token has ended while it was in line. */
  #send<T>({ endpoint, query, body, parse }: Call<T>): Promise<Sent<T>> | undefined {
    const { wire, mayLeave } = this.#deps;
    mayLeave();
    const token = this.#deps.token.current();
    if (token === undefined) return undefined;
    const sentAt = wire.clock.now();
    // Of a form `fetch` says the type itself, with its boundary.
    const isForm = body instanceof FormData;
    const answer = ask(wire, {
      ...{ endpoint, parse, query: query?.() },
      headers: {
        authorization: `Bearer ${token.value}`,
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined || isForm ? body : JSON.stringify(body),
    });
    return answer.then((answered) => ({ sentAt, token, answer: answered }));
  }

  #afterLimited(call: Call<unknown>, waitMs: number): void {
    const { name } = call.endpoint;
    this.#deps.limiter.block(name, waitMs);
    call.limited += 1;
    if (waitMs <= TURN.waitInsideMs && call.limited <= MAX_LIMITED) return;
    throw new NotNowError('limit', this.#deps.wire.clock.now() + waitMs, { endpoint: name, status: 429 });
  }

  /** The token has ended, or the right is missing, or a moment's confusion. At most one new token for each call. */
  #afterUnauthorised(
    call: Call<unknown>,
    token: Token,
    { status, words }: { status: number; words: string },
  ): void {
    const { name } = call.endpoint;
    const age = this.#deps.wire.clock.now() - token.fetchedAt;
    const before = this.#unauthorised.get(name) ?? 0;
    if (!call.renewed && (before === 0 || age >= TOKEN.suspectMs)) {
      call.renewed = true;
      this.#deps.token.discard(token);
      return;
    }
    const facts = { endpoint: name, status };
    this.#unauthorised.set(name, before + 1);
    if (before + 1 >= UNAUTHORISED_TO_REFUSE) throw new RefusedError(words, facts);
    throw new NotNowError('token', this.#deps.token.hold(TOKEN.unauthorisedPauseMs), facts);
  }

  /** Before a definite failure is tried again. Answers whether it is. */
  async #pause(call: Call<unknown>): Promise<boolean> {
    const { wire, random, over } = this.#deps;
    const pause = RETRY_PAUSES_MS[call.failures];
    if (pause === undefined || over.aborted) return false;
    call.failures += 1;
    await wire.clock.sleep(Math.round(pause * (0.75 + random() / 2)), over);
    return true;
  }
}

type Problem = Extract<Answer<never>, { kind: 'refused' | 'gone' | 'conflicted' | 'failed' | 'unknown' }>;

function errorOf({ name, method }: Endpoint, answer: Problem, sentAt: number): Error {
  const facts = { endpoint: name, ...(answer.status === undefined ? {} : { status: answer.status }) };
  switch (answer.kind) {
    case 'gone':
      return new NotFoundError(`gone: ${name}`, facts);
    case 'refused':
      return new RefusedError(answer.words, facts);
    case 'conflicted':
      return new ConflictedError(answer.words, facts);
    case 'failed':
      return method === 'POST'
        ? new FailedError(`failed: ${name}: ${answer.reason}`, facts)
        : new UnavailableError(`failed: ${name}: ${answer.reason}`, facts);
    case 'unknown':
      return new UnknownOutcomeError(`the answer was lost: ${name}: ${answer.reason}`, sentAt, facts);
  }
}
