import * as z from 'zod';
import { givenSettingsSchema } from '../tenants/settings.ts';
import { changeTenant } from './change-tenant.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { defineVerb } from './verb.ts';

const options = z.strictObject({ domain: domainOption, set: givenSettingsSchema.optional() });

/** Shows the settings, or replaces them as a whole: what is left out is back at its default. */
export const settings = defineVerb(options, { audited: true }, async (services, { domain, set }) => {
  const tenant =
    set === undefined
      ? await findTenant(services, domain)
      : await changeTenant(services, domain, (current) => ({ ...current, settings: set }));
  return { tenantId: tenant.tenantId, domain, settings: tenant.settings };
});
