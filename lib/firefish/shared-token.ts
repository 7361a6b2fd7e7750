/**
 * The token that all instances of one tenant share: fetched by one, used by all, renewed by one before it
 * ends. Fetching is guarded by a lease in the item; who holds the lease asks for room in the client's and in
 * the egress address's budget, and everybody else waits a moment and reads.
 */
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import { tokenKey } from '../store/keys.ts';
import { ConflictError, update, type Expected, type Item, type Table } from '../store/table.ts';
import type { Breaker } from './breaker.ts';
import type { Grant } from './check-credentials.ts';
import type { EgressBudget } from './egress-budget.ts';
import { NotNowError, UnavailableError } from './errors.ts';
import type { Gate } from './gate.ts';
import { decodeRuns, encodeRuns } from './runs-codec.ts';
import { afterGranted, afterInvalid, newScopeSearch, nextScopes, type ScopeSearch } from './scope-search.ts';
import { tokenTimes, toTokenItem, type StoredToken, type TokenState } from './token-item.ts';
import { TOKEN_ENDPOINT, type TokenAnswer } from './token-request.ts';
import { add, compact, earliest, type Window } from './windows.ts';

export interface Token {
  id: string;
  value: string;
  /** Epoch milliseconds. */
  fetchedAt: number;
  renewFrom: number;
  usableUntil: number;
}

interface SharedTokenDeps {
  tenantId: string;
  /** The fingerprint of the credentials in use. */
  credentials: string;
  table: Table;
  cipher: Cipher;
  clock: Clock;
  random: () => number;
  gate: Gate;
  breaker: Breaker;
  egress: EgressBudget;
  /** Of the client id. */
  windows: readonly Window[];
  timeoutMs: number;
  /** How long a call waits for another instance's request to end. */
  maxWaitMs: number;
  request: (scopes: readonly string[]) => Promise<TokenAnswer>;
}

/** How much longer than its requests an instance that died may hold the lease. */
const LEASE_GRACE_MS = 5_000;
const LOOK_AGAIN_MS = 100;
const RENEWAL_LOOK_MS = 2_000;

/** The item is written by `toTokenItem` and nowhere else. */
const readState = (item: Item | undefined): TokenState => (item ?? {}) as TokenState;

/** What one look at the item leads to. */
type Step = { token: Token } | { wait: number } | { refuse: number } | { lead: TokenState };

export class SharedToken {
  readonly #deps: SharedTokenDeps;
  readonly #holder: string;
  #token: Token | undefined;
  #flight: Promise<Token> | undefined;
  #renewNotBefore = 0;

  constructor(deps: SharedTokenDeps) {
    this.#deps = deps;
    this.#holder = deps.random().toString(36).slice(2) + deps.random().toString(36).slice(2);
  }

  /**
   * A token that is good for a call that leaves within seconds.
   * @throws NotNowError('token' | 'credentials'), UnavailableError where the token endpoint is not well
   */
  async get(): Promise<Token> {
    const now = this.#deps.clock.now();
    const token = this.#token;
    const usable = token !== undefined && now < token.usableUntil;
    if (usable && (now < token.renewFrom || now < this.#renewNotBefore || this.#flight !== undefined))
      return token;
    this.#flight ??= this.#obtain().finally(() => {
      this.#flight = undefined;
    });
    try {
      const found = await this.#flight;
      // Somebody else is renewing it: not worth a look at each call.
      if (found.renewFrom <= now) this.#renewNotBefore = now + RENEWAL_LOOK_MS;
      return found;
    } catch (error) {
      // An early renewal that fails hurts nobody: the old token is still good.
      if (!usable) throw error;
      this.#renewNotBefore = this.#deps.clock.now() + LEASE_GRACE_MS;
      return token;
    }
  }

  /** Forgets a token that Firefish has refused, unless another one has taken its place. */
  async discard({ id }: Token): Promise<void> {
    if (this.#token?.id === id) this.#token = undefined;
    await this.#change((state) => (state.token?.id === id ? { ...state, token: undefined } : undefined));
  }

  async #obtain(): Promise<Token> {
    const { clock, random, gate } = this.#deps;
    const giveUpAt = clock.now() + this.#deps.maxWaitMs;
    for (;;) {
      const step = await this.#look(giveUpAt);
      if ('token' in step) {
        this.#token = step.token;
        return step.token;
      }
      if ('refuse' in step) {
        await gate.hold('token', step.refuse);
        throw new NotNowError('token', step.refuse, { endpoint: TOKEN_ENDPOINT });
      }
      if ('lead' in step) return this.#lead(step.lead);
      await clock.sleep(step.wait * (1 + random()));
    }
  }

