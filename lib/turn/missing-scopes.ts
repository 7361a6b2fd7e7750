import type { TurnRecord } from './turn-record.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';

/** The Firefish scopes that the credentials lack: found by their check, and by token requests since then. */
export function missingScopesOf(tenant: TenantRecord, turn: TurnRecord | undefined): string[] {
  const found = turn?.firefishGivenAt === tenant.firefishCheckedAt ? turn.missingScopes : undefined;
  return [...new Set([...tenant.missingScopes, ...(found ?? [])])].sort();
}
