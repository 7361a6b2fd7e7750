/** The store for documents until Firefish has them. */
import type { TenantId } from '../ids.ts';
import type { DocumentFormat } from './formats.ts';

export interface DocumentFiles {
  /** `undefined` if it was never uploaded or is deleted; `too-large` if it has more bytes than allowed. */
  read(tenantId: TenantId, documentId: string): Promise<Uint8Array | 'too-large' | undefined>;
  /** Twice is harmless. */
  delete(tenantId: TenantId, documentId: string): Promise<void>;
}

export interface Upload {
  method: 'PUT';
  url: string;
  /** To be sent as they are: the signature covers them. */
  headers: Record<string, string>;
  /** ISO instant. */
  expiresAt: string;
}

export interface UploadRequest {
  tenantId: TenantId;
  documentId: string;
  format: DocumentFormat;
  /** Bytes. */
  size: number;
}

/** Signs the upload of one file of this type and size. */
export type SignUpload = (request: UploadRequest) => Promise<Upload>;

/** The name of the file in the bucket: every tenant has a folder. */
export const documentFileKey = (tenantId: TenantId, documentId: string): string =>
  `${tenantId}/${documentId}`;
