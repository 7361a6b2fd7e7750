/**
 * One call to Firefish with everything that stands around it: breaker, token, place in line, time limit, retries, and
 * what its outcome means for the caller.
 */
import type { Clock } from '../clock.ts';
import type { Work } from '../events/urgency.ts';
import { BREAKER, RETRY_PAUSES_MS, TOKEN, TURN } from '../times.ts';
import type { Endpoint } from './assumptions.ts';
import { FailedError, isHarmless, NotNowError, RefusedError, UnavailableError } from './errors.ts';
import { ask, type Answer, type Wire } from './exchange.ts';
import type { RateLimiter, Ticket } from './rate-limiter.ts';
import type { TenantToken, Token } from './token.ts';

/**
 * Of a call beside the turn: waits until it may join the line of its endpoint. What is answered is asked as the call
 * leaves: whether it still may.
 */
export type Pace = (endpoint: string) => Promise<() => boolean>;

interface Asked {
  endpoint: Endpoint;
  /** Asked as the request leaves, each time it does. */
  query?: () => Record<string, string>;
  body?: unknown;
}

/** Makes calls for one piece of work. `parse` reads the answer's JSON. @throws FirefishError, TurnOverError */
export interface Caller {
  do<T>(asked: Asked, parse: (body: unknown, status: number) => T): Promise<T>;
}

interface Call<T> extends Asked {
  ticket: Ticket;
  parse: (body: unknown, status: number) => T;
  /** Definite failures so far. */
  failures: number;
  /** Whether the token was renewed after a 401. */
  renewed: boolean;
}

/** Plain data. */
export interface CallsMemory {
  breaker?: BreakerMemory;
  /** 401s in a row, each with a token that was fresh or did not help: by endpoint. */
  unauthorised?: Record<string, number>;
}

interface TenantCallsDeps {
  wire: Wire;
  limiter: RateLimiter;
  token: TenantToken;
  /** @throws TurnOverError if no call may leave now */
  mayLeave: () => void;
  over: AbortSignal;
  pace: Pace | undefined;
}

/** This many 401s in a row of one endpoint mean that the right is missing (A: the help centre speaks of 401 for it). */
const UNAUTHORISED_TO_REFUSE = 3;

interface Sent<T> {
  token: Token;
  answer: Answer<T>;
}

export class TenantCalls {
  readonly #deps: TenantCallsDeps;
  readonly #breaker: CircuitBreaker;
  readonly #running = new Set<Promise<unknown>>();
  readonly #unauthorised: Map<string, number>;

  /** @param before what `memory` said at the end of the turn before */
  constructor(deps: TenantCallsDeps, before: CallsMemory = {}) {
    const { wire, over } = deps;
    this.#deps = deps;
    this.#breaker = new CircuitBreaker(wire.clock, over, before.breaker);
    this.#unauthorised = new Map(Object.entries(before.unauthorised ?? {}));
  }

