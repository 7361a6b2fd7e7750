import { resetBreaker } from '../firefish/breaker.ts';
import type { CredentialsCheck, Grant } from '../firefish/check-credentials.ts';
import { startToken } from '../firefish/shared-token.ts';
import { fingerprint } from '../firefish/token-item.ts';
import { AdminError, type AdminServices } from './verb.ts';
import type { FirefishCredentials } from '../tenants/load-tenant.ts';

/** By the reasons that the check gives, so that none can be without its words. */
const WHAT_TO_DO: Record<Extract<CredentialsCheck, { ok: false }>['reason'], string> = {
  refused:
    'Firefish refused the client id or secret: copy both again from Settings, Integrations, Custom API profile (editing the profile there makes new ones)',
  unreachable: 'Firefish did not answer: nothing was changed, try again in a few minutes',
  limited: "Firefish's limit on tokens is used up: nothing was changed, try again in a few minutes",
};

/** Answers which scopes are missing, and what the check was granted. @throws AdminError where Firefish did not take them */
export async function checkFirefish(
  { checkCredentials }: AdminServices,
  credentials: FirefishCredentials,
): Promise<{ missingScopes: string[]; grant?: Grant }> {
  const result = await checkCredentials(credentials);
  if (!result.ok) throw new AdminError(WHAT_TO_DO[result.reason]);
  const { missingScopes, grant } = result;
  return { missingScopes, ...(grant === undefined ? {} : { grant }) };
}

/** As it is kept: one text, encrypted for the tenant. */
export const sealCredentials = (
  { cipher }: AdminServices,
  tenantId: string,
  credentials: FirefishCredentials,
): Promise<Uint8Array> => cipher.encrypt(tenantId, JSON.stringify(credentials));

/**
 * What kept the tenant back with the credentials of before is over, and what was found out with them. The new ones
 * work with the token that their check was granted: a second one would be taken from the other tenants' budget.
 */
export async function startAnew(
  { sync: table, cipher, clock }: AdminServices,
  tenantId: string,
  {
    credentials,
    givenAt,
    grant,
  }: { credentials: FirefishCredentials; givenAt: number; grant?: Grant | undefined },
): Promise<void> {
  const given = fingerprint(tenantId, credentials, givenAt);
  await resetBreaker(table, tenantId, given);
  await startToken({ table, tenantId, cipher, clock }, given, grant);
}
