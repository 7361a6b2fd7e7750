import type { Clock } from '../clock.ts';
import type { Table } from '../store/table.ts';
import { TenantStore } from '../tenants/tenant-store.ts';
import { AccessTokens } from './access-tokens.ts';
import { FailureCounter } from './failures.ts';
import { ClientVerifier } from './verify-client.ts';

/** Checks of client credentials and access tokens, with the count of failures. */
export interface Authenticators {
  tenants: TenantStore;
  clients: ClientVerifier;
  tokens: AccessTokens;
  failures: FailureCounter;
}

/** One set for each function instance. */
export function openAuthentication(credentials: Table, sync: Table, clock: Clock): Authenticators {
  const tenants = new TenantStore(credentials, clock);
  return {
    tenants,
    clients: new ClientVerifier(tenants, clock),
    tokens: new AccessTokens(sync, tenants, clock),
    failures: new FailureCounter(sync, clock),
  };
}
