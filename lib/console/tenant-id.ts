import type { TenantId } from '../ids.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { Problem } from '../http/problem.ts';
import type { ConsoleServices } from './services.ts';

/** @throws Problem `not-found` if the tenant was never enabled */
export async function tenantRecordOf({ tenants }: ConsoleServices, domain: string): Promise<TenantRecord> {
  const tenant = await tenants.ofDomain(domain);
  if (tenant !== undefined) return tenant;
  throw new Problem('not-found', `${domain} was never enabled: enable it first.`);
}

/** @throws Problem `not-found` if the tenant was never enabled */
export const tenantIdOf = async (services: ConsoleServices, domain: string): Promise<TenantId> =>
  (await tenantRecordOf(services, domain)).tenantId;

/** The tenant, decrypted. @throws Problem `not-found` if it was never enabled */
export async function tenantOf(services: ConsoleServices, domain: string): Promise<Tenant> {
  const { tenantId } = await tenantRecordOf(services, domain);
  const tenant = await services.loadTenant(tenantId);
  if (tenant === undefined) throw new Problem('not-found', `${domain} was never enabled: enable it first.`);
  return tenant;
}
