/** Whether Firefish takes these credentials, and which of the scopes that we need they lack. */
import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Table } from '../store/table.ts';
import { EgressTokens } from './egress-tokens.ts';
import { afterGranted, afterInvalid, allScopes, missingOrUnknown, nextScopes } from './missing-scopes.ts';
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
  | { ok: false; reason: 'refused' | 'unreachable'; detail: string }
  /** `until`: when one can be made again (epoch ms). */
  | { ok: false; reason: 'limited'; until: number };

/** Whose share of checks is used. */
export interface Asker {
  /** The tenant's id, or the domain of an agency that is not a tenant yet. */
  agency: string;
  /** A person whose checks count over all agencies, as a hash. */
  person?: string;
}

/**
 * One token request where all is well, at most four where scopes are missing. A profile that has ticked none of our
 * scopes is `ok` with all of them missing: its credentials are right.
 */
export async function checkCredentials(
  { config, clock, fetch, table }: CredentialsCheckDeps,
  asker: Asker,
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
    const until = await egress.take(asker.agency, 'credentials', asker.person);
    if (until !== undefined) {
      // Credentials that were not refused are right, and must not wait for the limit.
      if (finding.requests > 0) return { ok: true, missingScopes: missingOrUnknown(finding) };
      return { ok: false, reason: 'limited', until };
    }
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
        await egress.limited(asker.agency, answer.waitMs);
        return { ok: false, reason: 'limited', until: clock.now() + answer.waitMs };
    }
  }
  return { ok: true, missingScopes: finding.missing };
}
