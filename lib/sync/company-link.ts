/** A company's item by SourceWhale's id, and the claim on it. */
import { companyKey } from '../store/keys.ts';
import { ConflictError, type Item, type Key } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { ReadContext, SyncContext } from './context.ts';
import { CLOCK_SKEW_MS, LATE_MS } from './margins.ts';
import { BusyError } from './person-lease.ts';
import type { CompanyState } from './plan-company.ts';

export interface CompanyLink extends Item, CompanyState {
  /** Another worker has it until then (epoch milliseconds). */
  busyUntil?: number;
}

const linkKey = (tenant: Tenant, id: string): Key =>
  companyKey(tenant.tenantId, `id#${tenant.hash(`company id ${id}`)}`);

/** What is known of a company now; takes no claim. */
export const readCompanyState = async (
  { table, tenant }: Pick<ReadContext, 'table' | 'tenant'>,
  id: string,
): Promise<CompanyState> => ((await table.get(linkKey(tenant, id))) as CompanyLink | undefined) ?? {};

/** How long a fresh claim holds: for a search, a read and a write. */
export const claimUntil = ({ clock, callTimeoutMs }: SyncContext): number =>
  clock.now() + 3 * (callTimeoutMs + LATE_MS);

/** @throws BusyError while another worker has it */
export async function claimLink(context: SyncContext, id: string): Promise<CompanyLink> {
  const { tenant, table, clock } = context;
  const key = linkKey(tenant, id);
  const item = (await table.get(key)) as CompanyLink | undefined;
  const until = (item?.busyUntil ?? 0) + CLOCK_SKEW_MS;
  if (until > clock.now()) throw new BusyError(until);
  try {
    return await table.put({ ...key, ...item, busyUntil: claimUntil(context) }, item?.version ?? 'absent');
  } catch (error) {
    if (error instanceof ConflictError) throw new BusyError(clock.now());
    throw error;
  }
}
