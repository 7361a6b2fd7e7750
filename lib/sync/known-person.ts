/** Which events need no search in Firefish: changes and notes of people who have a record there. */
import type { StoredEvent } from '../events/stored-event.ts';
import { WITHOUT_SEARCH } from '../events/event.ts';
import { candidateIdKey } from '../store/keys.ts';
import type { SyncContext } from './context.ts';
import type { LeadItem } from './leads.ts';
import { openEvent } from './loaded-event.ts';
import { readPersonItem } from './person-lease.ts';

/** By SourceWhale's id alone: two reads. Whoever is not found by it may be there all the same. */
export async function needsNoSearch(context: SyncContext, item: StoredEvent): Promise<boolean> {
  const { table, tenant } = context;
  if (!WITHOUT_SEARCH.has(item.type)) return false;
  const loaded = await openEvent(context, item);
  if (loaded === undefined || !('record' in loaded.event)) return false;
  const { candidateId } = loaded.event.record;
  const lead = (await table.get(candidateIdKey(tenant.tenantId, candidateId))) as LeadItem | undefined;
  if (lead?.personId === undefined) return false;
  const person = await readPersonItem({ table, tenantId: tenant.tenantId }, lead.personId);
  return (person?.state?.records.length ?? 0) > 0;
}
