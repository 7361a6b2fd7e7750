/**
 * One tenant's Firefish: the port's only implementation. Keep one per tenant and credentials in each
 * instance; what it remembers (the token, the limiter's last item) saves reads and is never relied upon.
 */
import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { Table } from '../store/table.ts';
import { hasNote } from './activity.ts';
import {
  createEndpoint,
  noteBody,
  noteEndpoint,
  readEndpoint,
  updateEndpoint,
  type Entity,
} from './assumptions.ts';
import { Breaker } from './breaker.ts';
import { Calls } from './calls.ts';
import { searchCompanies } from './company-search.ts';
import { EgressBudget } from './egress-budget.ts';
import { Gate, MAX_WAIT_MS } from './gate.ts';
import { Limiter } from './limiter.ts';
import { searchByDomain } from './people-search.ts';
import type { Firefish, WriteOptions } from './port.ts';
import type { Fields } from '../mapping/fields.ts';
import { readCompany, readCreated, readRecord } from './rows.ts';
import { SharedSearch } from './shared-search.ts';
import { SharedToken } from './shared-token.ts';
import { fingerprint } from './token-item.ts';
import { requestToken } from './token-request.ts';
import { tokenWindows } from './token-windows.ts';
import type { TransportDeps } from './transport.ts';

export interface FirefishDeps {
  tenantId: string;
  clientId: string;
  clientSecret: string;
  /** When they were given (epoch milliseconds). */
  givenAt: number;
  config: FirefishConfig;
  /** The sync table. */
  table: Table;
  cipher: Cipher;
  clock: Clock;
  fetch: typeof fetch;
  random?: () => number;
  /** How long a call waits for its turn before it ends as NotNowError; default 6,000 ms. */
  maxWaitMs?: number;
}

export function createFirefish(deps: FirefishDeps): Firefish {
  const { calls, limiter } = connect(deps);
  const now = (): number => deps.clock.now();
  const shared = new SharedSearch(calls, now);
  const nothing = (): void => undefined;
  const create = (entity: Entity, body: Fields, options: WriteOptions = {}): Promise<number> =>
    calls.do({ endpoint: createEndpoint(entity), body, startBy: options.startBy }, readCreated);
  const update = (entity: Entity, ref: number, body: Fields, options: WriteOptions = {}): Promise<void> =>
    calls.do({ endpoint: updateEndpoint(entity, ref), body, startBy: options.startBy }, nothing);

  return {
    searchByEmail: (kind, address) => shared.find(kind, address),
    searchByDomain: (kind, domain) => searchByDomain(calls, now, kind, domain),
    read: (kind, ref) => calls.do({ endpoint: readEndpoint(kind, ref) }, readRecord),
    create,
    update,
    addNote: (kind, ref, note, options = {}) =>
      calls.do(
        { endpoint: noteEndpoint(kind, ref), body: noteBody(note), startBy: options.startBy },
        nothing,
      ),
    hasNote: (kind, ref, note, since) => hasNote(calls, now, { kind, ref, note, since }),
    searchCompanies: (name, { wide = false } = {}) => searchCompanies(calls, now, name, wide),
    readCompany: (ref) => calls.do({ endpoint: readEndpoint('company', ref) }, readCompany),
    createCompany: (fields, options) => create('company', fields, options),
    updateCompany: (ref, fields, options) => update('company', ref, fields, options),
    clockWord: (delayMs) => limiter.clockWord(delayMs),
    hearClockWord: (word) => {
      limiter.hearClockWord(word);
    },
  };
}

/** What stands around one tenant's calls, put together. */
export interface Connection {
  calls: Calls;
  limiter: Limiter;
  token: SharedToken;
  egress: EgressBudget;
  wire: TransportDeps & { baseUrl: string };
}

export function connect(deps: FirefishDeps): Connection {
  const { tenantId, clientId, clientSecret, givenAt, config, table, clock, cipher } = deps;
  const { random = Math.random, maxWaitMs = MAX_WAIT_MS } = deps;
  const shared = { table, tenantId, clock, random };
  const wire = {
    fetch: deps.fetch,
    clock,
    timeoutMs: config.FIREFISH_TIMEOUT_MS,
    baseUrl: config.FIREFISH_API_URL,
  };
  const credentials = fingerprint(tenantId, { clientId, clientSecret }, givenAt);
  const gate = new Gate(shared);
  const breaker = new Breaker({ gate, clock, random, timeoutMs: wire.timeoutMs, credentials });
  const limits = config.FIREFISH_TOKEN_LIMITS;
  const egress = new EgressBudget({ table, clock, limits, egressId: config.EGRESS_ID });
  const token = new SharedToken({
    ...shared,
    ...{ credentials, cipher, gate, breaker, egress, maxWaitMs },
    windows: tokenWindows(limits),
    timeoutMs: wire.timeoutMs,
    request: (scopes) => requestToken(wire, { clientId, clientSecret }, scopes),
  });
  const limiter = new Limiter({ ...shared, limits: config.FIREFISH_RATE_LIMITS });
  const calls = new Calls({ ...wire, breaker, gate, limiter, token, maxWaitMs });
  return { calls, limiter, token, egress, wire };
}