  async #look(giveUpAt: number): Promise<Step> {
    const { table, tenantId, clock } = this.#deps;
    const item = await table.get(tokenKey(tenantId));
    const state = readState(item);
    const now = clock.now();
    const ours = state.credentials === this.#deps.credentials;
    const token = ours ? await this.#open(state.token, now) : undefined;
    if (token !== undefined && now < token.renewFrom) return { token };
    const busy = state.lease !== undefined && state.lease.until > now;
    if (busy && token !== undefined) return { token };
    if (busy && now < giveUpAt) return { wait: LOOK_AGAIN_MS };
    if (busy) return { refuse: Math.min(state.lease?.until ?? now, now + LEASE_GRACE_MS) };
    if (ours && state.waitUntil !== undefined && state.waitUntil > now) {
      return token === undefined ? { refuse: state.waitUntil } : { token };
    }
    return this.#takeLease(state, item?.version ?? 'absent', now);
  }

  async #open(stored: StoredToken | undefined, now: number): Promise<Token | undefined> {
    if (stored === undefined || stored.usableUntil <= now) return undefined;
    const { sealed, ...token } = stored;
    const { cipher, tenantId } = this.#deps;
    const value = this.#token?.id === token.id ? this.#token.value : await cipher.decrypt(tenantId, sealed);
    return { ...token, value };
  }

  /** Makes this instance the one that asks, unless another was faster. */
  async #takeLease(state: TokenState, version: Expected, now: number): Promise<Step> {
    const { table, tenantId, timeoutMs } = this.#deps;
    const lease = { holder: this.#holder, until: now + timeoutMs + LEASE_GRACE_MS };
    const lead = { ...state, lease };
    try {
      await table.put(toTokenItem(tenantId, lead, now), version);
      return { lead };
    } catch (error) {
      if (error instanceof ConflictError) return { wait: LOOK_AGAIN_MS / 4 };
      throw error;
    }
  }

  /** Holds the lease: asks, for fewer scopes where some are missing, and writes down what came of it. */
  async #lead(item: TokenState): Promise<Token> {
    const { clock, credentials } = this.#deps;
    let scopes =
      item.credentials === credentials && item.scopes !== undefined ? item.scopes : newScopeSearch();
    try {
      for (;;) {
        const asked = nextScopes(scopes);
        if (asked === undefined && scopes.granted.length === 0) throw await this.#refused();
        await this.#takeRoom(item);
        const sentAt = clock.now();
        const answer = await this.#deps.request(asked ?? scopes.granted);
        if (answer.kind === 'granted') {
          scopes = asked === undefined ? scopes : afterGranted(scopes);
          // A token for some of the scopes only is a step of the search, not its end.
          if (
            nextScopes(scopes) === undefined &&
            scopes.granted.length === (asked ?? scopes.granted).length
          ) {
            return await this.#keep(answer, sentAt, scopes);
          }
        } else if (answer.kind === 'invalid-scope') {
          scopes = afterInvalid(asked === undefined ? newScopeSearch() : scopes, answer.message);
        } else {
          throw await this.#failed(answer);
        }
        await this.#note({ credentials, scopes }, clock.now() + this.#deps.timeoutMs + LEASE_GRACE_MS);
      }
    } finally {
      await this.#release();
    }
  }

  /** Takes one request out of the client's budget and the egress address's. @throws NotNowError('token') */
  async #takeRoom(item: TokenState): Promise<void> {
    const { clock, windows, egress, tenantId, gate } = this.#deps;
    const now = clock.now();
    const runs = decodeRuns(item.requests);
    const own = earliest(runs, windows, now);
    const due = own > now ? own : await egress.take(tenantId);
    if (due !== undefined) {
      await this.#note({ credentials: this.#deps.credentials, waitUntil: due });
      await gate.hold('token', due);
      throw new NotNowError('token', due, { endpoint: TOKEN_ENDPOINT });
    }
    add(runs, now);
    item.requests = encodeRuns(compact(runs, windows, now));
    await this.#note({ requests: item.requests });
  }

  async #keep(
    { accessToken, lifetimeMs }: Extract<TokenAnswer, { kind: 'granted' }>,
    sentAt: number,
    scopes: ScopeSearch,
  ): Promise<Token> {
    const { cipher, tenantId, random, credentials } = this.#deps;
    const token = {
      id: random().toString(36).slice(2),
      ...tokenTimes(sentAt, lifetimeMs),
    };
    const sealed = await cipher.encrypt(tenantId, accessToken);
    await this.#change((state) => ({
      ...state,
      ...{ credentials, scopes, token: { ...token, sealed }, waitUntil: undefined, lease: undefined },
    }));
    this.#token = { ...token, value: accessToken };
    return this.#token;
  }

  async #failed(
    answer: Exclude<TokenAnswer, { kind: 'granted' | 'invalid-scope' }>,
  ): Promise<NotNowError | UnavailableError> {
    const { clock, egress, gate, credentials } = this.#deps;
    if (answer.kind === 'refused') return this.#refused();
    if (answer.kind === 'failed') {
      return new UnavailableError(`no token: ${answer.reason}`, { endpoint: TOKEN_ENDPOINT });
    }
    const until = clock.now() + answer.waitMs;
    await egress.block(answer.waitMs);
    await this.#note({ credentials, waitUntil: until });
    await gate.hold('token', until);
    return new NotNowError('token', until, { endpoint: TOKEN_ENDPOINT, status: 429 });
  }

  #refused(): Promise<NotNowError> {
    return this.#deps.breaker.refused(TOKEN_ENDPOINT);
  }

  /** Writes these attributes; with `leaseUntil` also prolongs the lease. */
  async #note(attributes: TokenState, leaseUntil?: number): Promise<void> {
    await this.#change((state) => {
      const prolonged = leaseUntil !== undefined && state.lease?.holder === this.#holder;
      return {
        ...state,
        // What belongs to other credentials must not pass for ours.
        ...(attributes.credentials === undefined || attributes.credentials === state.credentials
          ? {}
          : { token: undefined, scopes: undefined, waitUntil: undefined }),
        ...attributes,
        ...(prolonged ? { lease: { holder: this.#holder, until: leaseUntil } } : {}),
      };
    });
  }

  async #release(): Promise<void> {
    await this.#change((state) =>
      state.lease?.holder === this.#holder ? { ...state, lease: undefined } : undefined,
    );
  }

  async #change(change: (state: TokenState) => TokenState | undefined): Promise<void> {
    const { table, tenantId, clock } = this.#deps;
    await update(table, tokenKey(tenantId), (current) => {
      const changed = change(readState(current));
      return changed === undefined ? undefined : toTokenItem(tenantId, changed, clock.now());
    });
  }
}

