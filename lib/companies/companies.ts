/**
 * Companies by name: found in Firefish, or created once. Where a name leads is remembered for a day, so that a batch of
 * one company's people costs one search.
 */
import { FailedError, UnknownOutcomeError } from '../firefish/errors.ts';
import type { CompanyRecord, Firefish } from '../firefish/port.ts';
import type { Fields } from '../mapping/fields.ts';
import { betterMatch } from '../plan/matching.ts';
import { COMPANY_REMEMBERED_MS, LATE_MS, RETRY_PAUSES_MS, TURN } from '../times.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { TurnContext } from '../turn/turn-context.ts';
import type { Work } from '../events/urgency.ts';
import { exactHashOf, nameHashOf, type NameItem, nameKey } from './company-item.ts';
import { exactCompanyName } from './company-name.ts';

/** This many other companies of a name are kept, to be named. */
const REFS_KEPT = 20;

/** What the search and the planning of people and companies ask. */
export type FindCompany = (name: string) => Promise<number[]>;

export interface Companies {
  /**
   * Refs of the companies of a name, best match first. Asks Firefish only where nothing is remembered.
   * @throws FirefishError
   */
  find: FindCompany;
  /**
   * The Ref of the company of that name, created with these fields where there is none.
   * @throws UnknownOutcomeError also while an earlier creation of this name can still take effect
   * @throws FirefishError
   */
  ensure(name: string, fields: Fields): Promise<{ ref: number; created: boolean }>;
  /** Firefish has refused this Ref: the name is looked up again the next time. */
  missing(name: string, ref: number): Promise<void>;
  /** The name leads to this company from now on. */
  remember(name: string, ref: number): Promise<void>;
  /** Forgets where a name leads, given its hash. */
  forget(nameHash: string): Promise<void>;
}

type Context = Pick<
  TurnContext,
  'tenant' | 'table' | 'clock' | 'random' | 'locks' | 'callTimeoutMs' | 'firefish'
>;

/** What a preview uses: reads only. @param gone companies that were deleted, whatever is remembered */
export const companyFinder =
  (
    { tenant, table, clock }: Pick<Context, 'tenant' | 'clock'> & { table: Pick<Context['table'], 'get'> },
    firefish: Pick<Firefish, 'searchCompanies'>,
    gone: ReadonlySet<number> = new Set(),
  ): FindCompany =>
  async (name) => {
    const item = (await table.get(nameKey(tenant.tenantId, nameHashOf(tenant, name)))) as
      NameItem | undefined;
    const [ref, ...others] = remembered(item, tenant, name, clock.now());
    if (ref !== undefined && !gone.has(ref)) return [ref, ...others];
    return (await searchRefs(firefish, name, rememberedFor(item, tenant, clock.now()))).filter(
      (found) => !gone.has(found),
    );
  };

/** Where the name is known to lead, in whatever spelling: best match first. */
const rememberedFor = (item: NameItem | undefined, { linksSince }: Tenant, now: number): number[] =>
  item?.ref !== undefined &&
  item.linksSince === linksSince &&
  item.foundAt !== undefined &&
  item.foundAt + COMPANY_REMEMBERED_MS > now
    ? [item.ref, ...(item.others ?? [])]
    : [];

/** The same for this spelling. */
const remembered = (item: NameItem | undefined, tenant: Tenant, name: string, now: number): number[] =>
  item?.exact === exactHashOf(tenant, name) ? rememberedFor(item, tenant, now) : [];

/**
 * The exact spelling first, then as with people. Where the search finds none, what another spelling led to: Firefish's
 * search does not fold all that we do.
 * @param known by other spellings
 */
async function searchRefs(
  firefish: Pick<Firefish, 'searchCompanies'>,
  name: string,
  known: readonly number[],
): Promise<number[]> {
  const exact = exactCompanyName(name);
  const isFolded = ({ Name }: CompanyRecord): number => Number(exactCompanyName(Name) !== exact);
  const found = await firefish.searchCompanies(name);
  if (found.length === 0) return [...known];
  return found.sort((a, b) => isFolded(a) - isFolded(b) || betterMatch(a, b)).map(({ Ref }) => Ref);
}

/** @param work whose urgency the calls have */
export const createCompanies = (context: Context, work: Work): Companies =>
  new TenantCompanies(context, context.firefish(work));

class TenantCompanies implements Companies {
  readonly #context: Context;
  readonly #firefish: Firefish;

  constructor(context: Context, firefish: Firefish) {
    this.#context = context;
    this.#firefish = firefish;
  }

