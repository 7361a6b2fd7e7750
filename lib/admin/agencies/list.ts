import * as z from 'zod';
import type { TenantRecord } from '../../tenants/tenant-record.ts';
import { domainOption } from '../domain-option.ts';
import { ENTRIES_PER_PAGE } from '../entries-per-page.ts';
import { defineVerb } from '../verb.ts';

const iso = (at: number): string => new Date(at).toISOString();

/** What can be shown of a tenant everywhere: never a secret or a hash of one. */
export const describeTenant = (
  tenant: TenantRecord,
  connectedAt: number | undefined,
): Record<string, unknown> => ({
  tenantId: tenant.tenantId,
  domain: tenant.domain,
  status: tenant.status,
  clientId: tenant.clientId,
  enabledAt: iso(tenant.enabledAt),
  ...(tenant.status === 'enabled' || tenant.disabledAt === undefined
    ? {}
    : { disabledAt: iso(tenant.disabledAt) }),
  ...(connectedAt === undefined ? {} : { connectedAt: iso(connectedAt) }),
  ...(tenant.deletion === undefined ? {} : { deleting: true }),
});

const options = z.strictObject({ after: domainOption.optional() });

/** By domain, a page of them. */
export const list = defineVerb(options, { audited: false }, async ({ tenants }, { after = '' }) => {
  const all: TenantRecord[] = [];
  for await (const tenant of tenants.all()) all.push(tenant);
  const connected = await tenants.allConnectedAt();
  return all
    .filter(({ domain }) => domain > after)
    .sort((a, b) => (a.domain < b.domain ? -1 : 1))
    .slice(0, ENTRIES_PER_PAGE)
    .map((tenant) => describeTenant(tenant, connected.get(tenant.tenantId)));
});