/**
 * Where credentials are given: nothing is left of those before but the requests that were made, and what the check
 * of the new ones was granted is their first token.
 * @param credentials the new ones' fingerprint
 */
export async function startToken(
  { table, tenantId, cipher, clock }: Pick<SharedTokenDeps, 'table' | 'tenantId' | 'cipher' | 'clock'>,
  credentials: string,
  grant: Grant | undefined,
): Promise<void> {
  const found = grant === undefined ? {} : await granted(tenantId, cipher, grant);
  await update(table, tokenKey(tenantId), (current) => {
    if (current === undefined && grant === undefined) return undefined;
    const runs = decodeRuns(readState(current).requests);
    for (const at of grant?.requestedAt ?? []) add(runs, at);
    return toTokenItem(tenantId, { credentials, requests: encodeRuns(runs), ...found }, clock.now());
  });
}

async function granted(
  tenantId: string,
  cipher: Cipher,
  { scopes, accessToken, lifetimeMs, sentAt }: Grant,
): Promise<TokenState> {
  const sealed = await cipher.encrypt(tenantId, accessToken);
  return { scopes, token: { id: `given-${String(sentAt)}`, sealed, ...tokenTimes(sentAt, lifetimeMs) } };
}

/** The scopes that the tenant's credentials lack, as far as any token request has told: one read, never a call. */
export async function readMissingScopes(table: Table, tenantId: string): Promise<string[]> {
  return readState(await table.get(tokenKey(tenantId))).scopes?.missing ?? [];
}
