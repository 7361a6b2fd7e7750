import type { TenantId } from '../../ids.ts';
import { createHash } from 'node:crypto';
import type { Asker, CredentialsCheck } from '../../firefish/credentials-check.ts';
import { type FirefishCredentials, tenantBinding } from '../../tenants/load-tenant.ts';
import type { TenantRecord } from '../../tenants/tenant-record.ts';
import { refuseUsedClient } from './firefish-client.ts';
import { AdminError, type AdminServices, type Caller } from '../verb.ts';

/** By the reasons of a failed check, so that each has a message. */
const WHAT_TO_DO: Record<Exclude<Extract<CredentialsCheck, { ok: false }>['reason'], 'limited'>, string> = {
  refused:
    'Firefish refused the client id or secret: copy both again from Settings, Integrations, Custom API profile (editing the profile there makes new ones)',
  unreachable: 'Firefish did not answer: nothing was changed, try again in a few minutes',
};

interface For {
  domain: string;
  /** The tenant of the domain, if it was ever enabled. */
  known: TenantRecord | undefined;
  caller: Caller;
}

/**
 * Returns which scopes are missing. The check counts towards the limit of the agency. For a super user it also counts
 * towards a limit over all their agencies; operators have no such limit, because they enable many agencies an hour.
 * @throws AdminError if another agency uses the client id, or Firefish refused the credentials
 */
export async function checkFirefish(
  services: AdminServices,
  { domain, known, caller }: For,
  credentials: FirefishCredentials,
): Promise<string[]> {
  await refuseUsedClient(services, credentials.clientId, domain, caller);
  const result = await services.checkCredentials(askerOf(domain, known, caller), credentials);
  if (result.ok) return result.missingScopes;
  if (result.reason !== 'limited') throw new AdminError(WHAT_TO_DO[result.reason]);
  throw tooMany(result.until, services.clock.now());
}

/** For acts that check credentials, before they are recorded. @throws AdminError if no check is possible now */
export async function refuseTooMany(
  services: Pick<AdminServices, 'tenants' | 'nextCheck' | 'clock'>,
  { domain }: { domain: string },
  caller: Caller,
): Promise<void> {
  const known = await services.tenants.ofDomain(domain);
  const until = await services.nextCheck(askerOf(domain, known, caller));
  if (until !== undefined) throw tooMany(until, services.clock.now());
}

/** Of a verb that checks credentials. */
export const CHECKS_FIREFISH = { audited: true, admit: refuseTooMany };

const askerOf = (domain: string, known: TenantRecord | undefined, { role, by }: Caller): Asker => ({
  agency: known?.tenantId ?? domain,
  ...(role === 'super-user' ? { person: createHash('sha256').update(by).digest('base64url') } : {}),
});

const MINUTE_MS = 60_000;

/** @param until epoch ms, as `now` */
function tooMany(until: number, now: number): AdminError {
  const minutes = Math.max(1, Math.ceil((until - now) / MINUTE_MS));
  const at = new Date(until).toISOString().slice(0, 19);
  return new AdminError(
    `Firefish limits how often credentials can be checked: nothing was changed, try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} (from ${at}Z on)`,
  );
}

/** As it is stored: one text, encrypted for the tenant. */
export const sealCredentials = (
  { cipher }: AdminServices,
  tenantId: TenantId,
  credentials: FirefishCredentials,
): Promise<Uint8Array> => cipher.encrypt(JSON.stringify(credentials), tenantBinding(tenantId, 'firefish'));
