/** One tenant's Firefish for one turn: the port's only implementation. */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Urgency, Work } from '../events/urgency.ts';
import type { Fields } from '../mapping/fields.ts';
import type { Table } from '../store/table.ts';
import { hasNote } from './activity.ts';
import {
  createEndpoint,
  documentBody,
  documentEndpoint,
  noteBody,
  noteEndpoint,
  readEndpoint,
  TOKEN_ENDPOINT,
  updateEndpoint,
  type Entity,
} from './assumptions.ts';
import { CircuitBreaker, type BreakerMemory } from './circuit-breaker.ts';
import { searchCompanies } from './company-search.ts';
import { EgressTokens } from './egress-tokens.ts';
import type { NotNowError } from './errors.ts';
import { searchByDomain, searchByEmail } from './people-search.ts';
import type { Firefish } from './port.ts';
import { RateLimiter } from './rate-limiter.ts';
import { readCompany, readCreated, readRecord } from './rows.ts';
import type { Caller } from './search.ts';
import { SharedSearch } from './shared-search.ts';
import { TenantCalls } from './tenant-calls.ts';
import { requestToken, TenantToken, type TokenMemory } from './token.ts';

/** What one turn leaves to the next: limiter ages, breaker, token. Fits JSON; holds the token, so it is kept encrypted. */
export interface FirefishMemory {
  /** When the credentials were given that breaker and token belong to. */
  givenAt?: number;
  /** The calls of the last hour, packed. */
  limits?: string;
  breaker?: BreakerMemory;
  token?: TokenMemory;
  /** 401s in a row, by endpoint. */
  unauthorised?: Record<string, number>;
}

export interface TenantWait {
  reason: NotNowError['reason'];
  /** Epoch milliseconds. */
  until: number;
}

/** What previews, the probe and scope checks have announced in `T#preview`. */
export interface OtherCalls {
  /** Seconds with calls so far: in each of them at most one call of each endpoint left. */
  seconds: number;
  /** Epoch milliseconds until when more may follow. */
  until: number;
}

export interface TenantFirefish {
  /** Calls made for this work wait in line by its urgency (read each time the next call is chosen). */
  for(work: Work): Firefish;
  memory(): FirefishMemory;
  /**
   * Why calls of this urgency do not leave now, as a whole, and until when; undefined: they leave (a wait of less than
   * 10 s counts as leaving).
   */
  waiting(urgency: Urgency): TenantWait | undefined;
  /** Counts the calls of previews, the probe and scope checks; for each look at `T#preview`, the first one too. */
  others(announced: OtherCalls | undefined): void;
  /** Scopes that the tenant's credentials lack, as far as token requests have told. */
  missingScopes(): string[];
  /** Rejects all calls that wait in line with TurnOverError and waits for those in flight. */
  end(): Promise<void>;
}

export interface TenantFirefishDeps {
  tenantId: TenantId;
  clientId: string;
  clientSecret: string;
  /** When these credentials were given: the same ones, given again, may be accepted now. */
  givenAt: number;
  config: FirefishConfig;
  clock: Clock;
  /** 0 to 1, for jitter. */
  random: () => number;
  fetch: typeof fetch;
  /** Where all tenants behind one egress address share the budget of tokens. */
  table: Table;
  memory: FirefishMemory | undefined;
  /** Milliseconds since `memory` was saved, at least: already less the clock skew, never negative. */
  elapsedMs: number;
  /** The turn before did not close its record: calls after its last save are unknown. */
  crashed: boolean;
  /** Called immediately before each request leaves. @throws TurnOverError where it may not leave now */
  mayLeave: () => void;
  /** For calls beside the turn (previews, the probe): waits until one may leave. Their tokens count as checks. */
  pace?: (endpoint: string) => Promise<void>;
}