  async find(name: string): Promise<number[]> {
    return this.#locked(this.#hashOf(name), async (item) => {
      const known = remembered(item, this.#context.tenant, name, this.#now());
      if (known.length > 0) return known;
      const refs = await searchRefs(
        this.#firefish,
        name,
        rememberedFor(item, this.#context.tenant, this.#now()),
      );
      await this.#found(item, name, refs);
      return refs;
    });
  }

  async ensure(name: string, fields: Fields): Promise<{ ref: number; created: boolean }> {
    return this.#locked(this.#hashOf(name), async (found) => {
      const [known] = remembered(found, this.#context.tenant, name, this.#now());
      if (known !== undefined) return { ref: known, created: false };
      let item = found;
      for (let tries = 0; ; tries += 1) {
        // The plan has just found none, mostly; what an earlier try created is found by this search.
        const refs = await searchRefs(
          this.#firefish,
          name,
          rememberedFor(item, this.#context.tenant, this.#now()),
        );
        const [best] = refs;
        if (best !== undefined) {
          await this.#found(item, name, refs);
          return { ref: best, created: false };
        }
        const named = { ...item, exact: this.#exact(name) };
        const created = await this.#create(
          named,
          { ...fields, Name: exactCompanyName(name) },
          RETRY_PAUSES_MS[tries],
        );
        if ('ref' in created) return { ref: created.ref, created: true };
        item = created.item;
      }
    });
  }

  async missing(name: string, ref: number): Promise<void> {
    await this.#locked(this.#hashOf(name), async (item) => {
      if (item.ref === ref) await this.#put(without(item));
    });
  }

  async remember(name: string, ref: number): Promise<void> {
    await this.#locked(this.#hashOf(name), (item) => this.#found(item, name, [ref]));
  }

  async #found(item: NameItem, name: string, [best, ...others]: readonly number[]): Promise<void> {
    if (best === undefined) return;
    const { others: _, ...kept } = item;
    await this.#put({
      ...{ ...kept, ref: best, exact: this.#exact(name), foundAt: this.#now() },
      linksSince: this.#context.tenant.linksSince,
      ...(others.length > 0 && { others: others.slice(0, REFS_KEPT) }),
    });
  }

  #exact(name: string): string {
    return exactHashOf(this.#context.tenant, name);
  }

  async forget(nameHash: string): Promise<void> {
    await this.#locked(nameHash, async (item) => {
      if (item.ref !== undefined) await this.#put(without(item));
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
    const { callTimeoutMs, clock, random } = this.#context;
    if ((item.settlesAt ?? 0) > this.#now()) throw this.#settling(item);
    // The call may wait in line before it leaves.
    const intent = await this.#put({
      ...item,
      settlesAt: this.#now() + TURN.waitInsideMs + callTimeoutMs + LATE_MS,
    });
    let ref: number;
    try {
      ref = await this.#firefish.createCompany(fields);
    } catch (error) {
      const isUnknown = error instanceof UnknownOutcomeError;
      const settlesAt = isUnknown ? error.sentAt + callTimeoutMs + LATE_MS : 0;
      const settled = await this.#put({ ...intent, settlesAt });
      if (!(error instanceof FailedError) || pauseMs === undefined) throw error;
      await clock.sleep(pauseMs * (0.75 + random() / 2));
      return { item: settled };
    }
    const { linksSince } = this.#context.tenant;
    await this.#put({ ...intent, settlesAt: 0, ref, foundAt: this.#now(), linksSince });
    return { ref };
  }

  #settling({ settlesAt = 0 }: NameItem): UnknownOutcomeError {
    const sentAt = settlesAt - this.#context.callTimeoutMs - LATE_MS;
    return new UnknownOutcomeError('an earlier creation of this company may still take effect', sentAt, {
      endpoint: 'POST /companies',
    });
  }

  /** Two contacts of one new company create it once: who comes second waits here, and finds it. */
  async #locked<T>(nameHash: string, work: (item: NameItem) => Promise<T>): Promise<T> {
    const { locks, table, tenant } = this.#context;
    return locks.hold([`company-name ${nameHash}`], async () => {
      const key = nameKey(tenant.tenantId, nameHash);
      return work(((await table.get(key)) as NameItem | undefined) ?? { ...key, version: 0 });
    });
  }

  async #put(item: NameItem): Promise<NameItem> {
    const { version, ...attributes } = item;
    return await this.#context.table.put(attributes, version === 0 ? 'absent' : version);
  }

  #hashOf(name: string): string {
    return nameHashOf(this.#context.tenant, name);
  }

  #now(): number {
    return this.#context.clock.now();
  }
}

/** Without where it leads; an intent stays. */
function without({ ref: _ref, foundAt: _foundAt, others: _others, ...item }: NameItem): NameItem {
  return item;
}
