/**
 * Which scopes a profile has not ticked, found with few token requests: Firefish refuses a request as a whole
 * (`invalid_scope`) and may not say for which scope. Pure and serialisable, so that a search can go on where
 * the token limits broke it off.
 *
 * Asking for several at once saves requests where they are ticked and wastes one where they are not: so it is done
 * only as long as what is left could still be asked for one by one within the limit.
 */
import { NEEDED_SCOPES } from './assumptions.ts';

export type Scope = (typeof NEEDED_SCOPES)[number];

export interface ScopeSearch {
  granted: Scope[];
  missing: Scope[];
  undecided: Scope[];
  /** So many of the undecided, from the first on, are known to hold a missing one. */
  suspects: number;
  /** Made so far. */
  requests: number;
}

/** What Firefish permits a client id within a minute. */
const MAX_REQUESTS = 10;

export const newScopeSearch = (): ScopeSearch => ({
  granted: [],
  missing: [],
  undecided: [...NEEDED_SCOPES],
  suspects: 0,
  requests: 0,
});

/** What to ask for next; `undefined` once all is known. */
export function nextScopes({ undecided, suspects, requests }: ScopeSearch): Scope[] | undefined {
  if (undecided.length === 0) return undefined;
  const mayWaste = requests + undecided.length < MAX_REQUESTS;
  const several = suspects === 0 ? undecided.length : Math.floor(suspects / 2);
  return undecided.slice(0, mayWaste ? several : 1);
}

export function afterGranted(search: ScopeSearch): ScopeSearch {
  const asked = nextScopes(search) ?? [];
  return settled({
    granted: [...search.granted, ...asked],
    missing: search.missing,
    undecided: search.undecided.slice(asked.length),
    suspects: Math.max(0, search.suspects - asked.length),
    requests: search.requests + 1,
  });
}

/** @param message Firefish's words, which may name the scopes it minds */
export function afterInvalid(search: ScopeSearch, message: string): ScopeSearch {
  const asked = nextScopes(search) ?? [];
  const requests = search.requests + 1;
  const words = new Set(message.split(/[^A-Za-z-]+/));
  const named = asked.filter((scope) => words.has(scope));
  // Naming all that was asked for is naming none.
  if (named.length === 0 || named.length === asked.length) {
    return settled({ ...search, suspects: asked.length, requests });
  }
  return {
    ...search,
    missing: [...search.missing, ...named],
    undecided: search.undecided.filter((scope) => !named.includes(scope)),
    suspects: 0,
    requests,
  };
}

/** The only suspect is the missing one: it need not be asked for. */
function settled(search: ScopeSearch): ScopeSearch {
  if (search.suspects !== 1) return search;
  const { missing, undecided } = search;
  return {
    ...search,
    missing: [...missing, ...undecided.slice(0, 1)],
    undecided: undecided.slice(1),
    suspects: 0,
  };
}
