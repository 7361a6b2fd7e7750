/** The content of an event as it is stored: encrypted JSON, which only the turn reads. */
import type { TenantId } from '../ids.ts';
import { type Binding, type Cipher, ifReadable } from '../crypto/cipher.ts';
import type { Key } from '../store/table.ts';
import type { OpenEvent, StoredContent, StoredEvent } from './event-item.ts';

const contentAt = (tenantId: TenantId, key: Key): Binding => ({ tenantId, key, field: 'content' });

/** @param key of the event's item */
export const sealContent = (
  cipher: Cipher,
  tenantId: TenantId,
  key: Key,
  content: StoredContent,
): Promise<Uint8Array> => cipher.encrypt(JSON.stringify(content), contentAt(tenantId, key));

/** @throws DecryptionError if the bytes were changed, or belong elsewhere */
export const openContent = async (
  cipher: Cipher,
  tenantId: TenantId,
  item: Pick<OpenEvent, 'content' | 'pk' | 'sk'>,
): Promise<StoredContent> =>
  // Only the intake encrypts contents, after it has validated them.
  JSON.parse(await cipher.decrypt(item.content, contentAt(tenantId, item))) as StoredContent;

/** The event of a stored item; `undefined` if its content is not kept any more, or cannot be read. */
export const contentOf = async (
  { cipher, tenant }: { cipher: Cipher; tenant: { tenantId: TenantId } },
  { pk, sk, content }: StoredEvent,
): Promise<StoredContent | undefined> =>
  content === undefined ? undefined : ifReadable(openContent(cipher, tenant.tenantId, { pk, sk, content }));
