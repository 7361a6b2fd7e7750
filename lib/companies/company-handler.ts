/** Company events: by SourceWhale's id where it is known, else by name; newest wins, field by field. */
import type { CompanyEvent } from '../events/event.ts';
import { type EventAction, type Outcome, skipped } from '../events/event-item.ts';
import { ConflictedError, NotFoundError, RefusedError } from '../firefish/errors.ts';
import { companyNameKey } from '../names/company-name.ts';
import { toFirefishBody } from '../mapping/firefish-fields.ts';
import type { Fields } from '../mapping/fields.ts';
import type { Item } from '../store/table.ts';
import { hashesOf, nextSaid } from '../plan/fields.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { CONFLICT_FOR_MS } from '../times.ts';
import { failedBy } from '../turn/finish-event.ts';
import {
  type EventHandler,
  type GroupResult,
  type Loaded,
  type TurnContext,
  waitAfter,
} from '../turn/turn-context.ts';
import type { Work } from '../events/urgency.ts';
import { Companies } from './companies.ts';
import { companyIdHash, idKey, nameHashOf } from './company-item.ts';
import {
  type CompanyPlan,
  type CompanySayings,
  companySayings,
  type CompanyState,
  type CompanyUpdate,
  nothingRead,
  planCompany,
} from './plan-company.ts';
import type { Firefish } from '../firefish/port.ts';

type Due = readonly Loaded<CompanyEvent>[];

/** How often a company that was deleted in Firefish is looked up by name before its events fail. */
const ROUNDS = 3;

export const companyHandler: EventHandler<CompanyEvent> = {
  callsFirefish: true,
  names: (tenant, { company }) => [`company-id ${companyIdHash(tenant.tenantId, company.id)}`],
  work: workOnCompany,
};

async function readItem(
  { table, tenant }: { table: Pick<TurnContext['table'], 'get'>; tenant: Tenant },
  id: string,
): Promise<CompanyItem> {
  const key = idKey(tenant.tenantId, id);
  // Only `CompanyWork` writes it.
  return ((await table.get(key)) as CompanyItem | undefined) ?? { ...key, version: 0 };
}

/** What is known of a company by SourceWhale's id. */
export const readCompanyState = async (...of: Parameters<typeof readItem>): Promise<CompanyState> =>
  stateOf(await readItem(...of));

async function workOnCompany(context: TurnContext, work: Work, due: Due): Promise<GroupResult> {
  const [first] = due;
  if (first === undefined) return { kind: 'ended' };
  const item = await readItem(context, first.event.company.id);
  const company = new CompanyWork(context, work, item);
  try {
    const outcome = await company.bringInLine(due);
    for (const { item } of due) await context.finish(item, outcome);
    return { kind: 'ended' };
  } catch (error) {
    const isRefusal =
      error instanceof RefusedError || (error instanceof ConflictedError && (await company.isConflictOver()));
    if (isRefusal) return refused(context, work, due, error);
    const waits = waitAfter(context, error);
    if (waits === undefined) throw error;
    return waits;
  }
}

/** Of several events each is tried alone, so that only the one at fault fails. */
async function refused(
  context: TurnContext,
  work: Work,
  due: Due,
  error: RefusedError | ConflictedError,
): Promise<GroupResult> {
  let result: GroupResult = { kind: 'ended' };
  for (const one of due) {
    if (due.length === 1 || error instanceof ConflictedError) await context.finish(one.item, failedBy(error));
    else {
      const alone = await workOnCompany(context, work, [one]);
      if (alone.kind === 'waits') result = alone;
    }
  }
  return result;
}

interface CompanyItem extends Item, CompanyState {
  /** Since when Firefish answers 409 (epoch milliseconds). */
  conflictedSince?: number | undefined;
}

class CompanyWork {
  readonly #context: TurnContext;
  readonly #work: Work;
  readonly #companies: Companies;
  #kept: CompanyItem;
  #state: CompanyState;

  constructor(context: TurnContext, work: Work, item: CompanyItem) {
    this.#context = context;
    this.#work = work;
    this.#companies = new Companies(context, work);
    this.#kept = item;
    this.#state = stateOf(item);
  }

  /** Brings Firefish in line with these events, and keeps what they said. @throws FirefishError */
  async bringInLine(due: Due): Promise<Outcome> {
    const { tenant } = this.#context;
    const events = due.map(({ event }) => event);
    const sayings = companySayings((value) => tenant.hash(value), events, this.#state.said ?? {});
    this.#state = await checkLink(tenant, this.#firefish(), this.#state, sayings.names);
    const outcome = await this.#rounds(sayings);
    await this.#keep({ ...this.#state, said: nextSaid(this.#state.said ?? {}, sayings.newest) });
    return outcome;
  }

  /** Whether Firefish has answered 409 for so long that this counts as a refusal. */
  async isConflictOver(): Promise<boolean> {
    const now = this.#context.clock.now();
    const { conflictedSince = now } = this.#kept;
    const isOver = now - conflictedSince >= CONFLICT_FOR_MS;
    await this.#keep(this.#state, isOver ? undefined : conflictedSince);
    return isOver;
  }

  async #rounds(sayings: CompanySayings): Promise<Outcome> {
    for (let round = 1; ; round += 1) {
      try {
        return await this.#attempt(sayings);
      } catch (error) {
        if (!(error instanceof NotFoundError) || round === ROUNDS) throw error;
        await this.#forgetRef(sayings);
      }
    }
  }

