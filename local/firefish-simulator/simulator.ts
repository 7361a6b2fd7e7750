/** Firefish's public API in this process: a faithful stand-in, as far as Firefish's behaviour is known. */
import type { Clock } from '../../lib/clock.ts';
import type { RateLimit } from '../../lib/config.ts';
import { addressLine } from './address-line.ts';
import { Agency, type AgencyState, type Change } from './agency.ts';
import { forbidden, noSuchPath, refusal, Refused, tooMany, unauthorized, wrongMethod } from './answers.ts';
import { type Endpoint, ENDPOINTS, type Setting } from './endpoints.ts';
import { type Fault, faultAnswer, FaultPlan, unreadable } from './faults.ts';
import { fieldRules } from './fields.ts';
import { type Profile, type ProfileOnFirstUse, Profiles, type Token } from './profiles.ts';
import type { Quirks } from './quirks.ts';
import type { Shape } from './search-answer.ts';
import { type FirefishSeed, sow } from './seed.ts';
import { SlidingWindows } from './sliding-windows.ts';
import { TOKEN_ENDPOINT, TokenEndpoint } from './token-endpoint.ts';

export type { AgencyState, Change } from './agency.ts';
export type { Fault, FaultPlan } from './faults.ts';
export type { Profile } from './profiles.ts';
export type { SimAction, SimDocument, SimRecord } from './records.ts';
export type { FirefishSeed } from './seed.ts';

export interface SimulatorOptions {
  clock: Clock;
  /** Per client id and endpoint. */
  rateLimits: readonly RateLimit[];
  /** The token endpoint's, per address and, apart from that, per client id. */
  tokenLimits: readonly RateLimit[];
  /** Deviations from what is known; default none. */
  quirks?: Quirks;
  /** The shape of search answers; default each in turn, counted per agency. */
  shape?: Shape | 'cycle';
  /** Makes profiles for credentials never seen before; default none. */
  profileOnFirstUse?: ProfileOnFirstUse;
  /** Told of each change to an agency's data, to keep it; `restore` puts it back. */
  onChange?: (agency: string, change: Change) => void;
}

export interface SimulatedCall {
  /** Method and path template: `PATCH /candidates/{ref}`. */
  endpoint: string;
  /** 0 where no answer was given (yet). */
  status: number;
  /** Arrival, in epoch milliseconds. */
  at: number;
  clientId: string | undefined;
}

interface Arrival {
  endpoint: string;
  ref: number;
  query: URLSearchParams;
  body: string;
  form: FormData | undefined;
  token: Token | undefined;
  clientId: string | undefined;
  from: string;
}

/** Calls are kept for looking at; a simulator that runs for weeks forgets the oldest. */
const CALLS_AT_MOST = 200_000;

async function readForm(request: Request): Promise<FormData | undefined> {
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- discouraged for servers that strangers can reach
    return await request.formData();
  } catch {
    return undefined; // Not multipart at all: the endpoint says what it misses.
  }
}

