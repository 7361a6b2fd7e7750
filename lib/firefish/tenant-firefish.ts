/** One tenant's Firefish for one turn: the port's only implementation. */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import { companyNameKey, exactCompanyName } from '../names/company-name.ts';
import { companySearchTexts } from './company-search-texts.ts';
import type { FirefishConfig } from '../config.ts';
import type { Kind } from '../events/event.ts';
import type { Urgency, Work } from '../events/urgency.ts';
import type { Fields } from '../mapping/fields.ts';
import type { Table } from '../store/table.ts';
import { tidy } from '../text/visible.ts';
import { TurnOverError } from '../turn-over-error.ts';
import * as assumed from './assumptions.ts';
import { EgressTokens } from './egress-tokens.ts';
import type { NotNowError } from './errors.ts';
import type { CompanyRecord, Firefish } from './port.ts';
import type { OtherCalls } from './preview-budget.ts';
import { type LimiterMemory, RateLimiter } from './rate-limiter.ts';
import { readAction, readCompany, readCreated, readRecord } from './exchange.ts';
import { overAllTime, PeopleSearch, searchAll } from './search.ts';
import { TenantCalls, type Caller, type CallsMemory, type Pace } from './tenant-calls.ts';
import { TenantToken, type TokenMemory } from './token.ts';

/** What one turn leaves to the next: limiter ages, breaker, token. Fits JSON; holds the token, so it is kept encrypted. */
export interface FirefishMemory {
  /** When the credentials were given that what calls and token met with belongs to. */
  givenAt?: number;
  limits?: LimiterMemory;
  calls?: CallsMemory;
  token?: TokenMemory;
}

export interface TenantWait {
  reason: NotNowError['reason'];
  /** Epoch milliseconds. */
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
  others(calls: OtherCalls): void;
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
  fetch: typeof fetch;
  /** Where all tenants behind one egress address share the budget of tokens. */
  table: Table;
  memory: FirefishMemory | undefined;
  /** Milliseconds since `memory` was saved, at least: already less the clock skew, never negative. */
  elapsedMs: number;
  /** The turn before did not close its record: calls after its last save are unknown. */
  crashed: boolean;
  /** Called immediately before each request leaves. @throws TurnOverError if it may not leave now */
  mayLeave: () => void;
  /** For calls beside the turn (previews, the probe). Their tokens count as checks. */
  pace?: Pace;
}

/** A tenant's calls with all that stands around them, for those who read the answers themselves. */
export function connect(deps: TenantFirefishDeps) {
  const { tenantId, clientId, clientSecret, config, clock, table, memory, pace } = deps;
  const over = new AbortController();
  const mayLeave = (): void => {
    if (over.signal.aborted) throw new TurnOverError('the turn is over');
    deps.mayLeave();
  };
  // What other credentials met with says nothing about these.
  const own = memory?.givenAt === deps.givenAt ? memory : undefined;
  const wire = {
    ...{ fetch: deps.fetch, clock, timeoutMs: config.FIREFISH_TIMEOUT_MS, baseUrl: config.FIREFISH_API_URL },
  };
  const { elapsedMs, crashed } = deps;
  const before = { memory: memory?.limits, elapsedMs, crashed };
  const limiter = new RateLimiter(config.FIREFISH_RATE_LIMITS, clock, before);
  const egress = new EgressTokens(table, clock, config);
  const source = { wire, egress, tenantId, clientId, clientSecret, mayLeave };
  const token = new TenantToken({ source, isBeside: pace !== undefined, over: over.signal }, own?.token);
  const guarded = { over: over.signal, mayLeave, pace };
  const calls = new TenantCalls({ wire, limiter, token, ...guarded }, own?.calls);
  return {
    ...{ calls, source, limiter, token },
    end: async (): Promise<void> => {
      over.abort();
      limiter.end();
      await calls.settled();
    },
  };
}

