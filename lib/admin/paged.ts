/** Lists are answered in pages, so that no answer grows beyond what Lambda lets through (6 MB). */
import type { TenantId, EventId } from '../ids.ts';
import * as z from 'zod';
import type { StoredEvent } from '../events/event-item.ts';
import { innerId } from '../events/inner-id.ts';
import { type EndedList, endedIndex, eventItemKey } from '../store/sync-keys.ts';
import type { Table } from '../store/table.ts';
import { UsageError } from './verb.ts';

/** The id of the last event of the page before. */
export const afterEventOption = z
  .string()
  .regex(/^[\w.:~%-]{1,129}$/, 'must be an id of the page before')
  .optional();

/** Where an event stands in a list of ended events. */
export interface Place {
  list: EndedList;
  /** As the sparse index sorts. */
  at: string;
  id: EventId;
}

/** @throws UsageError where the event is in none of the lists any more */
export async function placeOf(
  sync: Table,
  tenantId: TenantId,
  lists: readonly EndedList[],
  eventId: string,
): Promise<Place> {
  const id = innerId(eventId);
  // Only StoredEvents have these keys.
  const { indexPk, indexSk } = ((await sync.get(eventItemKey(tenantId, id))) ?? {}) as Partial<StoredEvent>;
  const list = lists.find((one) => endedIndex(tenantId, one) === indexPk);
  if (list === undefined || indexSk === undefined)
    throw new UsageError('after: this event is not in the list any more; begin again without it');
  return { list, at: indexSk, id };
}
