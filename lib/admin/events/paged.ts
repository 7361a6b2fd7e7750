/** Lists are answered in pages, because Lambda limits an answer to 6 MB. */
import type { TenantId, EventId } from '../../ids.ts';
import * as z from 'zod';
import type { StoredEvent } from '../../events/event-item.ts';
import { innerId } from '../../events/inner-id.ts';
import { type EndedList, endedIndex, eventItemKey } from '../../store/sync-keys.ts';
import type { Table } from '../../store/table.ts';
import { UsageError } from '../verb.ts';

/** The id of the last event of the previous page. */
export const afterEventOption = z
  .string()
  .regex(/^[\w.:~%-]{1,129}$/, 'must be an id of the page before')
  .optional();

/** The position of an event in a list of ended events. */
export interface Place {
  list: EndedList;
  /** As the sparse index sorts. */
  at: string;
  id: EventId;
}

/** @throws UsageError if the event is no longer in any of the lists */
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
