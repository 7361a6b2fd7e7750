import * as z from 'zod';
import {
  MAX_LIVE_SECRETS,
  newSecret,
  rotateSecrets,
  TooManySecretsError,
} from '../../credentials/new-secret.ts';
import type { StoredSecret } from '../../tenants/tenant-record.ts';
import { changeTenant } from './change-tenant.ts';
import { domainOption } from '../domain-option.ts';
import { AdminError, defineVerb } from '../verb.ts';

const UNIT_MS: Record<string, number> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_OVERLAP_MS = 30 * 86_400_000;

/** Reads `24h`, `30m` or `0`; returns milliseconds. */
const overlapOption = z.union([z.string(), z.number()]).transform((given, context) => {
  const [, count, unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(String(given).trim()) ?? [];
  const overlapMs = Number(count) * (UNIT_MS[unit] ?? NaN);
  if ((unit !== '' || overlapMs === 0) && overlapMs <= MAX_OVERLAP_MS) return overlapMs;
  context.addIssue('must be 0, or a time of at most 30 days such as 24h, 30m or 7d');
  return z.NEVER;
});

const options = z.strictObject({ domain: domainOption, overlap: overlapOption.prefault('24h') });

/**
 * Issues a further secret: one conditional write of the tenant. The previous secret ends after the overlap. Older ones
 * keep their promised time, unless the overlap is 0.
 */
export const rotate = defineVerb(options, { audited: true }, async (services, { domain, overlap }) => {
  const now = services.clock.now();
  const { secret, stored } = newSecret(services.random, now);
  const tenant = await changeTenant(services, domain, (current) => {
    if (current.status === 'disabled')
      throw new AdminError(`${domain} is disabled: enable issues a new secret`);
    return { ...current, secrets: rotated(current.secrets, stored, overlap, now) };
  });
  const [, previous] = tenant.secrets;
  return {
    tenantId: tenant.tenantId,
    domain,
    clientId: tenant.clientId,
    clientSecret: secret,
    previousSecretEndsAt: new Date(previous?.expiresAt ?? now).toISOString(),
  };
});

/** @throws AdminError if the maximum number of secrets is valid */
function rotated(
  secrets: readonly StoredSecret[],
  next: StoredSecret,
  overlapMs: number,
  now: number,
): StoredSecret[] {
  try {
    return rotateSecrets(secrets, next, overlapMs, now);
  } catch (error) {
    if (!(error instanceof TooManySecretsError)) throw error;
    const freeAt = new Date(error.firstEndsAt).toISOString();
    throw new AdminError(
      `${MAX_LIVE_SECRETS} secrets are valid, and each keeps the overlap it was issued with: rotate after ${freeAt}, when the first one ends, or use --overlap 0, which ends all of them`,
      { cause: error },
    );
  }
}