/** Rejects with the request's reason as soon as it is aborted, and never before. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => {
      reject(signal.reason as Error); // Whatever the caller aborted with is what fetch would throw.
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

const connectionReset = (): TypeError =>
  new TypeError('fetch failed', {
    cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  });

const templates = new Set([...ENDPOINTS.keys()].map((endpoint) => endpoint.slice(endpoint.indexOf(' ') + 1)));

function endpointOf(endpoint: string): Endpoint {
  const found = ENDPOINTS.get(endpoint);
  if (found !== undefined) return found;
  const [method = '', path = ''] = endpoint.split(' ');
  throw templates.has(path) ? wrongMethod(method) : noSuchPath(method, path);
}

export class FirefishSimulator {
  readonly faults = new FaultPlan();
  readonly #clock: Clock;
  readonly #quirks: Quirks;
  readonly #setting: Setting;
  readonly #profiles: Profiles;
  readonly #tokens: TokenEndpoint;
  readonly #windows: SlidingWindows;
  readonly #agencies = new Map<string, Agency>();
  readonly #onChange: (agency: string, change: Change) => void;
  #calls: (SimulatedCall & { agency: string | undefined })[] = [];
  #refusals = 0;

  constructor(options: SimulatorOptions) {
    const { clock, rateLimits, tokenLimits, quirks = {}, shape = 'cycle', profileOnFirstUse } = options;
    this.#clock = clock;
    this.#quirks = quirks;
    this.#setting = { fields: fieldRules(quirks), quirks, shape };
    this.#profiles = new Profiles(profileOnFirstUse);
    this.#tokens = new TokenEndpoint(this.#profiles, tokenLimits, quirks);
    this.#windows = new SlidingWindows(rateLimits);
    this.#onChange = options.onChange ?? (() => undefined);
  }

  /** A Custom API profile and the data behind it; the same `agency` name is the same data. */
  addProfile(profile: Profile): void {
    this.#profiles.add(profile);
  }

  /** Its tokens die at once. */
  removeProfile(clientId: string): void {
    this.#profiles.remove(clientId);
  }

  /** @throws TypeError naming what no record of that kind can hold */
  seed(agency: string, seed: FirefishSeed): void {
    sow(this.#agency(agency), seed, this.#clock.now());
  }

  /** Puts back a change that `onChange` was told of, before anything else happens. */
  restore(agency: string, change: Change): void {
    this.#agency(agency).restore(change);
  }

  /** Everything an agency has, as plain JSON: a picture of now that later changes leave as it is. */
  state(agency: string): AgencyState {
    return this.#agency(agency).state();
  }

  /** The requests that arrived, in their order; with an agency, those of its profiles. */
  calls(agency?: string): SimulatedCall[] {
    return this.#calls
      .filter((call) => agency === undefined || call.agency === agency)
      .map(({ endpoint, status, at, clientId }) => ({ endpoint, status, at, clientId }));
  }

  /**
   * One request, answered as Firefish would; rejects as fetch does where a fault cuts the connection.
   * @param from the caller's IP address, by which tokens are limited
   */
  async handle(request: Request, from = '127.0.0.1'): Promise<Response> {
    request.signal.throwIfAborted();
    const arrival = await this.#read(request, from);
    const call = this.#note(arrival);
    const fault = this.faults.take(arrival.endpoint, arrival.clientId);
    const answer =
      fault === undefined ? this.#answer(arrival) : await this.#fail(fault, arrival, request.signal);
    answer.headers.set('date', new Date(this.#clock.now()).toUTCString());
    call.status = answer.status;
    return answer;
  }

  #agency(name: string): Agency {
    const known = this.#agencies.get(name);
    if (known !== undefined) return known;
    const agency = new Agency(name, this.#onChange);
    this.#agencies.set(name, agency);
    return agency;
  }

  async #read(request: Request, from: string): Promise<Arrival> {
    const { pathname, searchParams: query } = new URL(request.url);
    const { endpoint, ref } = addressLine(request.method, pathname);
    const form = endpoint === 'POST /candidates/{ref}/documents' ? await readForm(request) : undefined;
    const body = form === undefined && !request.bodyUsed && request.body !== null ? await request.text() : '';
    const bearer = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    const token = bearer === undefined ? undefined : this.#profiles.token(bearer);
    const clientId =
      endpoint === TOKEN_ENDPOINT
        ? (new URLSearchParams(body).get('client_id') ?? undefined)
        : token?.profile.clientId;
    return { endpoint, ref, query, body, form, token, clientId, from };
  }

  #note({ endpoint, clientId, token }: Arrival): SimulatedCall {
    const profile = token?.profile ?? (clientId === undefined ? undefined : this.#profiles.find(clientId));
    const call = { endpoint, status: 0, at: this.#clock.now(), clientId, agency: profile?.agency };
    this.#calls.push(call);
    if (this.#calls.length > CALLS_AT_MOST) this.#calls = this.#calls.slice(-CALLS_AT_MOST / 2);
    return call;
  }

  async #fail(fault: Fault, arrival: Arrival, signal: AbortSignal): Promise<Response> {
    const instead = faultAnswer(fault);
    if (instead !== undefined) return instead;
    if (fault.kind === 'drop-before') throw connectionReset();
    if (fault.kind === 'hang-before') return aborted(signal);
    const answer = this.#answer(arrival);
    if (fault.kind === 'drop-after') throw connectionReset();
    if (fault.kind === 'hang-after') return aborted(signal);
    if (fault.kind === 'slow') {
      await this.#clock.sleep(fault.ms, signal);
      signal.throwIfAborted();
      return answer;
    }
    return unreadable();
  }

  /** What Firefish does and says; not interrupted by anything, so that each request happens at one instant. */
  #answer(arrival: Arrival): Response {
    try {
      const now = this.#clock.now();
      if (arrival.endpoint === TOKEN_ENDPOINT) return this.#issueToken(arrival, now);
      const endpoint = endpointOf(arrival.endpoint);
      const { profile, scopes } = this.#authenticate(arrival, now);
      this.#admit(profile.clientId, arrival.endpoint, now);
      if (!scopes.has(endpoint.scope)) {
        throw this.#quirks.missingScopeIs401 ? unauthorized() : forbidden(endpoint.scope);
      }
      const agency = this.#agency(profile.agency);
      return endpoint.answer({ ...arrival, agency, by: profile.clientId, now }, this.#setting);
    } catch (error) {
      if (error instanceof Refused) return refusal(error);
      throw error;
    }
  }

  #issueToken({ body, from }: Arrival, now: number): Response {
    return this.#tokens.answer(new URLSearchParams(body), from, now, () => this.#refuseAsDate());
  }

  #authenticate({ token }: Arrival, now: number): Token {
    if (token === undefined || !this.#profiles.isLive(token, now)) throw unauthorized();
    return token;
  }

  #admit(clientId: string, endpoint: string, now: number): void {
    const key = this.#quirks.limitsPerClient ? clientId : `${clientId} ${endpoint}`;
    const opensAt = this.#windows.opensAt(key, now);
    if (opensAt <= now || this.#quirks.refusedRequestsCount) this.#windows.count(key, now);
    if (opensAt > now) throw tooMany(opensAt, now, this.#refuseAsDate());
  }

  /** `Retry-After` may be seconds or an HTTP date: in turn, so that a client must know both. */
  #refuseAsDate(): boolean {
    this.#refusals += 1;
    return this.#refusals % 2 === 0;
  }
}
