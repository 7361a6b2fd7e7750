/**
 * Companies by name: found in Firefish, or created once. Where a name leads is remembered for a day, so that a batch of
 * one company's people costs one search.
 */
import type { Work } from '../events/urgency.ts';
import { FailedError, UnknownOutcomeError } from '../firefish/errors.ts';
import type { CompanyRecord, Firefish } from '../firefish/port.ts';
import type { Fields } from '../mapping/fields.ts';
import { betterMatch } from '../plan/matching.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { COMPANY_REMEMBERED_MS, LATE_MS, RETRY_PAUSES_MS, TURN } from '../times.ts';
import type { TurnContext } from '../turn/turn-context.ts';
import { exactHashOf, nameHashOf, type NameItem, nameKey } from './company-item.ts';
import { exactCompanyName } from '../names/company-name.ts';

/** This many other companies of a name are kept, to be named. */
const REFS_KEPT = 20;

type Context = Pick<TurnContext, 'tenant' | 'table' | 'clock' | 'locks' | 'callTimeoutMs' | 'firefish'>;

/** Where the name is known to lead, in whatever spelling: best match first. */
const rememberedFor = (item: NameItem | undefined, { linksSince }: Tenant, now: number): number[] =>
  item?.ref !== undefined &&
  item.linksSince === linksSince &&
  item.foundAt !== undefined &&
  item.foundAt + COMPANY_REMEMBERED_MS > now
    ? [item.ref, ...(item.others ?? [])]
    : [];

/**
 * What is remembered for this spelling; else what Firefish finds, the exact spelling first, then as with people. Where the
 * search finds none, what another spelling led to: Firefish's search does not fold all that we do.
 * @param gone companies that were deleted, whatever is remembered
 */
async function lookUp(
  { tenant, clock }: Pick<Context, 'tenant' | 'clock'>,
  firefish: Pick<Firefish, 'searchCompanies'>,
  item: NameItem | undefined,
  name: string,
  gone: ReadonlySet<number> = new Set(),
): Promise<{ refs: number[]; isNew: boolean }> {
  const known = rememberedFor(item, tenant, clock.now());
  const [first] = known;
  if (first !== undefined && item?.exact === exactHashOf(tenant, name) && !gone.has(first))
    return { refs: known, isNew: false };
  const exact = exactCompanyName(name);
  const isFolded = ({ Name }: CompanyRecord): number => Number(exactCompanyName(Name) !== exact);
  const found = await firefish.searchCompanies(name);
  const sorted = found.sort((a, b) => isFolded(a) - isFolded(b) || betterMatch(a, b)).map(({ Ref }) => Ref);
  return { refs: (sorted.length > 0 ? sorted : known).filter((ref) => !gone.has(ref)), isNew: true };
}

/** Finds as `Companies.find` does, for previews: reads only. @param gone companies that were deleted */
export const companyFinder =
  (
    context: Pick<Context, 'tenant' | 'clock'> & { table: Pick<Context['table'], 'get'> },
    firefish: Pick<Firefish, 'searchCompanies'>,
    gone?: ReadonlySet<number>,
  ) =>
  async (name: string): Promise<number[]> => {
    const { tenant, table } = context;
    const item = (await table.get(nameKey(tenant.tenantId, nameHashOf(tenant, name)))) as
      NameItem | undefined;
    return (await lookUp(context, firefish, item, name, gone)).refs;
  };

/** The companies that one group of events needs. All calls can throw what Firefish's do. */
export class Companies {
  readonly #context: Context;
  readonly #firefish: Firefish;
  /** Hashes of names that were looked up here and lead nowhere. */
  readonly #absent = new Set<string>();

  /** @param work whose urgency the calls have */
  constructor(context: Context, work: Work) {
    this.#context = context;
    this.#firefish = context.firefish(work);
  }

