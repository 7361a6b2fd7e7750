/**
 * What the checks look at: raw answers of Firefish, and the records that the probe makes, named by a marker. Its calls are
 * made beside the tenant's turn: they announce themselves to it and keep its limits, as previews do.
 */
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import * as assumed from '../firefish/assumptions.ts';
import { ConflictedError, FirefishError, NotNowError, RefusedError } from '../firefish/errors.ts';
import { ask } from '../firefish/exchange.ts';
import { PreviewBudget } from '../firefish/preview-budget.ts';
import { connect, type TenantFirefishDeps } from '../firefish/tenant-firefish.ts';
import { askForToken } from '../firefish/token.ts';
import { PROBE } from '../times.ts';
import { isQuietSince, openMemory, readTurn } from '../turn/turn-record.ts';

export type ProbeDeps = Pick<
  TenantFirefishDeps,
  'tenantId' | 'clientId' | 'clientSecret' | 'config' | 'table' | 'clock' | 'fetch'
> & { cipher: Cipher };

export interface Answer {
  status: number;
  /** The parsed JSON, or Firefish's own words as a `Message`. */
  body: unknown;
}

export type Row = Record<string, unknown>;
type Query = Record<string, string>;
type Shape = 'a bare array' | 'an array in an array' | 'an envelope';

export const ENTITIES = ['candidate', 'contact', 'company'] as const satisfies assumed.Entity[];
export const EVERYTHING = {
  [assumed.PARAMETER.from]: assumed.BEGINNING_OF_TIME,
  [assumed.PARAMETER.archived]: 'true',
};
export const MOBILE = '+44 7700 900123';
export const STREET = '1 Probe Street';

export const isObject = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isDone = ({ status }: Answer): boolean => status >= 200 && status < 300;
export const hasRef =
  (ref: unknown) =>
  (row: Row): boolean =>
    row['Ref'] === ref;

/** The rows of a search's answer and how they came; `undefined` where it is none. */
export function readSearch({ status, body }: Answer): { rows: Row[]; shape: Shape } | undefined {
  const rows: unknown = isObject(body) ? body['Results'] : body;
  if (status !== 200 || !Array.isArray(rows)) return undefined;
  const isNested = Array.isArray(body) && body.some((part) => Array.isArray(part));
  const shape = isNested ? 'an array in an array' : Array.isArray(body) ? 'a bare array' : 'an envelope';
  return { rows: rows.flat().filter(isObject), shape };
}

export class Ground {
  readonly marker: string;
  readonly address: string;
  readonly #clock: Clock;
  readonly #endsAt: number;
  readonly #budget: PreviewBudget;
  readonly #connection: ReturnType<typeof connect>;
  readonly #all = new Map<assumed.Entity, Row[]>();
  readonly #made: [assumed.Entity, number][] = [];
  #hasWritten = false;

  private constructor(clock: Clock, budget: PreviewBudget, connection: ReturnType<typeof connect>) {
    this.#clock = clock;
    this.#endsAt = clock.now() + PROBE.looksForMs;
    this.#budget = budget;
    this.#connection = connection;
    this.marker = `probe${clock.now().toString(36)}`;
    this.address = `${this.marker}@sourcewhale-firefish-probe.example`;
  }

  /** @throws PreviewBusyError while other calls are made beside the turn */
  static async open(deps: ProbeDeps): Promise<Ground> {
    const { table, tenantId, clock, config } = deps;
    const before = await readTurn(table, tenantId);
    const isAlone = async (): Promise<boolean> => isQuietSince(before, await readTurn(table, tenantId));
    const limits = config.FIREFISH_RATE_LIMITS;
    const budget = new PreviewBudget({ table, tenantId, clock, limits, isAlone }, PROBE);
    const others = await budget.begin();
    const memory = await openMemory(deps, tenantId, before);
    const beside = { givenAt: 0, mayLeave: () => undefined, pace: budget.pace };
    const connection = connect({ ...deps, ...memory, ...beside });
    connection.limiter.others(others);
    return new Ground(clock, budget, connection);
  }

  now(): number {
    return this.#clock.now();
  }

  /** Whether there is no more time to look at anything. */
  isOver(): boolean {
    return this.now() >= this.#endsAt;
  }

