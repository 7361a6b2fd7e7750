/** The access token of one tenant: kept from turn to turn, and asked for by the turn only. */
import * as z from 'zod';
import type { Urgency } from '../events/urgency.ts';
import { TOKEN, TURN } from '../times.ts';
import {
  INVALID_SCOPE,
  NEEDED_SCOPES,
  PASSING_OAUTH_ERRORS,
  TOKEN_ENDPOINT,
  TOKEN_SECONDS,
} from './assumptions.ts';
import type { EgressTokens, TokenUse } from './egress-tokens.ts';
import { NotNowError, RefusedError, UnavailableError } from './errors.ts';
import { ask, UnreadableError, type Wire } from './exchange.ts';

export interface Token {
  value: string;
  /** Epoch milliseconds. */
  fetchedAt: number;
  lifetimeMs: number;
}

interface Scopes {
  granted: string[];
  missing: string[];
}

/** Plain data. */
export interface TokenMemory {
  token?: Token;
  /** What the profile has ticked, once a token was granted. */
  scopes?: Scopes;
  /** Firefish has refused these credentials, and has not granted a token since. */
  refused?: true;
  /** No call leaves before (epoch ms): its 401 may pass. */
  heldUntil?: number;
  /** When a token can be asked for this use (epoch ms). */
  due?: Partial<Record<TokenUse, number>>;
}

export interface TokenSource {
  wire: Wire;
  egress: EgressTokens;
  /** Whose share of checks is used: a tenant's id, or the domain of an agency that is not a tenant yet. */
  tenantId: string;
  /** A person whose checks count over all agencies, as a hash. */
  person?: string;
  clientId: string;
  clientSecret: string;
  /** Asked as a request leaves. @throws TurnOverError */
  mayLeave: () => void;
}

type TokenProblem =
  | { kind: 'refused'; words: string }
  /** The budget is used up, or Firefish has said so; until epoch ms. */
  | { kind: 'limited'; until: number }
  | { kind: 'failed'; reason: string };
type TokenAnswer =
  { kind: 'granted'; token: Token } | { kind: 'invalid-scope'; words: string } | TokenProblem;

const LONGEST_TOKEN = 16_000;
const grant = z.object({
  // It is kept with the turn, in one item.
  access_token: z.string().min(1).max(LONGEST_TOKEN),
  expires_in: z.coerce.number().positive().catch(TOKEN_SECONDS),
});

/** One token request, out of the egress address's budget. */
export async function askForToken(
  { wire, egress, tenantId, person, clientId, clientSecret, mayLeave }: TokenSource,
  use: TokenUse,
  scopes: readonly string[],
): Promise<TokenAnswer> {
  const due = await egress.take(tenantId, use, person);
  if (due !== undefined) return { kind: 'limited', until: due };
  mayLeave();
  const fetchedAt = wire.clock.now();
  const scope = scopes.join(' ');
  const answer = await ask<Token>(wire, {
    endpoint: TOKEN_ENDPOINT,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      ...{ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope },
    }).toString(),
    parse(body) {
      const { success, data } = grant.safeParse(body);
      if (!success) throw new UnreadableError('the answer is not a token');
      return { value: data.access_token, fetchedAt, lifetimeMs: data.expires_in * 1000 };
    },
  });
  if (answer.kind === 'done') return { kind: 'granted', token: answer.value };
  if (answer.kind === 'limited') {
    const until = wire.clock.now() + answer.waitMs;
    await egress.limited(tenantId, until);
    return { kind: 'limited', until };
  }
  const error = answer.kind === 'error' ? answer.error : undefined;
  if (error instanceof RefusedError) {
    const { status = 0, words, code = '' } = error;
    if (code === INVALID_SCOPE) return { kind: 'invalid-scope', words };
    // A 404 or 405 in the form of Firefish speaks of the path.
    const ofCredentials = status < 300 || [400, 401, 403].includes(status);
    if (ofCredentials && !PASSING_OAUTH_ERRORS.has(code)) return { kind: 'refused', words };
  }
  return { kind: 'failed', reason: error?.message ?? answer.kind };
}

/** Tokens are few: what is not known after so many requests counts as missing. */
const MOST_SCOPE_REQUESTS = 4;

interface ScopesFound extends Scopes {
  /** There where one was granted for all scopes that are. */
  token?: Token | undefined;
  /** What ended the search: what was not asked by then counts as missing. */
  problem?: TokenProblem;
  /** That were answered with a token, or with `invalid_scope`: the credentials are right. */
  answers: number;
}

/** Which scopes a profile has ticked: Firefish refuses a request as a whole, and may not say for which scope. */
export async function findScopes(
  request: (scopes: readonly string[]) => Promise<TokenAnswer>,
): Promise<ScopesFound> {
  const found: ScopesFound = { granted: [], missing: [], answers: 0 };
  const open: string[][] = [[...NEEDED_SCOPES]];
  for (let [asked] = open; asked !== undefined && found.answers < MOST_SCOPE_REQUESTS; [asked] = open) {
    const answer = await request(asked);
    if (answer.kind !== 'granted' && answer.kind !== 'invalid-scope') {
      found.problem = answer;
      break;
    }
    open.shift();
    found.answers += 1;
    if (answer.kind === 'granted') {
      found.token = found.granted.length === 0 ? answer.token : undefined;
      found.granted.push(...asked);
    } else {
      const said = new Set(answer.words.split(/[^A-Za-z-]+/));
      const rest = asked.filter((scope) => !said.has(scope));
      // Naming all that was asked for is naming none. Read and write of one kind stay together.
      const half = asked.length > 2 ? 2 * Math.ceil(asked.length / 4) : 1;
      if (asked.length === 1) found.missing.push(...asked);
      else if (rest.length === 0 || rest.length === asked.length)
        open.unshift(asked.slice(0, half), asked.slice(half));
      else {
        found.missing.push(...asked.filter((scope) => said.has(scope)));
        open.unshift(rest);
      }
    }
  }
  found.missing.push(...open.flat());
  return found;
}

