/** A client of the simulator that does nothing by itself: it sends what it is told and shows the answer. */
import { parseRateLimits } from '../../../lib/config.ts';
import { SCOPES } from '../../../local/firefish-simulator/credentials/scopes.ts';
import {
  FirefishSimulator,
  type SimulatorOptions,
  type Switches,
} from '../../../local/firefish-simulator/simulator.ts';
import { TestClock } from '../../support/clock.ts';

export const BASE = 'http://firefish.test';
export const CLIENT = 'ff-acme';
export const SECRET = 'secret-of-acme';
export const UNLIMITED = parseRateLimits('1000000/1s');

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; undefined if it is no JSON. */
  body: unknown;
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status, headers, text, body };
}

export interface TokenRequest {
  clientId?: string;
  clientSecret?: string;
  scope?: string;
  grantType?: string;
  from?: string;
}

export class Visitor {
  readonly clock = new TestClock();
  readonly simulator: FirefishSimulator;
  #token = '';

  /** Search answers are bare arrays if the test does not ask for another shape. */
  constructor(options: Partial<SimulatorOptions> = {}) {
    const { clock } = this;
    const unlimited = { rateLimits: UNLIMITED, tokenLimits: UNLIMITED };
    const switches: Partial<Switches> = { shape: 'array', ...options.switches };
    this.simulator = new FirefishSimulator({ clock, ...unlimited, ...options, switches });
    this.simulator.addProfile({ clientId: CLIENT, clientSecret: SECRET });
  }

  async askToken({ from, ...request }: TokenRequest = {}): Promise<Answer> {
    const body = new URLSearchParams({
      grant_type: request.grantType ?? 'client_credentials',
      client_id: request.clientId ?? CLIENT,
      client_secret: request.clientSecret ?? SECRET,
      scope: request.scope ?? SCOPES.join(' '),
    });
    const url = `${BASE}/authorization/token`;
    return answerOf(await this.simulator.handle(new Request(url, { method: 'POST', body }), from));
  }

  /** Gets a token and sends it from now on. */
  async enter(request: TokenRequest = {}): Promise<this> {
    const { body, text } = await this.askToken(request);
    const token = (body as { access_token?: string } | undefined)?.access_token;
    if (token === undefined) throw new Error(`no token: ${text}`);
    this.#token = token;
    return this;
  }

  /** The request under `/api/v1.0`, with the token; an object is sent as JSON. */
  request(method: string, path: string, body?: unknown, init: RequestInit = {}): Request {
    const sent =
      body === undefined || body instanceof FormData || typeof body === 'string' ? body : undefined;
    return new Request(`${BASE}/api/v1.0${path}`, {
      method,
      headers: this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` },
      ...(body !== undefined && { body: sent ?? JSON.stringify(body) }),
      ...init,
    });
  }

  async call(method: string, path: string, body?: unknown, init?: RequestInit): Promise<Answer> {
    return answerOf(await this.simulator.handle(this.request(method, path, body, init)));
  }

  get = (path: string): Promise<Answer> => this.call('GET', path);

  /** The Refs that a search found. */
  async refs(path: string): Promise<number[]> {
    const { status, body, text } = await this.get(path);
    if (status !== 200) throw new Error(`${status} ${text}`);
    return (body as { Ref: number }[]).map(({ Ref }) => Ref);
  }

  /** The Ref of a new record. */
  async create(collection: string, fields: Record<string, unknown>): Promise<number> {
    const { status, body, text } = await this.call('POST', `/${collection}/`, fields);
    if (status !== 201) throw new Error(`${status} ${text}`);
    return (body as { Ref: number }).Ref;
  }
}

export const visit = (options?: Partial<SimulatorOptions>): Promise<Visitor> => new Visitor(options).enter();

export const ANN = {
  FirstName: 'Ann',
  Surname: 'Lee',
  Source: 'SourceWhale',
  EmailAddress: 'ann@x.example',
  LegalBasis: 'legitimate-interest',
};

export const DAY_MS = 86_400_000;
/** Over all time, so that a test of something else finds what it seeded. */
export const ALL = 'from-date=2000-01-01';
