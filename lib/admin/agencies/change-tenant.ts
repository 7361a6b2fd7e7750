import { ConflictError } from '../../store/table.ts';
import type { TenantRecord } from '../../tenants/tenant-record.ts';
import { findTenant } from '../domain-option.ts';
import type { AdminServices } from '../verb.ts';

/**
 * Changes a tenant under its version, and tries again if another writer came first. `change` may be called several
 * times. An error that it throws ends the change; `undefined` leaves the tenant as it is.
 */
export async function changeTenant(
  services: AdminServices,
  domain: string,
  change: (tenant: TenantRecord) => TenantRecord | undefined,
): Promise<TenantRecord> {
  for (;;) {
    const current = await findTenant(services, domain);
    const wanted = change(current);
    if (wanted === undefined) return current;
    try {
      return await services.tenants.put(wanted, current.version);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}
