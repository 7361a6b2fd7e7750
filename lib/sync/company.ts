/**
 * Companies by name: found in Firefish, or made once, under a claim on the normalised name. What was found is
 * remembered for a day, so that a batch of one company's people costs one search.
 */
import { UnknownOutcomeError } from '../firefish/errors.ts';
import type { Fields } from '../mapping/fields.ts';
import { companyNameHash } from '../mapping/company-name.ts';
import { tidy } from '../mapping/tidy.ts';
import { companyKey } from '../store/keys.ts';
import { ConflictError, type Item, type Key } from '../store/table.ts';
import type { ReadContext, SyncContext } from './context.ts';
import { CLOCK_SKEW_MS, LATE_MS } from './margins.ts';
import { BusyError } from './person-lease.ts';
import { betterMatch } from './plan-matching.ts';

const REMEMBERED_MS = 24 * 3600 * 1000;

interface CompanyItem extends Item {
  ref?: number;
  /** Epoch milliseconds. */
  foundAt?: number;
  /** While somebody makes the company; what a lost answer left may land until then (epoch milliseconds). */
  makingUntil?: number;
}

const keyOfHash = ({ tenant }: ReadContext, nameHash: string): Key =>
  companyKey(tenant.tenantId, `name#${nameHash}`);
const keyOf = (context: ReadContext, name: string): Key =>
  keyOfHash(
    context,
    companyNameHash((value) => context.tenant.hash(value), name),
  );

async function remembered(context: ReadContext, name: string): Promise<CompanyItem | undefined> {
  return await context.table.get(keyOf(context, name));
}

const fresh = ({ clock }: ReadContext, item: CompanyItem | undefined): number | undefined =>
  item?.foundAt !== undefined && item.foundAt + REMEMBERED_MS > clock.now() ? item.ref : undefined;

const searchRefs = async ({ firefish }: ReadContext, name: string): Promise<number[]> =>
  (await firefish.searchCompanies(name)).sort(betterMatch).map((row) => row.Ref);

/** Finds the Refs of the companies of a name, best match first. Asks Firefish only where nothing is remembered. */
export type FindCompany = (name: string) => Promise<number[]>;

/** For who only looks: writes nothing. @param gone companies that were deleted, whatever is remembered */
export const companyFinder =
  (context: ReadContext, gone: ReadonlySet<number> = new Set()): FindCompany =>
  async (name) => {
    const ref = fresh(context, await remembered(context, name));
    if (ref !== undefined && !gone.has(ref)) return [ref];
    return (await searchRefs(context, name)).filter((found) => !gone.has(found));
  };

/** For the sync: what it found is remembered. */
export async function findCompany(context: SyncContext, name: string): Promise<number[]> {
  const item = await remembered(context, name);
  const ref = fresh(context, item);
  if (ref !== undefined) return [ref];
  const refs = await searchRefs(context, name);
  const [best] = refs;
  if (best !== undefined && !isBeingMade(context, item)) await rememberCompany(context, name, best);
  return refs;
}

const isBeingMade = ({ clock }: ReadContext, item: CompanyItem | undefined): boolean =>
  (item?.makingUntil ?? 0) + CLOCK_SKEW_MS > clock.now();

/** Remembers where a name leads from now on. */
export async function rememberCompany(context: SyncContext, name: string, ref: number): Promise<void> {
  await context.table.put({ ...keyOf(context, name), ref, foundAt: context.clock.now() }, 'anything');
}

/** Forgets where a name leads; a claim on it stays. */
export async function forgetCompany(context: SyncContext, nameHash: string): Promise<void> {
  const item = (await context.table.get(keyOfHash(context, nameHash))) as CompanyItem | undefined;
  if (item?.ref !== undefined) await letGo(context, item);
}

/**
 * The Ref of the company of that name, made with these fields where there is none.
 * @param startBy epoch milliseconds after which the caller's own claim allows no write any more
 * @throws BusyError while another worker makes it, or while a lost answer may still land
 */
export async function ensureCompany(
  context: SyncContext,
  name: string,
  fields: Fields,
  startBy: number,
): Promise<{ ref: number; created: boolean }> {
  const { table, clock, firefish, callTimeoutMs } = context;
  const item = await remembered(context, name);
  const known = fresh(context, item);
  if (known !== undefined) return { ref: known, created: false };
  if ((item?.makingUntil ?? 0) + CLOCK_SKEW_MS > clock.now())
    throw new BusyError((item?.makingUntil ?? 0) + CLOCK_SKEW_MS);
  const makingUntil = clock.now() + 2 * (callTimeoutMs + LATE_MS);
  const claim = await claimName(context, name, item, makingUntil);
  try {
    // Also what an earlier try made whose answer was lost is found here. The plan has just found none, mostly.
    const [best] = (await firefish.searchCompanies(name, { wide: true })).sort(betterMatch);
    const options = { startBy: Math.min(startBy, makingUntil - callTimeoutMs - LATE_MS) };
    const ref = best?.Ref ?? (await firefish.createCompany({ ...fields, Name: tidy(name) }, options));
    await table.put({ ...keyOf(context, name), ref, foundAt: clock.now() }, claim.version);
    return { ref, created: best === undefined };
  } catch (error) {
    if (!(error instanceof UnknownOutcomeError)) await letGo(context, claim);
    throw error;
  }
}

async function claimName(
  context: SyncContext,
  name: string,
  item: CompanyItem | undefined,
  makingUntil: number,
): Promise<Item> {
  try {
    return await context.table.put({ ...keyOf(context, name), makingUntil }, item?.version ?? 'absent');
  } catch (error) {
    if (error instanceof ConflictError) throw new BusyError(context.clock.now());
    throw error;
  }
}

async function letGo({ table }: SyncContext, { pk, sk, version }: Item): Promise<void> {
  try {
    await table.delete({ pk, sk }, version);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}