  /** Refs of the companies of a name, best match first. Asks Firefish only where nothing is remembered. */
  async find(name: string): Promise<number[]> {
    return this.#locked(this.#hashOf(name), async (item) => {
      const { refs, isNew } = await lookUp(this.#context, this.#firefish, item, name);
      if (isNew) await this.#found(item, name, refs);
      if (refs.length === 0) this.#absent.add(this.#hashOf(name));
      return refs;
    });
  }

  /**
   * The Ref of the company of that name, created with these fields where there is none.
   * @throws UnknownOutcomeError also while an earlier creation of this name can still take effect
   */
  async ensure(name: string, fields: Fields): Promise<{ ref: number; created: boolean }> {
    return this.#locked(this.#hashOf(name), async (found) => {
      let item = found;
      for (const pauseMs of [...RETRY_PAUSES_MS, undefined]) {
        if (!this.#isAbsent(item, name)) {
          const { refs, isNew } = await lookUp(this.#context, this.#firefish, item, name);
          const [ref] = refs;
          if (isNew) await this.#found(item, name, refs);
          if (ref !== undefined) return { ref, created: false };
        }
        const named = { ...item, exact: this.#exact(name) };
        const created = await this.#create(named, { ...fields, Name: exactCompanyName(name) }, pauseMs);
        if ('ref' in created) return { ref: created.ref, created: true };
        item = created.item;
      }
      throw new Error('the last try answers or throws');
    });
  }

  /**
   * The plan has just found none, mostly: then it is not searched for again, once, unless another group of this turn, the
   * only writer, has found or begun to create it meanwhile.
   */
  #isAbsent(item: NameItem, name: string): boolean {
    const isUntouched = item.ref === undefined && (item.settlesAt ?? 0) === 0;
    return this.#absent.delete(this.#hashOf(name)) && isUntouched;
  }

  /** Firefish has refused this Ref: the name is looked up again the next time. */
  async missing(name: string, ref: number): Promise<void> {
    await this.#locked(this.#hashOf(name), async (item) => {
      if (item.ref === ref) await this.#put(without(item));
    });
  }

  /** Forgets where a name leads, given its hash. */
  async forget(nameHash: string): Promise<void> {
    await this.#locked(nameHash, async (item) => {
      if (item.ref !== undefined) await this.#put(without(item));
    });
  }

  async #found(item: NameItem, name: string, [ref, ...others]: readonly number[]): Promise<void> {
    if (ref === undefined) return;
    await this.#put({
      ...{ ...without(item), ref, exact: this.#exact(name), foundAt: this.#context.clock.now() },
      linksSince: this.#context.tenant.linksSince,
      ...(others.length > 0 && { others: others.slice(0, REFS_KEPT) }),
    });
  }

  /**
   * Creates the company of the item, its intent kept first.
   * @param pauseMs before the next try, where there is one: a definite failure is answered with the item then
   */
  async #create(
    item: NameItem,
    fields: Fields,
    pauseMs: number | undefined,
  ): Promise<{ ref: number } | { item: NameItem }> {
    const { callTimeoutMs, clock, tenant } = this.#context;
    const { settlesAt = 0 } = item;
    if (settlesAt > clock.now()) {
      const endpoint = 'POST /companies';
      const reason = 'an earlier creation of this company may still take effect';
      throw new UnknownOutcomeError(reason, settlesAt - callTimeoutMs - LATE_MS, { endpoint });
    }
    // The call may wait in line before it leaves.
    const latest = clock.now() + TURN.waitInsideMs + callTimeoutMs + LATE_MS;
    const intent = await this.#put({ ...item, settlesAt: latest });
    let ref: number;
    try {
      ref = await this.#firefish.createCompany(fields);
    } catch (error) {
      const isUnknown = error instanceof UnknownOutcomeError;
      const until = isUnknown ? error.sentAt + callTimeoutMs + LATE_MS : 0;
      const settled = await this.#put({ ...intent, settlesAt: until });
      if (!(error instanceof FailedError) || pauseMs === undefined) throw error;
      await clock.sleep(pauseMs);
      return { item: settled };
    }
    const { linksSince } = tenant;
    await this.#put({ ...intent, settlesAt: 0, ref, foundAt: clock.now(), linksSince });
    return { ref };
  }

  /** Two contacts of one new company create it once: who comes second waits here, and finds it. */
  async #locked<T>(nameHash: string, work: (item: NameItem) => Promise<T>): Promise<T> {
    const { locks, table, tenant } = this.#context;
    return locks.hold([`company-name ${nameHash}`], async () => {
      const key = nameKey(tenant.tenantId, nameHash);
      return work(((await table.get(key)) as NameItem | undefined) ?? { ...key, version: 0 });
    });
  }

  async #put({ version, ...attributes }: NameItem): Promise<NameItem> {
    return await this.#context.table.put(attributes, version === 0 ? 'absent' : version);
  }

  #hashOf(name: string): string {
    return nameHashOf(this.#context.tenant, name);
  }

  #exact(name: string): string {
    return exactHashOf(this.#context.tenant, name);
  }
}

/** Without where it leads; an intent stays. */
function without({ ref: _ref, foundAt: _foundAt, others: _others, ...item }: NameItem): NameItem {
  return item;
}
