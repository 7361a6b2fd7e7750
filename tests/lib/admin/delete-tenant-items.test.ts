import type { TenantId } from '../../../lib/ids.ts';
import { expect, test } from '@jest/globals';
import { deleteTenantItems } from '../../../lib/admin/agencies/delete-tenant-items.ts';
import { storeDocument } from '../../../lib/documents/documents.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { plainCipher } from '../../support/harness.ts';
import { MemoryDocumentFiles } from '../../support/memory-document-files.ts';
import { PDF } from '../../support/documents.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

async function open() {
  const clock = new VirtualClock();
  const table = new MemoryTable(clock);
  const documents = new MemoryDocumentFiles();
  for (const tenantId of ['mine', 'other'] as TenantId[]) {
    const document = { documentId: `doc_${tenantId}`, name: 'Ann.pdf', format: 'pdf' as const };
    await storeDocument({ tenantId, table, cipher: plainCipher }, document, clock);
    documents.put(tenantId, document.documentId, PDF);
  }
  return { table, documents };
}

test('deleting a tenant deletes the files of its documents, and no others', async () => {
  const { table, documents } = await open();
  await deleteTenantItems(table, documents, 'mine' as TenantId, { isOver: () => false });
  expect([...documents.files.keys()]).toEqual(['other/doc_other']);
  expect(table.all().map(({ pk }) => pk)).toEqual(['other#doc']);
});

test('an item stays as long as its file could not be deleted', async () => {
  const { table, documents } = await open();
  documents.delete = () => Promise.reject(new Error('no S3'));
  await expect(
    deleteTenantItems(table, documents, 'mine' as TenantId, { isOver: () => false }),
  ).rejects.toThrow('no S3');
  expect(table.all()).toHaveLength(2);
});
