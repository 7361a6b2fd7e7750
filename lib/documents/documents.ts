/**
 * The documents of one tenant: an item for each in the sync table, its file in the bucket. The item has the file's
 * name, encrypted, until Firefish has the file. Then it only says so, until it expires.
 */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { RecordKey } from '../firefish/port.ts';
import { documentKey } from '../store/sync-keys.ts';
import type { Item, ReadableTable, Table } from '../store/table.ts';
import { DOCUMENT_RETENTION_SECONDS } from '../times.ts';
import type { DocumentFiles } from './document-files.ts';
import { type DocumentFormat, hasFormat } from './formats.ts';

/** An attempt to give it to Firefish, stored before the call leaves, because its answer can be lost. */
export interface SentDocument {
  record: RecordKey;
  /** Whether the candidate had a CV before; absent if that was not checked. */
  hadCv?: boolean;
}

interface WaitingItem extends Item {
  state: 'waiting';
  format: DocumentFormat;
  /** The file's name, encrypted. */
  name: Uint8Array;
  sent?: SentDocument;
}
interface GivenItem extends Item {
  state: 'given';
  /** The event with which it was given to Firefish, and the candidate. */
  by: string;
  to: RecordKey;
}
export type DocumentItem = WaitingItem | GivenItem;

export type KnownDocument =
  | 'unknown'
  | { state: 'given'; by: string; to: RecordKey }
  | { state: 'waiting'; format: DocumentFormat; name: string; sent?: SentDocument };

/** Why a file is not given to Firefish. */
export type BadFile = 'missing' | 'too-large' | 'wrong-type';

interface Stores {
  tenantId: TenantId;
  table: Table;
  cipher: Cipher;
}

/** Stores a document's data from `POST /v1/documents`. @param name with its extension */
export async function storeDocument(
  { tenantId, table, cipher }: Stores,
  { documentId, name, format }: { documentId: string; name: string; format: DocumentFormat },
  clock: Clock,
): Promise<void> {
  const key = documentKey(tenantId, documentId);
  const sealed = await cipher.encrypt(name, { tenantId, key, field: 'name' });
  const expiresAt = Math.floor(clock.now() / 1000) + DOCUMENT_RETENTION_SECONDS;
  await table.put({ ...key, state: 'waiting', format, name: sealed, expiresAt }, 'absent');
}

export async function readDocument(
  { tenantId, table, cipher }: Omit<Stores, 'table'> & { table: ReadableTable },
  documentId: string,
): Promise<KnownDocument> {
  const key = documentKey(tenantId, documentId);
  const item = (await table.get(key)) as DocumentItem | undefined; // only DocumentItems have these keys
  if (item === undefined) return 'unknown';
  if (item.state === 'given') return { state: 'given', by: item.by, to: item.to };
  const name = await cipher.decrypt(item.name, { tenantId, key, field: 'name' });
  const { format, sent } = item;
  return { state: 'waiting', format, name, ...(sent === undefined ? {} : { sent }) };
}

/** A turn's work with documents. */
export class Documents {
  readonly #tenantId: TenantId;
  readonly #table: Table;
  readonly #files: DocumentFiles;

  constructor({
    tenant,
    table,
    documents,
  }: {
    tenant: { tenantId: TenantId };
    table: Table;
    documents: DocumentFiles;
  }) {
    this.#tenantId = tenant.tenantId;
    this.#table = table;
    this.#files = documents;
  }

  /** The file, if it has the format and size that were announced. */
  async read(documentId: string, format: DocumentFormat): Promise<Uint8Array | BadFile> {
    const file = await this.#files.read(this.#tenantId, documentId);
    if (file === undefined) return 'missing';
    if (file === 'too-large') return file;
    return hasFormat(format, file) ? file : 'wrong-type';
  }

  /** Stored before the call, so that the document is not sent twice after a lost answer. */
  sending = (documentId: string, sent: SentDocument): Promise<void> =>
    this.#change(documentId, (item) => (item.state === 'waiting' ? { ...item, sent } : item));

  /** The call has definitely changed nothing, or a person is asked to check. */
  notSent = (documentId: string): Promise<void> =>
    this.#change(documentId, (item) => {
      if (item.state !== 'waiting') return item;
      const { sent: _sent, ...rest } = item;
      return rest;
    });

  /** Firefish has it: the name and the file are deleted. Twice is harmless. */
  async given(documentId: string, by: string, to: RecordKey): Promise<void> {
    await this.#change(documentId, (item) => {
      if (item.state === 'given') return item;
      const { pk, sk, version, expiresAt } = item;
      return { pk, sk, version, state: 'given', by, to, ...(expiresAt === undefined ? {} : { expiresAt }) };
    });
    await this.#files.delete(this.#tenantId, documentId);
  }

  /** For an erasure. Twice is harmless. */
  async remove(documentId: string): Promise<void> {
    await this.#files.delete(this.#tenantId, documentId);
    await this.#table.delete(documentKey(this.#tenantId, documentId));
  }

  async #change(documentId: string, to: (item: DocumentItem) => DocumentItem): Promise<void> {
    const item = (await this.#table.get(documentKey(this.#tenantId, documentId))) as DocumentItem | undefined; // only DocumentItems have these keys
    if (item === undefined) return;
    const changed = to(item);
    if (changed !== item) await this.#table.put(changed, item.version);
  }
}
