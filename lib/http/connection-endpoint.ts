/** `POST /v1/connection`, what SourceWhale's Connect button does, and `GET`, the same without connecting. */
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { missingScopesOf } from '../turn/missing-scopes.ts';
import type { Table } from '../store/table.ts';
import { normaliseDomain } from '../tenants/domain.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import type { TenantStore } from '../tenants/tenant-store.ts';
import { readTurn, troubleOf } from '../turn/turn-record.ts';
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
    return json(200, await describe(stores, fresh, await stores.tenants.connectedAt(fresh.tenantId)));
  };

export const connect =
  (stores: ConnectionStores) =>
  async (event: TenantEvent): Promise<HttpResponse> => {
    const body = connectRequestSchema.safeParse(readJson(event, MAX_BODY_BYTES));
    if (!body.success) {
      throw new Problem('invalid-request', 'Send {"domain": "…"} with the Firefish address, as text.');
    }
    // The agency may just have moved to another domain.
    const tenant = (await stores.tenants.read(event.tenant.tenantId)) ?? event.tenant;
    if (normaliseDomain(body.data.domain) !== tenant.domain) {
      throw new Problem(
        'domain-mismatch',
        'Enter the Firefish address that these credentials were issued for, such as https://acme.firefishsoftware.com; or have credentials issued for this one.',
      );
    }
    const connectedAt = await stores.tenants.markConnected(tenant.tenantId);
    return json(200, await describe(stores, tenant, connectedAt));
  };

async function describe(
  { sync }: ConnectionStores,
  tenant: TenantRecord,
  connectedAt: number | undefined,
): Promise<unknown> {
  const turn = await readTurn(sync, tenant.tenantId);
  return {
    status: connectedAt === undefined ? 'never-connected' : 'connected',
    domain: tenant.domain,
    firefish: {
      reachable: troubleOf(turn, tenant.firefishCheckedAt) === undefined,
      missingScopes: missingScopesOf(tenant, turn),
    },
    settings: tenant.settings,
  };
}
