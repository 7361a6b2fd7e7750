/** Firefish's public API in this process: it behaves like Firefish, as far as Firefish's behaviour is known. */
import type { Clock } from '../../lib/clock.ts';
import type { RateLimit } from '../../lib/config.ts';
import { addressLine } from './records/address-line.ts';
import { Agency, type AgencyState, type Change } from './records/agency.ts';
import {
  forbidden,
  json,
  noSuchPath,
  refusal,
  Refused,
  tooMany,
  unauthorized,
  wrongMethod,
} from './answers.ts';
import { type Endpoint, ENDPOINTS, type Setting, type Visit } from './endpoints.ts';
import { type Fault, FaultPlan, faultyAnswer } from './faults.ts';
import { fieldRules } from './records/fields.ts';
import { isObject } from './records/field-values.ts';
import { type Profile, type ProfileOnFirstUse, Profiles, type Token } from './credentials/profiles.ts';
import type { Quirks } from './quirks.ts';
import { type Collection, COLLECTIONS } from './records/records.ts';
import { type FirefishSeed, sow } from './records/seed.ts';
import { SlidingWindows } from './sliding-windows.ts';
import { DEFAULT_SWITCHES, type Switches } from './switches.ts';
import { TOKEN_ENDPOINT, TokenEndpoint } from './credentials/token-endpoint.ts';

export type { AgencyState, Change } from './records/agency.ts';
export type { Fault, FaultPlan } from './faults.ts';
export type { Profile } from './credentials/profiles.ts';
export type { SimAction, SimDocument, SimRecord } from './records/records.ts';
export type { FirefishSeed } from './records/seed.ts';
export type { Switches } from './switches.ts';

export interface SimulatorOptions {
  clock: Clock;
  /** Per client id and endpoint. */
  rateLimits: readonly RateLimit[];
  /** The limits of the token endpoint, per address and, separately, per client id. */
  tokenLimits: readonly RateLimit[];
  /** Deviations from what is known; default none. */
  quirks?: Quirks;
  /** What every agency starts with, if it differs from the defaults. */
  switches?: Partial<Switches>;
  /** Creates profiles for unknown credentials; default none. */
  profileOnFirstUse?: ProfileOnFirstUse;
  /** Called with each change of an agency's data, to store it; `restore` restores it. */
  onChange?: (agency: string, change: Change) => void;
}

export interface SimulatedCall {
  /** Method and path template: `PATCH /candidates/{ref}`. */
  endpoint: string;
  /** 0 if no answer was given (yet). */
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
  form: Visit['form'];
  token: Token | undefined;
  clientId: string | undefined;
  from: string;
}

/** Calls are kept for inspection; a simulator that runs for weeks drops the oldest. */
const CALLS_AT_MOST = 200_000;

async function readForm(request: Request): Promise<Visit['form']> {
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- discouraged for servers that strangers can reach
    const form = await request.formData();
    // Names of parts are not case-sensitive, like all names.
    const parts = Array.from(form, ([name, part]) => ({ name: name.toLowerCase(), part }));
    const type = parts.find(({ name }) => name === 'type')?.part;
    const files = parts.flatMap(({ name, part }) => (name === 'files' && part instanceof File ? [part] : []));
    return {
      type: typeof type === 'string' ? type : '',
      files: await Promise.all(files.map(async (file) => ({ name: file.name, bytes: await file.bytes() }))),
    };
  } catch {
    return undefined; // Not multipart at all: the endpoint reports what is missing.
  }
}

function jsonIn(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) ? body : {};
  } catch {
    return {};
  }
}

const templates = new Set([...ENDPOINTS.keys()].map((endpoint) => endpoint.slice(endpoint.indexOf(' ') + 1)));

function endpointOf(endpoint: string): Endpoint {
  const found = ENDPOINTS.get(endpoint);
  if (found !== undefined) return found;
  const [method = '', path = ''] = endpoint.split(' ');
  throw templates.has(path) ? wrongMethod(method) : noSuchPath(method, path);
}

const collectionOf = (endpoint: string): Collection | undefined =>
  COLLECTIONS.find((collection) => new RegExp(`/${collection}\\b`).test(endpoint));

export class FirefishSimulator {
  readonly faults: FaultPlan;
  readonly #clock: Clock;
  readonly #quirks: Quirks;
  readonly #switches: Switches;
  readonly #settings = new Map<string, Setting>();
  readonly #profiles: Profiles;
  readonly #tokens: TokenEndpoint;
  readonly #windows: SlidingWindows;
  readonly #agencies = new Map<string, Agency>();
  readonly #onChange: (agency: string, change: Change) => void;
  #calls: (SimulatedCall & { agency: string | undefined })[] = [];
  #refusals = 0;

