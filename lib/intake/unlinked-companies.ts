/** Updates of companies without a usable name: accepted only if the company is linked. */
import type { TenantId } from '../ids.ts';
import { linkedCompanies } from '../companies/company-item.ts';
import { namelessCompany, UNLINKED_COMPANY } from '../events/reading/read-company.ts';
import type { Table } from '../store/table.ts';
import type { CheckedEvent } from './check-event.ts';

/** Rejects the events about a company that has no name and is not linked. */
export async function withoutUnlinked(
  table: Pick<Table, 'getMany'>,
  tenantId: TenantId,
  checked: readonly CheckedEvent[],
): Promise<CheckedEvent[]> {
  const ids = checked.flatMap((one) => ('event' in one ? (namelessCompany(one.event) ?? []) : []));
  if (ids.length === 0) return [...checked];
  const linked = await linkedCompanies(table, tenantId, ids);
  return checked.map((one) => {
    const id = 'event' in one ? namelessCompany(one.event) : undefined;
    if (!('event' in one) || id === undefined || linked.has(id)) return one;
    return { index: one.index, id: one.event.id, errors: [UNLINKED_COMPANY] };
  });
}
