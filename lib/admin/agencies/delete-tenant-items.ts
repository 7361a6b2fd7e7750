import type { TenantId } from '../../ids.ts';
import type { DocumentFiles } from '../../documents/document-files.ts';
import { documentsPartition } from '../../store/sync-keys.ts';
import { SHARED_PARTITIONS, tenantPrefix } from '../../store/keys.ts';
import type { Item, ScannableTable, Table } from '../../store/table.ts';
import { mapConcurrently } from '../../map-concurrently.ts';

const DELETED_AT_ONCE = 20;

export interface DeletedItems {
  deleted: number;
  /** Where to continue; absent at the end of the table. */
  next?: string;
}

/**
 * Removes every item of a tenant from the sync table, and the files of its documents: its partitions, its items in
 * partitions of all tenants (`SHARED_PARTITIONS`), and items that name the tenant in the attribute `tenantId`, such as
 * access tokens. It reads the whole table, since no index leads to all of them, and stops if `isOver` says so.
 */
export async function deleteTenantItems(
  table: Table & ScannableTable,
  documents: Pick<DocumentFiles, 'delete'>,
  tenantId: TenantId,
  { after, isOver }: { after?: string | undefined; isOver: () => boolean },
): Promise<DeletedItems> {
  const partitions = Object.keys(SHARED_PARTITIONS);
  let deleted = 0;
  let at = after;
  do {
    const page = await table.scan({
      ...{ prefix: tenantPrefix(tenantId), partitions, tenantId },
      ...(at === undefined ? {} : { after: at }),
    });
    const items = page.items.filter((item) => isOfTenant(item, tenantId));
    await mapConcurrently(items, DELETED_AT_ONCE, async (item) => {
      // The item is needed to find the file, so it is deleted last.
      if (item.pk === documentsPartition(tenantId)) await documents.delete(tenantId, item.sk);
      await table.delete(item);
    });
    deleted += items.length;
    at = page.next;
  } while (at !== undefined && !isOver());
  return at === undefined ? { deleted } : { deleted, next: at };
}

const isOfTenant = (item: Item, tenantId: TenantId): boolean =>
  item.pk.startsWith(tenantPrefix(tenantId)) ||
  item['tenantId'] === tenantId ||
  SHARED_PARTITIONS[item.pk]?.(item.sk, tenantId) === true;
