import * as z from 'zod';
import { wakeTenant } from '../../queue/timers.ts';
import { changeTenant } from './change-tenant.ts';
import { domainOption } from '../domain-option.ts';
import { defineVerb } from '../verb.ts';

/** Until then the tenant's turn can still work with an older record, in which the tenant is enabled. */
const EVERYWHERE_AFTER_MS = 60_000;

/**
 * Ends the tenant's credentials and tokens; its sync state stays for the next enable. Queued events end, whatever they
 * wait for. Disabling twice is no error.
 */
export const disable = defineVerb(
  z.strictObject({ domain: domainOption }),
  { audited: true },
  async (services, { domain }) => {
    const { tenantId, status, disabledAt } = await changeTenant(services, domain, (current) =>
      current.status === 'disabled'
        ? undefined
        : { ...current, status: 'disabled', secrets: [], disabledAt: services.clock.now() },
    );
    const { sync: table, wakeUps, clock } = services;
    await wakeTenant({ table, wakeUps, clock }, tenantId, clock.now() + EVERYWHERE_AFTER_MS);
    return { tenantId, domain, status, disabledAt: new Date(disabledAt ?? 0).toISOString() };
  },
);