const FACTS = { endpoint: TOKEN_ENDPOINT.name };
const waits = (until: number): NotNowError => new NotNowError('token', until, FACTS);
const unavailable = (why: string): UnavailableError => new UnavailableError(`no token: ${why}`, FACTS);

/** Clocks differ, and a call takes a while to arrive. */
const usableUntil = ({ fetchedAt, lifetimeMs }: Token): number =>
  fetchedAt + lifetimeMs - Math.min(TOKEN.unusedLastMs, lifetimeMs / 10);

interface TenantTokenDeps {
  source: TokenSource;
  /** Set where all requests count as checks: calls beside the turn. */
  isBeside: boolean;
  over: AbortSignal;
}

export class TenantToken {
  readonly #deps: TenantTokenDeps;
  #state: TokenMemory;
  #flight: Promise<void> | undefined;

  constructor(deps: TenantTokenDeps, memory: TokenMemory = {}) {
    this.#deps = deps;
    this.#state = memory;
  }

  memory(): TokenMemory {
    return this.#state;
  }

  /** Why no call can leave without a token, and until when (epoch ms). */
  waiting(urgency: Urgency): { reason: 'token'; until: number } | undefined {
    const { due = {}, heldUntil = 0 } = this.#state;
    const forToken = this.current() === undefined ? (due[this.#use(urgency)] ?? 0) : 0;
    const until = Math.max(heldUntil, forToken);
    return until - this.#now() < TURN.waitInsideMs ? undefined : { reason: 'token', until };
  }

  current(): Token | undefined {
    const { token } = this.#state;
    return token !== undefined && this.#now() < usableUntil(token) ? token : undefined;
  }

  /**
   * Answers once there is a token that can be used. One request serves everybody who waits.
   * @throws NotNowError('token'), UnavailableError if there is no token; RefusedError: the credentials were refused
   */
  async ready(urgency: Urgency): Promise<void> {
    const { heldUntil } = this;
    if (heldUntil - this.#now() >= TURN.waitInsideMs) throw waits(heldUntil);
    if (this.current() !== undefined) return;
    this.#flight ??= this.#obtain(this.#use(urgency)).finally(() => (this.#flight = undefined));
    await this.#flight;
  }

  /** Forgets a token that Firefish has refused. */
  discard(token: Token): void {
    if (this.#state.token?.value !== token.value) return;
    const { token: _refused, ...others } = this.#state;
    this.#state = others;
  }

  /** Until when no call leaves (epoch ms). */
  get heldUntil(): number {
    return this.#state.heldUntil ?? 0;
  }

  /** No call leaves for so long, whatever its token. Answers until when (epoch ms). */
  hold(milliseconds: number): number {
    const heldUntil = this.#now() + milliseconds;
    this.#state = { ...this.#state, heldUntil };
    return heldUntil;
  }

  #use(urgency: Urgency): TokenUse {
    if (this.#deps.isBeside || this.#state.refused) return 'check';
    return urgency === 1 ? 'urgent' : 'work';
  }

  async #obtain(use: TokenUse): Promise<void> {
    const request = (asked: readonly string[]): Promise<TokenAnswer> => this.#request(use, asked);
    let { scopes } = this.#state;
    let answer: TokenAnswer | undefined = scopes && (await request(scopes.granted));
    // What the profile has ticked is not known, or has changed.
    if (answer === undefined || answer.kind === 'invalid-scope') {
      const { granted, missing, token, problem } = await findScopes(request);
      scopes = { granted, missing };
      if (problem !== undefined) answer = problem;
      else if (granted.length === 0) answer = { kind: 'refused', words: 'none of the scopes is ticked' };
      else answer = token === undefined ? await request(granted) : { kind: 'granted', token };
    }
    switch (answer.kind) {
      case 'granted':
        this.#state = { token: answer.token, ...(scopes === undefined ? {} : { scopes }) };
        return;
      case 'refused':
        this.#state = { refused: true };
        throw new RefusedError(answer.words, FACTS);
      case 'limited':
        this.#state = { ...this.#state, due: { ...this.#state.due, [use]: answer.until } };
        throw waits(answer.until);
      case 'invalid-scope':
        throw unavailable('the scopes have changed');
      case 'failed':
        throw unavailable(answer.reason);
    }
  }

  /** Waits for its place among the token requests, as long as calls wait inside a turn. */
  async #request(use: TokenUse, scopes: readonly string[]): Promise<TokenAnswer> {
    const { source, over } = this.#deps;
    const patience = this.#now() + TURN.waitInsideMs;
    for (;;) {
      source.mayLeave();
      const answer = await askForToken(source, use, scopes);
      if (answer.kind !== 'limited' || answer.until > patience) return answer;
      await source.wire.clock.sleep(answer.until - this.#now(), over);
    }
  }

  #now(): number {
    return this.#deps.source.wire.clock.now();
  }
}