  memory(): CallsMemory {
    return { breaker: this.#breaker.state, unauthorised: Object.fromEntries(this.#unauthorised) };
  }

  /** Why no call leaves, and until when (epoch ms). */
  waiting(): { reason: Reason; until: number } | undefined {
    const { open } = this.#breaker.state;
    return open === undefined || open.until - this.#deps.wire.clock.now() < TURN.waitInsideMs
      ? undefined
      : open;
  }

  for(work: Work): Caller {
    return {
      do: (asked, parse) => {
        const ticket = this.#deps.limiter.ticket(work);
        const call = { ...asked, ticket, parse, failures: 0, renewed: false };
        const done = this.#do(call).finally(() => this.#running.delete(done));
        this.#running.add(done);
        return done;
      },
    };
  }

  /** Ends with the last call; once the turn is over, none begins. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async #do<T>(call: Call<T>): Promise<T> {
    for (;;) {
      const isProbe = await this.#breaker.enter(call.endpoint.name);
      try {
        const done = await this.#try(call, isProbe);
        if (done !== undefined) return done.value;
      } finally {
        this.#breaker.left(isProbe);
      }
    }
  }

  /** One request, and the pause before the next one; `undefined`: again. */
  async #try<T>(call: Call<T>, isProbe: boolean): Promise<{ value: T } | undefined> {
    const { limiter, pace } = this.#deps;
    const { endpoint, ticket } = call;
    if (!(await this.#hasToken(call, isProbe))) return undefined;
    const isAnnounced = await pace?.(endpoint.name);
    const sent = await limiter.place(endpoint.name, ticket, () => this.#send(call, isAnnounced));
    if (sent === undefined) return undefined;
    const { token, answer } = sent;
    if (answer.kind === 'unauthorised') {
      this.#afterUnauthorised(call, token, answer);
      return undefined;
    }
    this.#unauthorised.delete(endpoint.name);
    if (answer.kind === 'error' && !isHarmless(answer.error)) this.#breaker.failed(isProbe);
    else this.#breaker.succeeded(isProbe);
    if (answer.kind === 'done') return answer;
    if ('waitMs' in answer) limiter.block(endpoint.name, answer.waitMs);
    // A creation and a note are looked for before they are tried again, which only the caller can do.
    if (answer.kind === 'limited') {
      // In line again: whose place is too far away then learns when it is.
      if (endpoint.method !== 'POST') return undefined;
      throw new FailedError(`over the limit: ${endpoint.name}`, { endpoint: endpoint.name, status: 429 });
    }
    if (answer.error instanceof UnavailableError && (await this.#pause(call))) return undefined;
    throw answer.error;
  }

  /** `false` if there is none, and it is worth another try. */
  async #hasToken(call: Call<unknown>, isProbe: boolean): Promise<boolean> {
    try {
      await this.#deps.token.ready(call.ticket.work.urgency);
      return true;
    } catch (error) {
      if (error instanceof RefusedError) throw this.#breaker.refused(call.endpoint.name);
      if (!(error instanceof UnavailableError)) throw error;
      this.#breaker.failed(isProbe);
      if (await this.#pause(call)) return false;
      throw error;
    }
  }

  /** Runs at the very instant at which the call may leave; nothing if it was in line for too long, or its token has ended. */
  #send<T>(
    { endpoint, query, body, parse }: Call<T>,
    isAnnounced: (() => boolean) | undefined,
  ): Promise<Sent<T>> | undefined {
    const { wire, mayLeave } = this.#deps;
    mayLeave();
    const token = this.#deps.token.current();
    if (token === undefined || isAnnounced?.() === false) return undefined;
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
    return answer.then((answered) => ({ token, answer: answered }));
  }

  /**
   * The token has ended, or the right is missing, or a moment's confusion. At most one new token for each call, and after
   * the first pause once more: the new one may have ended as well.
   */
  #afterUnauthorised(
    call: Call<unknown>,
    token: Token,
    { status, words }: { status: number; words: string },
  ): void {
    const { name } = call.endpoint;
    const facts = { endpoint: name, status };
    const { heldUntil } = this.#deps.token;
    const now = this.#deps.wire.clock.now();
    // Calls that were under way together count once.
    if (heldUntil > now) throw new NotNowError('token', heldUntil, facts);
    const before = this.#unauthorised.get(name) ?? 0;
    if (!call.renewed && (before <= 1 || now - token.fetchedAt >= TOKEN.suspectMs)) {
      call.renewed = true;
      this.#deps.token.discard(token);
      return;
    }
    this.#unauthorised.set(name, before + 1);
    if (before + 1 >= UNAUTHORISED_TO_REFUSE) throw new RefusedError(words, facts);
    throw new NotNowError('token', this.#deps.token.hold(TOKEN.unauthorisedPauseMs), facts);
  }

  /** Before a definite failure is tried again. Answers whether it is. */
  async #pause(call: Call<unknown>): Promise<boolean> {
    const { wire, over } = this.#deps;
    const pause = RETRY_PAUSES_MS[call.failures];
    if (pause === undefined || over.aborted) return false;
    call.failures += 1;
    await wire.clock.sleep(pause, over);
    return true;
  }
}

type Reason = 'outage' | 'credentials';

/** Instants are epoch milliseconds: two seconds more or less do not matter here. */
interface BreakerMemory {
  /** Failures since the last success, and the first of them. */
  failures?: { count: number; firstAt: number };
  /** The next probe may leave at `until`, after so many pauses. */
  open?: { reason: Reason; until: number; pauses: number };
}

/** While a call probes, the others look this often how it ended. */
const LOOK_AGAIN_MS = 200;
const PAUSES = { outage: BREAKER.outagePausesMs, credentials: BREAKER.credentialsPausesMs };

/**
 * It opens on a run of failures without a success, at once on refused credentials; then one call at a time probes, after
 * pauses that grow; the first success closes it. Urgent and bulk alike.
 */
class CircuitBreaker {
  readonly #clock: Clock;
  readonly #over: AbortSignal;
  state: BreakerMemory;
  #isProbing = false;

  /** @param over aborted when the turn is over: nobody waits any more */
  constructor(clock: Clock, over: AbortSignal, memory: BreakerMemory = {}) {
    this.#clock = clock;
    this.#over = over;
    this.state = memory;
  }

  /**
   * Waits while it is open, up to 10 s. Answers whether the call is the probe.
   * @throws NotNowError
   */
  async enter(endpoint: string): Promise<boolean> {
    const patience = this.#clock.now() + TURN.waitInsideMs;
    for (;;) {
      const { open } = this.state;
      if (open === undefined || this.#over.aborted) return false;
      const now = this.#clock.now();
      if (open.until <= now && !this.#isProbing) return (this.#isProbing = true);
      const until = Math.max(open.until, now + LOOK_AGAIN_MS);
      if (until > patience) throw new NotNowError(open.reason, until, { endpoint });
      await this.#clock.sleep(until - now, this.#over);
    }
  }

  /** Firefish answered in its own form. */
  succeeded(isProbe: boolean): void {
    // What left before it opened may be answered late: only a probe closes it.
    if (this.state.open === undefined || isProbe) this.state = {};
  }

  /** No answer, or none in Firefish's own form. */
  failed(isProbe: boolean): void {
    const now = this.#clock.now();
    const { open, failures = { count: 0, firstAt: now } } = this.state;
    const count = failures.count + 1;
    if (open === undefined) this.state = { failures: { ...failures, count } };
    const isLong = count >= BREAKER.failures && now - failures.firstAt >= BREAKER.withoutSuccessMs;
    if (open === undefined ? isLong : isProbe) this.#open('outage');
  }

  /** Firefish has refused the credentials: answers the error for the caller. */
  refused(endpoint: string): NotNowError {
    const { open } = this.state;
    const isKnown = open?.reason === 'credentials' && open.until > this.#clock.now();
    const until = isKnown ? open.until : this.#open('credentials');
    return new NotNowError('credentials', until, { endpoint });
  }

  /** The call is over. If it was the probe, the next one may be. */
  left(isProbe: boolean): void {
    if (isProbe) this.#isProbing = false;
  }

  #open(reason: Reason): number {
    const { open } = this.state;
    const pauses = (open?.reason === reason ? open.pauses : 0) + 1;
    const { first, longest } = PAUSES[reason];
    const until = this.#clock.now() + Math.min(first * 2 ** (pauses - 1), longest);
    this.state = { open: { reason, until, pauses } };
    return until;
  }
}
