/** The access token of one tenant: kept from turn to turn, and asked for by the turn only. */
import type { TenantId } from '../ids.ts';
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import type { Urgency } from '../events/urgency.ts';
import { TOKEN, TURN } from '../times.ts';
import { TurnOverError } from '../turn-over-error.ts';
import { readAnswer, type Answer } from './answers.ts';
import { INVALID_SCOPE, PASSING_OAUTH_ERRORS, TOKEN_ENDPOINT, TOKEN_SECONDS } from './assumptions.ts';
import type { EgressTokens, TokenUse } from './egress-tokens.ts';
import { NotNowError, UnavailableError } from './errors.ts';
import { afterGranted, afterInvalid, allScopes, nextScopes, type Scope } from './missing-scopes.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { UnreadableError } from './rows.ts';
import { exchange, type TransportDeps } from './transport.ts';

export interface Credentials {
  clientId: string;
  clientSecret: string;
}

export interface Token {
  value: string;
  /** Epoch milliseconds, all instants. */
  fetchedAt: number;
  lifetimeMs: number;
  /** From then on it is renewed. */
  renewFrom: number;
  /** From then on it is not used. */
  usableUntil: number;
}

/** Plain data. */
export interface TokenMemory {
  token?: Token;
  /** What the profile has ticked, once a token was granted. */
  scopes?: { granted: Scope[]; missing: Scope[] };
  /** Firefish has refused these credentials, and has not granted a token since. */
  refused?: true;
  /** No token is asked for before (epoch ms): Firefish has said so. */
  notBefore?: number;
  /** No call leaves before (epoch ms): its 401 may pass. */
  heldUntil?: number;
  /** When the egress address's budget has room for this use (epoch ms). */
  due?: Partial<Record<TokenUse, number>>;
}

/** The answer to a token request that the caller has to decide on. */
export type TokenAnswer =
  | { kind: 'granted'; token: Token }
  | { kind: 'invalid-scope'; words: string }
  | { kind: 'refused'; words: string }
  | { kind: 'limited'; waitMs: number }
  | { kind: 'failed'; reason: string };

const LONGEST_TOKEN = 16_000;

const granted = z.object({
  // It is kept with the turn, in one item.
  access_token: z.string().min(1).max(LONGEST_TOKEN),
  expires_in: z.coerce.number().positive().catch(TOKEN_SECONDS),
});

export async function requestToken(
  deps: TransportDeps & { baseUrl: string },
  { clientId, clientSecret }: Credentials,
  scopes: readonly string[],
): Promise<TokenAnswer> {
  const sentAt = deps.clock.now();
  const answer = await exchange(deps, {
    method: TOKEN_ENDPOINT.method,
    url: deps.baseUrl.replace(/\/+$/, '') + TOKEN_ENDPOINT.path,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: scopes.join(' '),
    }).toString(),
  });
  const parse = (body: unknown): Token => {
    const parsed = granted.safeParse(body);
    if (!parsed.success) throw new UnreadableError('the answer is not a token');
    return tokenOf(parsed.data.access_token, sentAt, parsed.data.expires_in * 1000);
  };
  return meaning(readAnswer({ endpoint: TOKEN_ENDPOINT, parse }, answer, deps.clock.now()));
}

/** Renewed and given up a little before its end: clocks differ, and a call takes a while to arrive. */
const tokenOf = (value: string, sentAt: number, lifetimeMs: number): Token => ({
  value,
  fetchedAt: sentAt,
  lifetimeMs,
  renewFrom: sentAt + lifetimeMs - Math.min(TOKEN.renewBeforeMs, lifetimeMs / 5),
  usableUntil: sentAt + lifetimeMs - Math.min(TOKEN.unusedLastMs, lifetimeMs / 10),
});

