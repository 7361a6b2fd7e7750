/** `POST /v1/connection`, what SourceWhale's Connect button does, and `GET`, the same without connecting. */
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { readBreaker } from '../firefish/breaker.ts';
import { missingScopesOf } from '../tenants/missing-scopes.ts';
import { ConflictError, type Table } from '../store/table.ts';
import { normaliseDomain } from '../tenants/domain.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import type { TenantStore } from '../tenants/tenant-store.ts';
import type { TenantEvent } from './authentication.ts';
import { Problem } from './problem.ts';
import { readJson } from './read-json.ts';
import { type HttpResponse, json } from './response.ts';

const MAX_BODY_BYTES = 10_000;
export const connectRequestSchema = z.object({ domain: z.string() });

interface ConnectionStores {
  tenants: TenantStore;
  sync: Table;
  clock: Clock;
}

export const showConnection =
  (stores: ConnectionStores) =>
  async ({ tenant }: TenantEvent): Promise<HttpResponse> => {
    const fresh = (await stores.tenants.read(tenant.tenantId)) ?? tenant;
    return json(200, await describe(stores, fresh));
  };

export const connect =
  (stores: ConnectionStores) =>
  async (event: TenantEvent): Promise<HttpResponse> => {
    const body = connectRequestSchema.safeParse(readJson(event, MAX_BODY_BYTES));
    if (!body.success) {
      throw new Problem('invalid-request', 'Send {"domain": "…"} with the Firefish address, as text.');
    }
    if (normaliseDomain(body.data.domain) !== event.tenant.domain) {
      throw new Problem(
        'domain-mismatch',
        'Enter the Firefish address that these credentials were issued for, such as https://acme.firefishsoftware.com; or have credentials issued for this one.',
      );
    }
    return json(200, await describe(stores, await rememberConnection(stores, event.tenant)));
  };

async function rememberConnection(
  { tenants, clock }: ConnectionStores,
  seen: TenantRecord,
): Promise<TenantRecord> {
  if (seen.connectedAt !== undefined) return seen;
  for (;;) {
    const current = await tenants.read(seen.tenantId);
    if (current === undefined || current.connectedAt !== undefined) return current ?? seen;
    try {
      return await tenants.put({ ...current, connectedAt: clock.now() }, current.version);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

async function describe({ sync, clock }: ConnectionStores, tenant: TenantRecord): Promise<unknown> {
  const [breaker, missingScopes] = await Promise.all([
    readBreaker(sync, tenant.tenantId, clock),
    missingScopesOf(sync, tenant),
  ]);
  return {
    status: tenant.connectedAt === undefined ? 'never-connected' : 'connected',
    domain: tenant.domain,
    firefish: { reachable: breaker.state === 'closed', missingScopes },
    settings: tenant.settings,
  };
}
