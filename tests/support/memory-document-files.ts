import type { TenantId } from '../../lib/ids.ts';
import type { DocumentFiles } from '../../lib/documents/document-files.ts';
import { MAX_DOCUMENT_BYTES } from '../../lib/documents/formats.ts';

/** Files in memory. */
export class MemoryDocumentFiles implements DocumentFiles {
  /** By tenant and document id. */
  readonly files = new Map<string, Uint8Array>();

  put(tenantId: TenantId, documentId: string, bytes: Uint8Array): void {
    this.files.set(`${tenantId}/${documentId}`, bytes);
  }

  read(tenantId: TenantId, documentId: string): Promise<Uint8Array | 'too-large' | undefined> {
    const bytes = this.files.get(`${tenantId}/${documentId}`);
    return Promise.resolve(bytes !== undefined && bytes.length > MAX_DOCUMENT_BYTES ? 'too-large' : bytes);
  }

  delete(tenantId: TenantId, documentId: string): Promise<void> {
    this.files.delete(`${tenantId}/${documentId}`);
    return Promise.resolve();
  }
}
