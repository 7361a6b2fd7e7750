/** Whether Firefish takes a pair of credentials, and which scopes their profile has not ticked. */
import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Table } from '../store/table.ts';
import { EgressBudget } from './egress-budget.ts';
import { afterGranted, afterInvalid, newScopeSearch, nextScopes } from './scope-search.ts';
import { type Credentials, requestToken, type TokenAnswer } from './token-request.ts';

export type CheckedCredentials =
  { ok: true; missingScopes: string[] } | { ok: false; reason: 'refused' | 'unavailable' | 'limited' };

export interface CheckDeps {
  config: FirefishConfig;
  /** The sync table: token requests count against the egress address that all tenants share. */
  table: Table;
  clock: Clock;
  fetch: typeof fetch;
}

/** The name under which checks stand in the line for tokens. */
const CHECKER = 'check';

/** Asks for a token with all needed scopes; only where that is refused, which of them are missing. */
export async function checkCredentials(
  deps: CheckDeps,
  credentials: Credentials,
): Promise<CheckedCredentials> {
  let search = newScopeSearch();
  for (let scopes = nextScopes(search); scopes !== undefined; scopes = nextScopes(search)) {
    const answer = await askFor(deps, credentials, scopes);
    switch (answer.kind) {
      case 'granted':
        search = afterGranted(search);
        break;
      case 'invalid-scope':
        search = afterInvalid(search, answer.message);
        break;
      case 'refused':
      case 'limited':
        return { ok: false, reason: answer.kind };
      case 'failed':
        return { ok: false, reason: 'unavailable' };
    }
  }
  return { ok: true, missingScopes: search.missing };
}

async function askFor(
  { config, table, clock, fetch }: CheckDeps,
  credentials: Credentials,
  scopes: readonly string[],
): Promise<TokenAnswer> {
  const limits = config.FIREFISH_TOKEN_LIMITS;
  const budget = new EgressBudget({ table, egressId: config.EGRESS_ID, limits, clock });
  const due = await budget.take(CHECKER);
  if (due !== undefined) return { kind: 'limited', waitMs: due - clock.now() };
  const transport = { clock, fetch, timeoutMs: config.FIREFISH_TIMEOUT_MS, baseUrl: config.FIREFISH_API_URL };
  return requestToken(transport, credentials, scopes);
}
