import * as z from 'zod';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import { changeTenant } from './change-tenant.ts';
import { domainOption } from './domain-option.ts';
import { AdminError, type AdminServices, defineVerb } from './verb.ts';

const options = z.strictObject({ domain: domainOption, to: domainOption });

/**
 * The agency's Firefish has a new address: credentials and all state stay, and SourceWhale connects with the new one
 * from then on. The new domain is claimed first; the tenant moves by the one write of its item, and from that
 * moment the old domain leads nowhere. Done again, it ends what was left.
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

/** @throws AdminError if no tenant has the old domain, and none has come from it */
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
