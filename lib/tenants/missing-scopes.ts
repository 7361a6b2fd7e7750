import { readMissingScopes } from '../firefish/shared-token.ts';
import type { Table } from '../store/table.ts';
import type { TenantRecord } from './tenant-record.ts';

/** The Firefish scopes that the credentials lack: what their check found, and what has come to light at work since. */
export async function missingScopesOf(sync: Table, tenant: TenantRecord): Promise<string[]> {
  const found = await readMissingScopes(sync, tenant.tenantId);
  return [...new Set([...tenant.missingScopes, ...found])].sort();
}