  constructor(options: SimulatorOptions) {
    const { clock, rateLimits, tokenLimits, quirks = {}, profileOnFirstUse } = options;
    this.#clock = clock;
    this.faults = new FaultPlan(clock);
    this.#quirks = quirks;
    this.#switches = { ...DEFAULT_SWITCHES, ...options.switches };
    this.#profiles = new Profiles(profileOnFirstUse);
    this.#tokens = new TokenEndpoint(this.#profiles, tokenLimits, quirks);
    this.#windows = new SlidingWindows(rateLimits);
    this.#onChange = options.onChange ?? (() => undefined);
  }

  /** A Custom API profile and the data behind it; the same `agency` name is the same data. */
  addProfile(profile: Profile): void {
    this.#profiles.add(profile);
  }

  /** Its tokens end at once. */
  removeProfile(clientId: string): void {
    this.#profiles.remove(clientId);
  }

  /** @throws TypeError naming a field that a record of that kind cannot have */
  seed(agency: string, seed: FirefishSeed): void {
    sow(this.#agency(agency), seed, this.#clock.now());
  }

  /** Changes some switches of an agency. */
  switch(agency: string, changed: Partial<Switches>): void {
    const { quirks, switches: before } = this.#setting(agency);
    const switches = { ...before, ...changed };
    this.#settings.set(agency, { fields: fieldRules(quirks, switches), quirks, switches });
  }

  /** The record is permanently deleted, as after its 48 hours in the trash. */
  delete(agency: string, collection: Collection, ref: number): void {
    this.#agency(agency).delete(collection, ref);
  }

  /** Two records become one: `from` is deleted, and contacts of that company belong to `into`. */
  merge(agency: string, collection: Collection, refs: { from: number; into: number }): void {
    this.#agency(agency).merge(collection, refs);
  }

  /** Restores a change that `onChange` was called with, before anything else happens. */
  restore(agency: string, change: Change): void {
    this.#agency(agency).restore(change);
  }

  /** All data of an agency, as plain JSON: a snapshot that later changes do not affect. */
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
   * One request, answered as Firefish would; rejects as fetch does if a fault cuts the connection.
   * @param from the caller's IP address, by which tokens are limited
   */
  async handle(request: Request, from = '127.0.0.1'): Promise<Response> {
    request.signal.throwIfAborted();
    const arrival = await this.#read(request, from);
    const call = this.#note(arrival);
    const fault = this.faults.take(arrival.endpoint, arrival.clientId);
    const own =
      fault === undefined ? this.#answer(arrival) : await this.#fail(fault, arrival, request.signal);
    const answer = await this.#named(own, arrival);
    answer.headers.set('date', new Date(this.#clock.now()).toUTCString());
    call.status = answer.status;
    return answer;
  }

  #setting(agency: string): Setting {
    const known = this.#settings.get(agency);
    if (known !== undefined) return known;
    const [quirks, switches] = [this.#quirks, this.#switches];
    const setting = { fields: fieldRules(quirks, switches), quirks, switches };
    this.#settings.set(agency, setting);
    return setting;
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

  #fail(fault: Fault, arrival: Arrival, signal: AbortSignal): Promise<Response> {
    return faultyAnswer(fault, {
      signal,
      sleep: (ms, abort) => this.#clock.sleep(ms, abort),
      apply: () => this.#answer(arrival),
      deleteRow: (ref) => {
        const collection = collectionOf(arrival.endpoint);
        if (arrival.token !== undefined && collection !== undefined) {
          this.delete(arrival.token.profile.agency, collection, ref);
        }
      },
    });
  }

  /**
   * With the switch `messagesNamePeople`: the `Message` of an answer names the person of the call, with name and
   * address.
   */
  async #named(answer: Response, { endpoint, ref, body, token }: Arrival): Promise<Response> {
    if (answer.status < 400 || token === undefined) return answer;
    const { agency } = token.profile;
    if (!this.#setting(agency).switches.messagesNamePeople) return answer;
    const said = jsonIn(await answer.clone().text());
    const collection = collectionOf(endpoint);
    if (typeof said['Message'] !== 'string' || collection === undefined) return answer;
    const record = { ...this.#agency(agency).find(collection, ref), ...jsonIn(body) };
    const named = ['FirstName', 'Surname', 'Name', 'EmailAddress']
      .map((name) => record[name])
      .filter((value) => typeof value === 'string');
    return json({ ...said, Message: `${said['Message']} (${named.join(' ')})` }, answer.status);
  }

  /** Firefish's behaviour. It is synchronous, so that each request happens at one instant. */
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
      const visit = { ...arrival, agency, by: profile.clientId, now };
      return endpoint.answer(visit, this.#setting(profile.agency));
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
    const key = `${clientId} ${endpoint}`;
    const opensAt = this.#windows.opensAt(key, now);
    if (opensAt <= now) this.#windows.count(key, now);
    if (opensAt > now) throw tooMany(opensAt, now, this.#refuseAsDate());
  }

  /** `Retry-After` is seconds and an HTTP date alternately, so that a client must handle both. */
  #refuseAsDate(): boolean {
    this.#refusals += 1;
    return this.#refusals % 2 === 0;
  }
}
