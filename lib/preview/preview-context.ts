import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import { openContent } from '../events/event-content.ts';
import type { PreviewedFirefish } from '../firefish/port.ts';
import type { ReadContext } from '../people/person-store.ts';
import type { ReadableTable } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** What a preview works with: nothing can be written with it, neither to the tables nor to Firefish. */
export interface PreviewContext extends ReadContext {
  readonly firefish: PreviewedFirefish;
}

export const previewContext = (deps: {
  tenant: Tenant;
  table: ReadableTable;
  cipher: Cipher;
  clock: Clock;
  firefish: PreviewedFirefish;
}): PreviewContext => ({
  ...deps,
  contentOf: async ({ pk, sk, content }) =>
    content === undefined ? undefined : openContent(deps.cipher, deps.tenant.tenantId, { pk, sk, content }),
});
