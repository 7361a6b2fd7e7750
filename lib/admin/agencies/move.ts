import * as z from 'zod';
import type { TenantRecord } from '../../tenants/tenant-record.ts';
import { changeTenant } from './change-tenant.ts';
import { domainOption } from '../domain-option.ts';
import { AdminError, type AdminServices, defineVerb } from '../verb.ts';

const options = z.strictObject({ domain: domainOption, to: domainOption });

/**
 * The agency's Firefish has a new address. Credentials and all state stay; SourceWhale then connects with the new
 * address. The new domain is claimed first. One write of the tenant's item moves the tenant, and from then on the old
 * domain is unknown. If the verb is repeated, it does what was left.
 */
export const move = defineVerb(
  options,
  { audited: true, traced: ({ to }) => ({ to }) },
  async (services, { domain, to }) => {
    const { tenants } = services;
    if (domain === to) throw new AdminError(`${domain} is already its domain`);
    const before = await tenants.claimOfDomain(domain);
    const tenant = (await tenants.ofDomain(domain)) ?? (await movedBefore(services, domain, to));
    if (tenant.domain !== to) {
      await claimDomain(services, tenant, to);
      await changeTenant(services, domain, (current) => ({ ...current, domain: to, formerDomain: domain }));
    }
    await tenants.release(before, tenant.tenantId);
    const { tenantId, clientId, status } = tenant;
    return { tenantId, domain: to, formerDomain: domain, clientId, status };
  },
);

/** @throws AdminError if no tenant has the old domain or has had it before its last move */
async function movedBefore({ tenants }: AdminServices, domain: string, to: string): Promise<TenantRecord> {
  const tenant = await tenants.ofDomain(to);
  if (tenant?.formerDomain === domain) return tenant;
  throw new AdminError(`${domain} was never enabled; see list for the domains there are`);
}

async function claimDomain({ tenants }: AdminServices, tenant: TenantRecord, to: string): Promise<void> {
  if (tenant.deletion !== undefined) throw new AdminError(`${tenant.domain} is being deleted`);
  const { kind } = await tenants.claimDomain(to, tenant);
  if (kind === 'used') {
    throw new AdminError(
      `${to} is another agency's: disable and delete that one first, or name another domain`,
    );
  }
  if (kind === 'busy') {
    throw new AdminError(`${to} is just being enabled or moved: try again in two minutes`);
  }
}
