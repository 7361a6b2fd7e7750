import type { CredentialsCheck } from '../firefish/credentials-check.ts';
import { type FirefishCredentials, tenantBinding } from '../tenants/load-tenant.ts';
import { AdminError, type AdminServices } from './verb.ts';

/** By the reasons that the check gives, so that each has a message. */
const WHAT_TO_DO: Record<Extract<CredentialsCheck, { ok: false }>['reason'], string> = {
  refused:
    'Firefish refused the client id or secret: copy both again from Settings, Integrations, Custom API profile (editing the profile there makes new ones)',
  unreachable: 'Firefish did not answer: nothing was changed, try again in a few minutes',
  limited: "Firefish's limit on tokens is used up: nothing was changed, try again in a few minutes",
};

/**
 * Answers which scopes are missing.
 * @param domain whose share of checks it takes
 * @throws AdminError where Firefish did not take the credentials
 */
export async function checkFirefish(
  { checkCredentials }: AdminServices,
  domain: string,
  credentials: FirefishCredentials,
): Promise<string[]> {
  const result = await checkCredentials(domain, credentials);
  if (!result.ok) throw new AdminError(WHAT_TO_DO[result.reason]);
  return result.missingScopes;
}

/** As it is kept: one text, encrypted for the tenant. */
export const sealCredentials = (
  { cipher }: AdminServices,
  tenantId: string,
  credentials: FirefishCredentials,
): Promise<Uint8Array> => cipher.encrypt(JSON.stringify(credentials), tenantBinding(tenantId, 'firefish'));
