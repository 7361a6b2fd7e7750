import * as z from 'zod';
import { PreviewBusyError } from '../../firefish/preview-budget.ts';
import { domainOption, findTenant } from '../domain-option.ts';
import { AdminError, defineVerb } from '../verb.ts';

const VERDICTS = new Map([
  [true, 'as expected'],
  [false, 'different'],
]);

/**
 * Compares what this system assumes of Firefish with the tenant's real one, line by line, within the limits. Only
 * reads, except with `write`: then it creates marked test records and archives them.
 */
export const probe = defineVerb(
  z.strictObject({ domain: domainOption, write: z.boolean().default(false) }),
  { audited: true },
  async (services, { domain, write }) => {
    const { tenantId, status } = await findTenant(services, domain);
    const tenant = await services.loadTenant(tenantId);
    if (status === 'disabled' || tenant === undefined) {
      throw new AdminError(`${domain} is disabled: enable it, then probe its Firefish`);
    }
    const firefish = {
      clientId: tenant.firefishClientId,
      clientSecret: tenant.firefishClientSecret,
    };
    const findings = [];
    try {
      for await (const finding of services.probe({ tenantId, ...firefish }, { write })) {
        const { line, expected, found, same } = finding;
        const verdict = (same !== undefined && VERDICTS.get(same)) || 'not seen';
        findings.push({ line, expected, found, verdict });
      }
    } catch (error) {
      if (!(error instanceof PreviewBusyError)) throw error;
      throw new AdminError(`another preview or probe of ${domain} is running: try again in a minute`);
    }
    return findings;
  },
);
