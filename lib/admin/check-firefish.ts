import { resetBreaker } from '../firefish/breaker.ts';
import type { CredentialsCheck } from '../firefish/check-credentials.ts';
import { forgetToken } from '../firefish/shared-token.ts';
import { AdminError, type AdminServices } from './verb.ts';
import type { FirefishCredentials } from '../tenants/load-tenant.ts';

/** By the reasons that the check gives, so that none can be without its words. */
const WHAT_TO_DO: Record<Extract<CredentialsCheck, { ok: false }>['reason'], string> = {
  refused:
    'Firefish refused the client id or secret: copy both again from Settings, Integrations, Custom API profile (editing the profile there makes new ones)',
  unreachable: 'Firefish did not answer: nothing was changed, try again in a few minutes',
  limited: "Firefish's limit on tokens is used up: nothing was changed, try again in a few minutes",
};

/** Answers the scopes that are missing. @throws AdminError where Firefish did not take the credentials */
export async function checkFirefish(
  { checkCredentials }: AdminServices,
  credentials: FirefishCredentials,
): Promise<string[]> {
  const result = await checkCredentials(credentials);
  if (result.ok) return [...result.missingScopes];
  throw new AdminError(WHAT_TO_DO[result.reason]);
}

/** As it is kept: one text, encrypted for the tenant. */
export const sealCredentials = (
  { cipher }: AdminServices,
  tenantId: string,
  credentials: FirefishCredentials,
): Promise<Uint8Array> => cipher.encrypt(tenantId, JSON.stringify(credentials));

/** What kept the tenant back with the credentials of before is over, and what was found out with them. @param given the new ones' fingerprint */
export async function startAnew(
  { sync, clock }: AdminServices,
  tenantId: string,
  given: string,
): Promise<void> {
  await resetBreaker(sync, tenantId, given);
  await forgetToken(sync, tenantId, clock.now());
}
