/** Whether Firefish takes these credentials, and which of the scopes that we need they lack. */
import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Table } from '../store/table.ts';
import { EgressTokens } from './egress-tokens.ts';
import { afterGranted, afterInvalid, allScopes, nextScopes } from './missing-scopes.ts';
import { requestToken, type Credentials } from './token.ts';

export interface CredentialsCheckDeps {
  config: FirefishConfig;
  clock: Clock;
  fetch: typeof fetch;
  /** The sync table: the check's token requests come out of the egress address's budget like all others. */
  table: Table;
}

export type CredentialsCheck =
  | { ok: true; missingScopes: string[] }
  /** `detail` is for the person who typed the credentials; it may hold Firefish's words. */
  | { ok: false; reason: 'refused' | 'unreachable' | 'limited'; detail: string };

/**
 * One token request where all is well, at most four where scopes are missing. A profile that has ticked none of our
 * scopes is `ok` with all of them missing: its credentials are right.
 * @param who whose share of checks is used: the tenant's id, or the domain of one that is not there yet
 */
export async function checkCredentials(
  { config, clock, fetch, table }: CredentialsCheckDeps,
  who: string,
  credentials: Credentials,
): Promise<CredentialsCheck> {
  const egress = new EgressTokens({
    table,
    clock,
    egressId: config.EGRESS_ID,
    limits: config.FIREFISH_TOKEN_LIMITS,
  });
  const wire = { fetch, clock, timeoutMs: config.FIREFISH_TIMEOUT_MS, baseUrl: config.FIREFISH_API_URL };
  let finding = allScopes();
  for (let asked = nextScopes(finding); asked !== undefined; asked = nextScopes(finding)) {
    const until = await egress.take(who, 'check');
    if (until !== undefined) return limited(until);
    const answer = await requestToken(wire, credentials, asked);
    switch (answer.kind) {
      case 'granted':
        finding = afterGranted(finding);
        break;
      case 'invalid-scope':
        finding = afterInvalid(finding, answer.words);
        break;
      case 'refused':
        return { ok: false, reason: 'refused', detail: `Firefish refused the credentials: ${answer.words}` };
      case 'failed':
        return { ok: false, reason: 'unreachable', detail: `Firefish did not answer: ${answer.reason}` };
      case 'limited':
        await egress.limited(who, answer.waitMs);
        return limited(clock.now() + answer.waitMs);
    }
  }
  return { ok: true, missingScopes: finding.missing };
}

const limited = (until: number): CredentialsCheck => ({
  ok: false,
  reason: 'limited',
  detail: `Firefish's limit for tokens is used up; try again after ${new Date(until).toISOString()}.`,
});
