import { innerId } from '../../events/inner-id.ts';
import * as z from 'zod';
import { hashedAddress } from '../../internal/person-data.ts';
import type { HashedAddress } from '../../events/internal-event.ts';
import { erasedKey, erasedPartition } from '../../store/keys.ts';
import { queryAll } from '../../store/table.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { askTurn } from '../ask-turn.ts';
import { domainOption } from '../domain-option.ts';
import { emailOption } from './email-option.ts';
import { tenantOf } from './export.ts';
import { inChunks, sumOf } from '../events/parked.ts';
import { type AdminServices, defineVerb } from '../verb.ts';

/**
 * GDPR, article 17: erases everything about a person except the opt-out. The opt-out is kept by keyed hash, so that it
 * stays in force.
 */
export const erase = defineVerb(
  z.strictObject({ domain: domainOption, email: emailOption }),
  { audited: true },
  async (services, { domain, email }) => {
    const tenant = await tenantOf(services, domain);
    const address = hashedAddress(tenant, email);
    // By keyed hash, in another table than the erased data: after a restore it says what to erase again.
    await services.audit.put(
      { ...erasedKey(tenant.tenantId, address.hash), ...address, at: services.clock.now() },
      'anything',
    );
    return eraseAll(services, tenant, [address]);
  },
);

/**
 * After a restore from a backup: erases the people again who were erased before. People who were sent again after their
 * erasure stay, unless something older of them is there.
 */
export const repeatErasures = defineVerb(
  z.strictObject({ domain: domainOption }),
  { audited: true },
  async (services, { domain }) => {
    const tenant = await tenantOf(services, domain);
    const addresses: HashedAddress[] = [];
    for await (const item of queryAll(services.audit, { pk: erasedPartition(tenant.tenantId) })) {
      // Only `erase` writes these items.
      const { hash, domainHash, at } = item as unknown as HashedAddress & { at: number };
      addresses.push({ hash, domainHash, until: at });
    }
    return eraseAll(services, tenant, addresses);
  },
);

async function eraseAll(
  services: AdminServices,
  tenant: Tenant,
  addresses: readonly HashedAddress[],
): Promise<unknown> {
  const { clock, newId } = services;
  const answered = await askTurn(services, {
    ...{ tenantId: tenant.tenantId, verb: 'erase', options: addresses },
    events: () =>
      Promise.resolve(
        inChunks(addresses).map((some) => ({
          ...{ type: 'internal.erase', id: innerId(newId()), addresses: [...some] },
          occurredAt: new Date(clock.now()).toISOString(),
        })),
      ),
  });
  if ('pending' in answered) return answered;
  return { erased: { people: sumOf(answered.done, 'people'), events: sumOf(answered.done, 'events') } };
}
