import * as z from 'zod';
import { changeTenant } from './change-tenant.ts';
import { domainOption } from './domain-option.ts';
import { defineVerb } from './verb.ts';

/** Ends the tenant's credentials and tokens; its sync state stays for the next enable. Twice is no error. */
export const disable = defineVerb(
  z.strictObject({ domain: domainOption }),
  { audited: true },
  async (services, { domain }) => {
    const { tenantId, status, disabledAt } = await changeTenant(services, domain, (current) =>
      current.status === 'disabled'
        ? undefined
        : { ...current, status: 'disabled', secrets: [], disabledAt: services.clock.now() },
    );
    return { tenantId, domain, status, disabledAt: new Date(disabledAt ?? 0).toISOString() };
  },
);