export function createTenantFirefish(deps: TenantFirefishDeps): TenantFirefish {
  const { givenAt, clock } = deps;
  const { calls, limiter, token, end } = connect(deps);
  const now = (): number => clock.now();
  const people = new PeopleSearch((work) => calls.for(work), now);
  return {
    for: (work) => portOf(work, calls.for(work), people, now),
    memory: () => ({
      ...{ givenAt, limits: limiter.memory(), calls: calls.memory(), token: token.memory() },
    }),
    waiting: (urgency) => calls.waiting() ?? token.waiting(urgency) ?? limiter.waiting(urgency),
    others: (made) => {
      limiter.others(made);
    },
    missingScopes: () => token.memory().scopes?.missing ?? [],
    end,
  };
}

function portOf(work: Work, calls: Caller, people: PeopleSearch, now: () => number): Firefish {
  const create = (entity: assumed.Entity, body: Fields): Promise<number> =>
    calls.do({ endpoint: assumed.createEndpoint(entity), body }, readCreated);
  const update = (entity: assumed.Entity, ref: number, body: Fields): Promise<void> =>
    calls.do({ endpoint: assumed.updateEndpoint(entity, ref), body }, nothing);
  return {
    searchByEmail: (kind, address, options) => people.byEmail(work, kind, address, options?.exhaustive),
    searchByDomain: (kind, domain, options) => people.byDomain(work, kind, domain, options?.exhaustive),
    read: (kind, ref) => calls.do({ endpoint: assumed.readEndpoint(kind, ref) }, readRecord),
    create,
    update,
    addNote: (kind, ref, note) =>
      calls.do({ endpoint: assumed.noteEndpoint(kind, ref), body: assumed.noteBody(note) }, nothing),
    addDocument: (ref, document) =>
      calls.do({ endpoint: assumed.documentEndpoint(ref), body: assumed.documentBody(document) }, nothing),
    hasNote: (kind, ref, note, since) => hasNote(calls, now(), { kind, ref, note, since }),
    searchCompanies: (name) => searchCompanies(calls, now(), name),
    readCompany: (ref) => calls.do({ endpoint: assumed.readEndpoint('company', ref) }, readCompany),
    createCompany: (fields) => create('company', fields),
    updateCompany: (ref, fields) => update('company', ref, fields),
  };
}

const nothing = (): void => undefined;

const DAY_MS = 24 * 3_600_000;

async function hasNote(
  calls: Caller,
  now: number,
  { kind, ref, note, since }: { kind: Kind; ref: number; note: string; since: number },
): Promise<boolean> {
  const { parameter, field } = assumed.ACTION_OF[kind];
  const from = assumed.toDay(Math.max(since - DAY_MS, Date.parse(assumed.BEGINNING_OF_TIME)));
  const { rows: actions } = await searchAll(
    { calls, endpoint: assumed.actionsEndpoint(), row: readAction },
    { query: { [parameter]: String(ref) }, from, to: assumed.toDay(now + DAY_MS) },
  );
  return actions.some((action) => {
    const { [assumed.ACTION_NOTE]: written, [field]: of } = action;
    // Line ends and spaces may have been changed on the way into Firefish; the words have not.
    const isSame = typeof written === 'string' && tidy(written) === tidy(note);
    return isSame && (of === undefined || of === null || Number(of) === ref);
  });
}

/** The exact spelling needs one search, and then decides; other spellings, and a name that is new, up to three. */
async function searchCompanies(calls: Caller, now: number, name: string): Promise<CompanyRecord[]> {
  const [wanted, exact] = [companyNameKey(name), exactCompanyName(name)];
  if (wanted === '') return [];
  const found = new Map<number, CompanyRecord>();
  for (const text of companySearchTexts(name)) {
    // If there is nothing long enough to search for, all companies are looked through.
    const isLong = text.length >= assumed.MIN_SEARCH_CHARACTERS;
    const deps = { calls, endpoint: assumed.searchEndpoint('company'), row: readCompany };
    const { rows } = await searchAll(
      deps,
      overAllTime(isLong ? { [assumed.PARAMETER.name]: text } : {}, now),
    );
    for (const row of rows) if (companyNameKey(row.Name) === wanted) found.set(row.Ref, row);
    if (!isLong || [...found.values()].some((row) => exactCompanyName(row.Name) === exact)) break;
  }
  return [...found.values()];
}