export function createTenantFirefish(deps: TenantFirefishDeps): TenantFirefish {
  const {
    tenantId,
    clientId,
    clientSecret,
    givenAt,
    config,
    clock,
    random,
    table,
    memory,
    elapsedMs,
    crashed,
    mayLeave,
  } = deps;
  const over = new AbortController();
  // What other credentials met with says nothing about these.
  const own = memory?.givenAt === givenAt ? memory : undefined;
  const wire = {
    ...{ fetch: deps.fetch, clock, timeoutMs: config.FIREFISH_TIMEOUT_MS, baseUrl: config.FIREFISH_API_URL },
  };
  const limiter = new RateLimiter({
    ...{ limits: config.FIREFISH_RATE_LIMITS, clock, memory: memory?.limits, elapsedMs, crashed },
    special: { [TOKEN_ENDPOINT.name]: config.FIREFISH_TOKEN_LIMITS },
  });
  const breaker = new CircuitBreaker({ clock, random, over: over.signal, memory: own?.breaker });
  const egressLimits = { egressId: config.EGRESS_ID, limits: config.FIREFISH_TOKEN_LIMITS };
  const token = new TenantToken({
    ...{ tenantId, clock, mayLeave, over: over.signal, memory: own?.token },
    egress: new EgressTokens({ table, clock, ...egressLimits }),
    limiter,
    use: deps.pace === undefined ? undefined : 'check',
    request: (scopes) => requestToken(wire, { clientId, clientSecret }, scopes),
  });
  const calls = new TenantCalls(
    { ...wire, ...{ random, breaker, limiter, token, mayLeave, over: over.signal, pace: deps.pace } },
    own?.unauthorised ?? {},
  );
  const now = (): number => clock.now();
  const shared = new SharedSearch((work) => calls.for(work), now);
  return {
    for: (work) => portOf(work, calls.for(work), shared, now),
    memory: () => ({
      ...{ givenAt, limits: limiter.memory(), breaker: breaker.memory(), token: token.memory() },
      unauthorised: calls.unauthorised(),
    }),
    waiting: (urgency) => breaker.waiting() ?? token.waiting(urgency) ?? limiter.waiting(urgency),
    others: (announced) => {
      if (announced !== undefined) limiter.others(announced.seconds, announced.until);
    },
    missingScopes: () => token.missingScopes(),
    async end() {
      over.abort();
      limiter.end();
      await calls.settled();
      await token.settled();
    },
  };
}

function portOf(work: Work, calls: Caller, shared: SharedSearch, now: () => number): Firefish {
  const create = (entity: Entity, body: Fields): Promise<number> =>
    calls.do({ endpoint: createEndpoint(entity), body }, readCreated);
  const update = (entity: Entity, ref: number, body: Fields): Promise<void> =>
    calls.do({ endpoint: updateEndpoint(entity, ref), body }, nothing);
  return {
    searchByEmail: (kind, address, { exhaustive = false } = {}) =>
      exhaustive ? searchByEmail(calls, now, kind, address, true) : shared.find(kind, address, work),
    searchByDomain: (kind, domain, { exhaustive = false } = {}) =>
      searchByDomain(calls, now, kind, domain, exhaustive),
    read: (kind, ref) => calls.do({ endpoint: readEndpoint(kind, ref) }, readRecord),
    create,
    update,
    addNote: (kind, ref, note) =>
      calls.do({ endpoint: noteEndpoint(kind, ref), body: noteBody(note) }, nothing),
    addDocument: (ref, document) =>
      calls.do({ endpoint: documentEndpoint(ref), body: documentBody(document) }, nothing),
    hasNote: (kind, ref, note, since) => hasNote(calls, now, { kind, ref, note, since }),
    searchCompanies: (name) => searchCompanies(calls, now, name),
    readCompany: (ref) => calls.do({ endpoint: readEndpoint('company', ref) }, readCompany),
    createCompany: (fields) => create('company', fields),
    updateCompany: (ref, fields) => update('company', ref, fields),
  };
}

const nothing = (): void => undefined;
