import * as z from 'zod';
import { normaliseDomain } from '../tenants/domain.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import { AdminError, type AdminServices } from './verb.ts';

/** Reads a tenant's Firefish address in any form that people write; returns the host only. */
export const domainOption = z.string().transform((text, context) => {
  const domain = normaliseDomain(text);
  if (domain !== undefined) return domain;
  context.addIssue('must be a Firefish address, such as acme.firefishsoftware.com');
  return z.NEVER;
});

/** @throws AdminError if no tenant has the domain */
export async function findTenant({ tenants }: AdminServices, domain: string): Promise<TenantRecord> {
  const tenant = await tenants.ofDomain(domain);
  if (tenant === undefined)
    throw new AdminError(`${domain} was never enabled; see list for the domains there are`);
  return tenant;
}