  async #attempt(sayings: CompanySayings): Promise<Outcome> {
    const { tenant } = this.#context;
    const facts = nothingRead();
    for (;;) {
      const planned = planCompany(tenant, this.#state, sayings, facts);
      if ('need' in planned) {
        if (planned.need === 'profile') facts.profile = await this.#firefish().readCompany(planned.ref);
        else facts.refs.set(companyNameKey(planned.name), await this.#companies.find(planned.name));
        continue;
      }
      if (planned.do === 'skip') return skipped(planned.reason);
      if (planned.do === 'update') return this.#update(planned);
      const { ref, created } = await this.#companies.ensure(planned.name, toFirefishBody(planned.fields));
      if (created) return this.#created(ref, planned, sayings);
      facts.refs.set(companyNameKey(planned.name), [ref]);
    }
  }

  #created(
    ref: number,
    planned: Extract<CompanyPlan, { do: 'create' }>,
    { newest }: CompanySayings,
  ): Outcome {
    const nameHash = nameHashOf(this.#context.tenant, planned.name);
    this.#state = { ...this.#state, ref, nameHash, sent: hashesOf(newest) };
    const fields = Object.keys(planned.fields).sort();
    return {
      ...{ state: 'synced', notes: [] },
      actions: [{ entity: 'company', ref, operation: 'created', fields }],
    };
  }

  async #update({ ref, nameHash, fields, sent, notes = [] }: CompanyUpdate): Promise<Outcome> {
    this.#state = { ...this.#state, ref, ...(nameHash === undefined ? {} : { nameHash }) };
    const names = Object.keys(fields).sort();
    if (names.length > 0) {
      await this.#forgetSent(names);
      await this.#firefish().updateCompany(ref, toFirefishBody(fields));
      await this.#rename(fields);
    }
    this.#state = { ...this.#state, sent };
    const done: Pick<EventAction, 'operation' | 'fields'> =
      names.length > 0 ? { operation: 'updated', fields: names } : { operation: 'unchanged' };
    return { state: 'synced', actions: [{ entity: 'company', ref, ...done }], notes };
  }

  /**
   * What these fields were sent before is forgotten before they are sent again: should the answer be lost, it is not
   * known which of the two values Firefish has, and the older one may be the newest again.
   */
  async #forgetSent(names: readonly string[]): Promise<void> {
    const { sent = {} } = this.#state;
    const kept = Object.entries(sent).filter(([field]) => !names.includes(field));
    if (kept.length === Object.keys(sent).length) return;
    await this.#keep({ ...this.#state, sent: Object.fromEntries(kept) }, this.#kept.conflictedSince);
  }

  async #rename({ Name: name }: Fields): Promise<void> {
    if (typeof name !== 'string') return;
    if (this.#state.nameHash !== undefined) await this.#companies.forget(this.#state.nameHash);
    this.#state = { ...this.#state, nameHash: nameHashOf(this.#context.tenant, name) };
  }

  /** Deleted in Firefish: matched again by name; each name may be remembered to lead to what is gone. */
  async #forgetRef({ names }: CompanySayings): Promise<void> {
    const { ref: _, nameHash, sent: __, ...kept } = this.#state;
    const hashes = names.map((name) => nameHashOf(this.#context.tenant, name));
    for (const one of new Set(nameHash === undefined ? hashes : [nameHash, ...hashes])) {
      await this.#companies.forget(one);
    }
    this.#state = kept;
  }

  async #keep(state: CompanyState, conflictedSince?: number): Promise<void> {
    const { pk, sk, version } = this.#kept;
    const item = { pk, sk, ...state, conflictedSince };
    this.#kept = await this.#context.table.put(item, version === 0 ? 'absent' : version);
    this.#state = state;
  }

  #firefish() {
    return this.#context.firefish(this.#work);
  }
}

const stateOf = ({ linksSince, ref, nameHash, said, sent }: Partial<CompanyItem>): CompanyState => ({
  ...{ linksSince, ref, nameHash, said, sent },
});

/**
 * After a change of the Firefish client id a link may be of another database: it is believed once its record has been
 * read and its name fits; else the company is looked up by name (rule 12).
 * @param names that are said of the company now
 * @throws FirefishError
 */
export async function checkLink(
  tenant: Tenant,
  firefish: Pick<Firefish, 'readCompany'>,
  state: CompanyState,
  names: readonly string[],
): Promise<CompanyState> {
  const { linksSince } = tenant;
  if (state.linksSince === linksSince) return state;
  const { ref, nameHash, said } = state;
  const theirs = [nameHash, ...names.map((name) => nameHashOf(tenant, name))];
  try {
    const record = ref === undefined ? undefined : await firefish.readCompany(ref);
    if (record !== undefined && theirs.includes(nameHashOf(tenant, record.Name)))
      return { ...state, linksSince };
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
  return { linksSince, said };
}
