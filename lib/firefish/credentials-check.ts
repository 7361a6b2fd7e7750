/** Whether Firefish takes these credentials, and which of the scopes that we need they lack. */
import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Table } from '../store/table.ts';
import { EgressTokens } from './egress-tokens.ts';
import { askForToken, findScopes, type TokenSource } from './token.ts';

interface CredentialsCheckDeps {
  config: FirefishConfig;
  clock: Clock;
  fetch: typeof fetch;
  /** The sync table: the check's token requests come out of the egress address's budget like all others. */
  table: Table;
}

export type CredentialsCheck =
  | { ok: true; missingScopes: string[] }
  | { ok: false; reason: 'refused' | 'unreachable' }
  /** `until`: when one can be made again (epoch ms). */
  | { ok: false; reason: 'limited'; until: number };

/** Whose share of checks is used. */
export interface Asker {
  /** The tenant's id, or the domain of an agency that is not a tenant yet. */
  agency: string;
  /** A person whose checks count over all agencies, as a hash. */
  person?: string;
}

/** When these can be checked again (epoch ms); `undefined`: now. Takes nothing of the budget. */
export const nextCheck = (
  { config, clock, table }: Omit<CredentialsCheckDeps, 'fetch'>,
  { agency, person }: Asker,
): Promise<number | undefined> => new EgressTokens(table, clock, config).dueOfCheck(agency, person);

/**
 * One token request where all is well, at most four where scopes are missing. A profile that has ticked none of our
 * scopes is `ok` with all of them missing: its credentials are right.
 */
export async function checkCredentials(
  { config, clock, fetch, table }: CredentialsCheckDeps,
  { agency, ...person }: Asker,
  credentials: Pick<TokenSource, 'clientId' | 'clientSecret'>,
): Promise<CredentialsCheck> {
  const source: TokenSource = {
    wire: { fetch, clock, timeoutMs: config.FIREFISH_TIMEOUT_MS, baseUrl: config.FIREFISH_API_URL },
    egress: new EgressTokens(table, clock, config),
    ...{ tenantId: agency, ...person, ...credentials, mayLeave: () => undefined },
  };
  const { problem, answers, missing } = await findScopes((scopes) =>
    askForToken(source, 'credentials', scopes),
  );
  // Credentials that were not refused are right, and must not wait for the limit.
  if (problem === undefined || (problem.kind === 'limited' && answers > 0))
    return { ok: true, missingScopes: missing };
  if (problem.kind === 'limited') return { ok: false, reason: 'limited', until: problem.until };
  return { ok: false, reason: problem.kind === 'failed' ? 'unreachable' : 'refused' };
}
