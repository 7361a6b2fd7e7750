import * as z from 'zod';
import { newSecret, rotateSecrets } from '../credentials/new-secret.ts';
import { changeTenant } from './change-tenant.ts';
import { domainOption } from './domain-option.ts';
import { AdminError, defineVerb } from './verb.ts';

const UNIT_MS: Record<string, number> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_OVERLAP_MS = 30 * 86_400_000;

/** `24h`, `30m`, `0`: milliseconds come out. */
const overlapOption = z.union([z.string(), z.number()]).transform((given, context) => {
  const [, count, unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(String(given).trim()) ?? [];
  const overlapMs = Number(count) * (UNIT_MS[unit] ?? NaN);
  if ((unit !== '' || overlapMs === 0) && overlapMs <= MAX_OVERLAP_MS) return overlapMs;
  context.addIssue('must be 0, or a time of at most 30 days such as 24h, 30m or 7d');
  return z.NEVER;
});

const options = z.strictObject({ domain: domainOption, overlap: overlapOption.prefault('24h') });

/** Issues a second secret; the old one dies after the overlap. */
export const rotate = defineVerb(options, { audited: true }, async (services, { domain, overlap }) => {
  const now = services.clock.now();
  const { secret, stored } = newSecret(services.random, now);
  const tenant = await changeTenant(services, domain, (current) => {
    if (current.status === 'disabled')
      throw new AdminError(`${domain} is disabled: enable issues a new secret`);
    // Our own write whose answer was lost: it is done.
    if (current.secrets.some(({ hash }) => hash === stored.hash)) return undefined;
    return { ...current, secrets: rotateSecrets(current.secrets, stored, overlap, now) };
  });
  const previous = tenant.secrets.find(({ hash }) => hash !== stored.hash);
  return {
    tenantId: tenant.tenantId,
    domain,
    clientId: tenant.clientId,
    clientSecret: secret,
    previousSecretEndsAt: new Date(previous?.expiresAt ?? now).toISOString(),
  };
});
