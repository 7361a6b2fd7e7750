/** Whether Firefish takes these credentials, and which of the scopes that we need they lack. */
import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Table } from '../store/table.ts';
import { EgressBudget } from './egress-budget.ts';
import { afterGranted, afterInvalid, newScopeSearch, nextScopes, type ScopeSearch } from './scope-search.ts';
import { requestToken, type Credentials } from './token-request.ts';

export { NEEDED_SCOPES } from './assumptions.ts';

interface CheckDeps {
  config: FirefishConfig;
  clock: Clock;
  fetch: typeof fetch;
  /** The sync table: the check's token requests come out of the egress address's budget like all others. */
  table: Table;
}

/** A token that the check was given, for all the scopes that there are: the first that the tenant works with. */
export interface Grant {
  scopes: ScopeSearch;
  accessToken: string;
  lifetimeMs: number;
  /** When it was asked for, and when every request of the check was made: epoch milliseconds. */
  sentAt: number;
  requestedAt: number[];
}

export type CredentialsCheck =
  | { ok: true; missingScopes: string[]; grant?: Grant }
  /** `detail` is for the person who typed the credentials. */
  | { ok: false; reason: 'refused' | 'unreachable' | 'limited'; detail: string };

const limited = (until: number): CredentialsCheck => ({
  ok: false,
  reason: 'limited',
  detail: `Firefish's limit for tokens is used up; try again after ${new Date(until).toISOString()}.`,
});

/**
 * One token request where all is well, two to ten where scopes are missing. A profile that has ticked
 * none of our scopes is `ok` with all of them missing: its credentials are right.
 */
export async function checkCredentials(deps: CheckDeps, credentials: Credentials): Promise<CredentialsCheck> {
  const { config, clock, table } = deps;
  const egress = new EgressBudget({
    table,
    clock,
    egressId: config.EGRESS_ID,
    limits: config.FIREFISH_TOKEN_LIMITS,
  });
  const wire = {
    fetch: deps.fetch,
    clock,
    timeoutMs: config.FIREFISH_TIMEOUT_MS,
    baseUrl: config.FIREFISH_API_URL,
  };
  let search = newScopeSearch();
  let grant: Grant | undefined;
  const requestedAt: number[] = [];
  for (let asked = nextScopes(search); asked !== undefined; asked = nextScopes(search)) {
    const until = await egress.takeNow();
    if (until !== undefined) return limited(until);
    const sentAt = clock.now();
    requestedAt.push(sentAt);
    const answer = await requestToken(wire, credentials, asked);
    switch (answer.kind) {
      case 'granted':
        search = afterGranted(search);
        grant =
          asked.length === search.granted.length
            ? { ...answer, sentAt, scopes: search, requestedAt }
            : undefined;
        break;
      case 'invalid-scope':
        search = afterInvalid(search, answer.message);
        break;
      case 'refused':
        return {
          ok: false,
          reason: 'refused',
          detail: `Firefish refused the credentials: ${answer.message}`,
        };
      case 'failed':
        return { ok: false, reason: 'unreachable', detail: `Firefish did not answer: ${answer.reason}` };
      case 'limited':
        await egress.block(answer.waitMs);
        return limited(clock.now() + answer.waitMs);
    }
  }
  const whole = grant?.scopes === search ? { grant } : {};
  return { ok: true, missingScopes: search.missing, ...whole };
}
