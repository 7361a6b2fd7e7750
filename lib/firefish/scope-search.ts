/**
 * Which scopes a profile has not ticked, found with few token requests: Firefish refuses a request as a whole
 * (`invalid_scope`) and may not say for which scope. Pure and serialisable, so that a search can go on where
 * the token limits broke it off. Halving: one missing scope of seven takes three to seven requests.
 */
import { NEEDED_SCOPES } from './assumptions.ts';

export type Scope = (typeof NEEDED_SCOPES)[number];

interface Group {
  scopes: Scope[];
  /** One of them is missing: `yes`, or only `unless` the group before holds one. */
  suspect: 'no' | 'yes' | 'unless';
}

export interface ScopeSearch {
  granted: Scope[];
  missing: Scope[];
  /** Still to be asked for, in this order. */
  groups: Group[];
}

export const newScopeSearch = (): ScopeSearch => ({
  granted: [],
  missing: [],
  groups: [{ scopes: [...NEEDED_SCOPES], suspect: 'no' }],
});

/** What to ask for next; `undefined` once all is known. */
export const nextScopes = ({ groups }: ScopeSearch): Scope[] | undefined => groups[0]?.scopes;

export function afterGranted(search: ScopeSearch): ScopeSearch {
  const [asked, next, ...rest] = search.groups;
  if (asked === undefined) return search;
  const granted = [...search.granted, ...asked.scopes];
  if (next === undefined) return { ...search, granted, groups: [] };
  return settle({
    ...search,
    granted,
    groups: [next.suspect === 'unless' ? suspected(next) : next, ...rest],
  });
}

/** @param message Firefish's words, which may name the scopes it minds */
export function afterInvalid(search: ScopeSearch, message: string): ScopeSearch {
  const [asked, ...rest] = search.groups;
  if (asked === undefined) return search;
  // The missing one is here: nothing is known of the group behind.
  const others = rest.map((group, index): Group => (index === 0 ? { ...group, suspect: 'no' } : group));
  const words = new Set(message.split(/[^A-Za-z-]+/));
  const named = asked.scopes.filter((scope) => words.has(scope));
  // Naming all that was asked for is naming none.
  if (named.length === 0 || named.length === asked.scopes.length) {
    return settle({ ...search, groups: [suspected(asked), ...others] });
  }
  const unnamed = asked.scopes.filter((scope) => !named.includes(scope));
  const missing = [...search.missing, ...named];
  // No settling: Firefish has named all it minds, and the others are asked for together.
  return { ...search, missing, groups: [{ scopes: unnamed, suspect: 'no' }, ...others] };
}

const suspected = (group: Group): Group => ({ ...group, suspect: 'yes' });

/** From so many missing ones on, halving costs more than asking for one after the other: ten requests at most. */
const MANY_MISSING = 2;

const single = (scope: Scope): Group => ({ scopes: [scope], suspect: 'no' });

/** A suspect group of one is missing, a larger one is halved: neither needs to be asked for. */
function settle(search: ScopeSearch): ScopeSearch {
  const [first, ...rest] = search.groups;
  if (search.missing.length >= MANY_MISSING && search.groups.some(({ scopes }) => scopes.length > 1)) {
    const groups = search.groups.flatMap((group) =>
      group.scopes.length === 1 ? [group] : group.scopes.map(single),
    );
    return settle({ ...search, groups });
  }
  if (first?.suspect !== 'yes') return search;
  if (first.scopes.length === 1) {
    return settle({ ...search, missing: [...search.missing, ...first.scopes], groups: rest });
  }
  const half = Math.ceil(first.scopes.length / 2);
  return {
    ...search,
    groups: [
      { scopes: first.scopes.slice(0, half), suspect: 'no' },
      { scopes: first.scopes.slice(half), suspect: 'unless' },
      ...rest,
    ],
  };
}
