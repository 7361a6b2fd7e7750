import { innerId } from '../../events/inner-id.ts';
import type { EventId } from '../../ids.ts';
import * as z from 'zod';
import { readPage } from '../../internal/export-pages.ts';
import { hashedAddress } from '../../internal/person-data.ts';
import { eventIdOfKey } from '../../store/sync-keys.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { askTurn } from '../ask-turn.ts';
import { domainOption, findTenant } from '../domain-option.ts';
import { emailOption } from './email-option.ts';
import { AdminError, type AdminServices, defineVerb } from '../verb.ts';

/** `next` of the page before: the event that found it, and the last document of that page. */
const AFTER = /^([\w-]{1,64})\.(\d-\d{5})$/;

/** GDPR, article 15: one page of everything stored about a person, readable. */
export const exportPerson = defineVerb(
  z.strictObject({
    domain: domainOption,
    email: emailOption,
    after: z.string().regex(AFTER, 'must be the `next` of the page before').optional(),
  }),
  { audited: true },
  async (services, { domain, email, after }) => {
    const tenant = await tenantOf(services, domain);
    const { sync: table, cipher } = services;
    const [, began, document] = AFTER.exec(after ?? '') ?? [];
    // As `next` named it.
    const found =
      began === undefined ? await findEverything(services, tenant, email) : { eventId: began as EventId };
    if ('pending' in found) return found;
    const { eventId } = found;
    const addressHash = hashedAddress(tenant, email).hash;
    const read = eventId && (await readPage({ table, cipher, tenant }, { addressHash, eventId }, document));
    if (!read) throw new AdminError('the result is gone: ask for the export again');
    const { last, ...page } = read;
    return { email, ...page, ...(last === undefined ? {} : { next: `${eventId}.${last}` }) };
  },
);

/** Returns the event whose result is available now. */
async function findEverything(
  services: AdminServices,
  tenant: Tenant,
  email: string,
): Promise<{ eventId: EventId | undefined } | { pending: string }> {
  const { clock, newId } = services;
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
  return { eventId: done && eventIdOfKey(tenant.tenantId, done.pk) };
}

/** @throws AdminError if no tenant has the domain */
export async function tenantOf(services: AdminServices, domain: string): Promise<Tenant> {
  const { tenantId } = await findTenant(services, domain);
  const tenant = await services.loadTenant(tenantId);
  if (tenant === undefined) throw new AdminError(`${domain} could not be read; try again`);
  return tenant;
}