function meaning(answer: Answer<Token>): TokenAnswer {
  switch (answer.kind) {
    case 'done':
      return { kind: 'granted', token: answer.value };
    case 'limited':
      return { kind: 'limited', waitMs: answer.waitMs };
    case 'refused': {
      const { status, words, code } = answer;
      if (code === INVALID_SCOPE) return { kind: 'invalid-scope', words };
      if (code !== undefined && PASSING_OAUTH_ERRORS.has(code)) return { kind: 'failed', reason: code };
      // A 404 or 405 in the form of Firefish speaks of the path.
      const ofCredentials = status < 300 || [400, 401, 403].includes(status);
      return ofCredentials ? { kind: 'refused', words } : { kind: 'failed', reason: `status ${status}` };
    }
    case 'failed':
    case 'outage':
    case 'unknown':
      return { kind: 'failed', reason: answer.reason };
    case 'gone':
    case 'conflicted':
    case 'unauthorised':
      return { kind: 'failed', reason: `status ${answer.status}` };
  }
}

/** The credentials were refused: the breaker makes the error of it. */
export class CredentialsRefusedError extends Error {
  override name = 'CredentialsRefusedError';
}

interface TenantTokenDeps {
  tenantId: TenantId;
  clock: Clock;
  egress: EgressTokens;
  /** Knows this client id's own limits at the token endpoint. */
  limiter: Pick<RateLimiter, 'opensAt' | 'leave'>;
  /** What requests count as, where it is not this tenant's work. */
  use?: TokenUse | undefined;
  over: AbortSignal;
  mayLeave: () => void;
  request: (scopes: readonly string[]) => Promise<TokenAnswer>;
  memory: TokenMemory | undefined;
}

export class TenantToken {
  readonly #deps: TenantTokenDeps;
  #state: TokenMemory;
  #flight: { use: TokenUse; token: Promise<Token> } | undefined;
  #renewNotBefore = 0;

  constructor(deps: TenantTokenDeps) {
    this.#deps = deps;
    this.#state = deps.memory ?? {};
  }

  memory(): TokenMemory {
    return this.#state;
  }

  missingScopes(): string[] {
    return this.#state.scopes?.missing ?? [];
  }

