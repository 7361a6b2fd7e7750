import { innerId } from '../events/inner-id.ts';
import * as z from 'zod';
import { takeParts } from '../internal/export-parts.ts';
import { resultOf } from '../internal/result.ts';
import { eventIdOfKey } from '../store/sync-keys.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { askTurn } from './ask-turn.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { emailOption } from './email-option.ts';
import { AdminError, type AdminServices, defineVerb } from './verb.ts';

/** GDPR, article 15: everything held about a person, readable. */
export const exportPerson = defineVerb(
  z.strictObject({ domain: domainOption, email: emailOption }),
  { audited: true },
  async (services, { domain, email }) => {
    const tenant = await tenantOf(services, domain);
    const { clock, newId, sync, cipher } = services;
    const answered = await askTurn(services, {
      ...{ tenantId: tenant.tenantId, verb: 'export', options: { email } },
      hash: (value) => tenant.hash(value),
      events: () =>
        Promise.resolve([
          {
            ...{ type: 'internal.export', id: innerId(newId()), email },
            occurredAt: new Date(clock.now()).toISOString(),
          },
        ]),
    });
    if ('pending' in answered) return answered;
    const [done] = answered.done;
    const id = done && eventIdOfKey(tenant.tenantId, done.pk);
    const { parts = 0 } = done === undefined ? {} : resultOf(done);
    const result = id && (await takeParts({ table: sync, cipher, tenant }, id, parts));
    if (result === undefined) throw new AdminError('the result is gone: ask for the export again');
    return result;
  },
);

/** @throws AdminError where no tenant has the domain */
export async function tenantOf(services: AdminServices, domain: string): Promise<Tenant> {
  const { tenantId } = await findTenant(services, domain);
  const tenant = await services.loadTenant(tenantId);
  if (tenant === undefined) throw new AdminError(`${domain} could not be read; try again`);
  return tenant;
}
