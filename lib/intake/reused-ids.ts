/** Ids that were used before with other content. */
import type { StoredEvent } from '../events/event-item.ts';
import { innerId } from '../events/inner-id.ts';
import type { Remark } from '../events/reading/reading.ts';
import type { TenantId } from '../ids.ts';
import { eventIdOfKey, eventItemKey } from '../store/sync-keys.ts';
import type { Table } from '../store/table.ts';
import type { CheckedEvent } from './check-event.ts';

export const ID_REUSED: Remark = {
  path: 'id',
  message: 'id-reused: this id was used for an event with other content; give this one its own id',
};

/** Rejects what storing would reject: of several events with one id the first counts. */
export async function withoutReused(
  table: Pick<Table, 'getMany'>,
  tenantId: TenantId,
  checked: readonly CheckedEvent[],
): Promise<CheckedEvent[]> {
  const ids = checked.flatMap((one) => ('event' in one ? [innerId(one.event.id)] : []));
  // Only StoredEvents have these keys.
  const stored = (await table.getMany(ids.map((id) => eventItemKey(tenantId, id)))) as StoredEvent[];
  const hashes = new Map<string, string>(
    stored.map(({ pk, contentHash }) => [eventIdOfKey(tenantId, pk), contentHash]),
  );
  return checked.map((one) => {
    if (!('event' in one)) return one;
    const { index, contentHash, event } = one;
    const first = hashes.get(innerId(event.id)) ?? contentHash;
    hashes.set(innerId(event.id), first);
    return first === contentHash ? one : { index, id: event.id, errors: [ID_REUSED] };
  });
}