  /** Archives what was made, and lets other calls beside the turn begin. */
  async end(): Promise<void> {
    try {
      if (this.#hasWritten) await Promise.all(ENTITIES.map((entity) => this.#archive(entity)));
    } finally {
      await this.#connection.end();
      await this.#budget.end();
    }
  }

  /** One request at its turn. @throws FirefishError if no answer came, or if it is not the request's own */
  async ask(
    endpoint: assumed.Endpoint,
    { query, body }: { query?: Query; body?: unknown } = {},
  ): Promise<Answer> {
    const asked = { endpoint, body, ...(query === undefined ? {} : { query: () => query }) };
    try {
      const calls = this.#connection.calls.for({ urgency: 2 });
      return await calls.do(asked, (answer, status) => ({ status, body: answer }));
    } catch (error) {
      const isAnswer = error instanceof FirefishError && !(error instanceof NotNowError);
      if (!isAnswer || error.status === undefined) throw error;
      const hasWords = error instanceof RefusedError || error instanceof ConflictedError;
      return { status: error.status, body: hasWords ? { Message: error.words } : undefined };
    }
  }

  token(scopes: readonly string[]): ReturnType<typeof askForToken> {
    return askForToken(this.#connection.source, 'check', scopes);
  }

  /** The status of a search with that token. */
  async statusWith(token: string, entity: assumed.Entity, query: Query): Promise<number | undefined> {
    const endpoint = assumed.searchEndpoint(entity);
    (await this.#budget.pace(endpoint.name))();
    const headers = { authorization: `Bearer ${token}` };
    const parse = (_: unknown, status: number): number => status;
    const answer = await ask(this.#connection.source.wire, { endpoint, query, headers, parse });
    if (answer.kind === 'done') return answer.value;
    return answer.kind === 'error' ? answer.error.status : answer.status;
  }

  /** @throws Error if the answer is none of the known shapes */
  async search(entity: assumed.Entity, query: Query): Promise<Row[]> {
    const everything = { ...EVERYTHING, [assumed.PARAMETER.pageSize]: String(assumed.MAX_ROWS) };
    const answer = await this.ask(assumed.searchEndpoint(entity), { query: { ...everything, ...query } });
    const found = readSearch(answer);
    if (found === undefined) throw new Error('the search was refused, or its answer is of an unknown shape');
    return found.rows;
  }

  /** Asked once: nothing is written meanwhile. */
  async all(entity: assumed.Entity): Promise<Row[]> {
    const rows = this.#all.get(entity) ?? (await this.search(entity, {}));
    this.#all.set(entity, rows);
    return rows;
  }

  async read(entity: assumed.Entity, ref: unknown): Promise<Row | undefined> {
    const { body } = await this.ask(assumed.readEndpoint(entity, Number(ref)));
    return isObject(body) ? body : undefined;
  }

  /** All that the probe made. */
  made(entity: assumed.Entity): number[] {
    return this.#made.flatMap(([of, ref]) => (of === entity ? [ref] : []));
  }

  /** The first that the probe made, or makes now. @throws Error if Firefish refuses it */
  async own(entity: assumed.Entity): Promise<number> {
    const ref = this.made(entity)[0] ?? (await this.create(entity)).ref;
    if (ref === undefined) throw new Error(`no ${entity} was made`);
    return ref;
  }

  async usual(entity: assumed.Entity): Promise<Row> {
    const person = { FirstName: 'Probe', Surname: this.marker, EmailAddress: this.address };
    if (entity === 'company') return { Name: this.marker };
    if (entity === 'contact') return { ...person, CompanyRef: await this.own('company') };
    const needed = { Source: 'SourceWhale', LegalBasis: 'legitimate-interest' };
    return { ...person, ...needed, MobileNumber: MOBILE, Address: { Address1: STREET } };
  }

  async create(entity: assumed.Entity, fields?: Row): Promise<Answer & { ref?: number }> {
    const body = fields ?? (await this.usual(entity));
    this.#hasWritten = true;
    const answer = await this.ask(assumed.createEndpoint(entity), { body });
    const ref = isDone(answer) && isObject(answer.body) ? answer.body['Ref'] : undefined;
    if (typeof ref !== 'number') return answer;
    this.#made.push([entity, ref]);
    return { ...answer, ref };
  }

  patch(entity: assumed.Entity, ref: number, body: Row): Promise<Answer> {
    return this.ask(assumed.updateEndpoint(entity, ref), { body });
  }

  /** All that was made: what was answered, and what a search finds where an answer was lost. */
  async #archive(entity: assumed.Entity): Promise<void> {
    const { email, name } = assumed.PARAMETER;
    const query = entity === 'company' ? { [name]: this.marker } : { [email]: this.address };
    // If no search is let in, what is known to have been made is archived anyway.
    const rows = await this.search(entity, query).catch(() => []);
    const live = new Set([...this.made(entity), ...rows.map(({ Ref }) => Number(Ref))]);
    for (const { Ref, IsArchived } of rows) if (IsArchived === true) live.delete(Number(Ref));
    await Promise.all([...live].map((ref) => this.patch(entity, ref, { IsArchived: true })));
  }
}