  /** Why no call can leave without a token, and until when (epoch ms). */
  waiting(urgency: Urgency): { reason: 'token'; until: number } | undefined {
    const { notBefore = 0, due = {}, heldUntil = 0 } = this.#state;
    const forToken = this.current() === undefined ? Math.max(notBefore, due[this.#use(urgency)] ?? 0) : 0;
    const until = Math.max(heldUntil, forToken);
    return until - this.#deps.clock.now() < TURN.waitInsideMs ? undefined : { reason: 'token', until };
  }

  current(): Token | undefined {
    const { token } = this.#state;
    return token !== undefined && this.#deps.clock.now() < token.usableUntil ? token : undefined;
  }

  /**
   * A token that can be used now. It is renewed beside the calls that use it; `end` of the client awaits that too.
   * @throws NotNowError('token'), UnavailableError where no token was had, CredentialsRefusedError
   */
  async get(urgency: Urgency): Promise<Token> {
    const token = this.current();
    const now = this.#deps.clock.now();
    const { heldUntil = 0 } = this.#state;
    if (heldUntil - now >= TURN.waitInsideMs)
      throw new NotNowError('token', heldUntil, { endpoint: TOKEN_ENDPOINT.name });
    if (token !== undefined && (now < token.renewFrom || now < this.#renewNotBefore)) return token;
    if (token === undefined) return this.#shared(urgency);
    this.#renewNotBefore = now + TOKEN.renewAgainMs;
    // An early renewal that fails hurts nothing: the token is still good, and it is tried again.
    void this.#shared(urgency).catch(() => undefined);
    return token;
  }

  /** One request serves everybody who waits; the urgent do not share the fate of one that bulk work has begun. */
  async #shared(urgency: Urgency): Promise<Token> {
    const use = this.#use(urgency);
    const before = this.#flight;
    if (before !== undefined) {
      try {
        return await before.token;
      } catch (error) {
        if (!(error instanceof NotNowError) || before.use === use) throw error;
      }
    }
    this.#flight ??= { use, token: this.#obtain(urgency).finally(() => (this.#flight = undefined)) };
    return this.#flight.token;
  }

  #use(urgency: Urgency): TokenUse {
    if (this.#state.refused) return 'check';
    return this.#deps.use ?? (urgency === 1 ? 'urgent' : 'work');
  }

  /** Ends with the request that is under way. */
  async settled(): Promise<void> {
    await this.#flight?.token.catch(() => undefined);
  }

  /** Forgets a token that Firefish has refused. */
  discard(token: Token): void {
    if (this.#state.token?.value !== token.value) return;
    const { token: _refused, ...others } = this.#state;
    this.#state = others;
  }

  /** No call leaves for so long, whatever its token. Answers until when (epoch ms). */
  hold(milliseconds: number): number {
    const heldUntil = this.#deps.clock.now() + milliseconds;
    this.#state = { ...this.#state, heldUntil };
    return heldUntil;
  }

  async #obtain(urgency: Urgency): Promise<Token> {
    const known = this.#state.scopes?.granted;
    let finding = allScopes();
    if (known !== undefined) finding = { ...finding, open: [{ scopes: known, refused: false }] };
    for (;;) {
      const asked = nextScopes(finding) ?? finding.granted;
      if (asked.length === 0) throw this.#refused();
      const isWhole = nextScopes(finding) === undefined || finding.requests === 0;
      await this.#takeRoom(urgency);
      const answer = await this.#deps.request(asked);
      switch (answer.kind) {
        case 'granted': {
          if (nextScopes(finding) !== undefined) finding = afterGranted(finding);
          const missing = known === undefined ? finding.missing : (this.#state.scopes?.missing ?? []);
          // A token for a part of the scopes is a step of the search, not its end.
          const isEnd =
            nextScopes(finding) === undefined && (isWhole || finding.granted.length === asked.length);
          if (!isEnd) break;
          this.#state = { token: answer.token, scopes: { granted: asked, missing } };
          return answer.token;
        }
        case 'invalid-scope':
          // The last request, for all that was granted, cannot be refused so; if it is, the search begins again.
          finding =
            nextScopes(finding) === undefined || known !== undefined
              ? this.#beginAgain()
              : afterInvalid(finding, answer.words);
          break;
        case 'refused':
          throw this.#refused();
        case 'limited':
          await this.#deps.egress.limited(this.#deps.tenantId, answer.waitMs);
          throw this.#limited(this.#deps.clock.now() + answer.waitMs);
        case 'failed':
          throw new UnavailableError(`no token: ${answer.reason}`, { endpoint: TOKEN_ENDPOINT.name });
      }
    }
  }

  /** What the profile has ticked is another than was known: another token request decides, at the next call. */
  #beginAgain(): never {
    this.#state = {};
    throw new UnavailableError('no token: the scopes have changed', { endpoint: TOKEN_ENDPOINT.name });
  }

  /** Takes one request out of the client's budget and the egress address's. @throws NotNowError('token') */
  async #takeRoom(urgency: Urgency): Promise<void> {
    const { clock, egress, limiter, tenantId, mayLeave, over } = this.#deps;
    const patience = clock.now() + TURN.waitInsideMs;
    const use = this.#use(urgency);
    for (;;) {
      const from = Math.max(this.#state.notBefore ?? 0, limiter.opensAt(TOKEN_ENDPOINT.name, urgency));
      const due = from > clock.now() ? from : await egress.take(tenantId, use);
      mayLeave();
      if (due === undefined) break;
      if (due > patience) throw this.#waitsUntil(due, use);
      await clock.sleep(due - clock.now(), over);
      // A sleep that is over takes no time: without this, the loop would go round until its instant.
      if (over.aborted) throw new TurnOverError('the turn is over');
      mayLeave();
    }
    limiter.leave(TOKEN_ENDPOINT.name);
  }

  #waitsUntil(until: number, use: TokenUse): NotNowError {
    this.#state = { ...this.#state, due: { ...this.#state.due, [use]: until } };
    return new NotNowError('token', until, { endpoint: TOKEN_ENDPOINT.name });
  }

  #refused(): CredentialsRefusedError {
    this.#state = { refused: true };
    return new CredentialsRefusedError('Firefish refuses the credentials');
  }

  #limited(until: number): NotNowError {
    this.#state = { ...this.#state, notBefore: until };
    return new NotNowError('token', until, { endpoint: TOKEN_ENDPOINT.name, status: 429 });
  }
}
