/**
 * Which scopes a profile lacks, found with few token requests: Firefish refuses a request as a whole (`invalid_scope`)
 * and may not say for which scope. Pure, plain data.
 */
import { NEEDED_SCOPES } from './assumptions.ts';

export type Scope = (typeof NEEDED_SCOPES)[number];

export interface ScopeFinding {
  granted: Scope[];
  missing: Scope[];
  /** Groups not asked for yet; `refused`: at least one scope of the group is missing. */
  open: { scopes: Scope[]; refused: boolean }[];
  requests: number;
}

/** Tokens are few: what is not known after so many requests counts as missing. */
const MAX_REQUESTS = 4;

export const allScopes = (): ScopeFinding => ({
  granted: [],
  missing: [],
  open: [{ scopes: [...NEEDED_SCOPES], refused: false }],
  requests: 0,
});

/** What to ask for next; `undefined` once all is decided. */
export const nextScopes = ({ open }: ScopeFinding): Scope[] | undefined => open[0]?.scopes;

/** What is not known to be granted counts as missing. */
export const missingOrUnknown = ({ missing, open }: ScopeFinding): Scope[] => [
  ...missing,
  ...open.flatMap(({ scopes }) => scopes),
];

export function afterGranted(finding: ScopeFinding): ScopeFinding {
  const [asked, ...others] = finding.open;
  return decided({
    ...finding,
    granted: [...finding.granted, ...(asked?.scopes ?? [])],
    open: others,
    requests: finding.requests + 1,
  });
}

/** @param words Firefish's, which may name the scopes */
export function afterInvalid(finding: ScopeFinding, words: string): ScopeFinding {
  const [asked, ...others] = finding.open;
  const scopes = asked?.scopes ?? [];
  const said = new Set(words.split(/[^A-Za-z-]+/));
  const named = scopes.filter((scope) => said.has(scope));
  const requests = finding.requests + 1;
  // Naming all that was asked for is naming none.
  if (named.length > 0 && (named.length < scopes.length || scopes.length === 1)) {
    const rest = scopes.filter((scope) => !named.includes(scope));
    const open = rest.length === 0 ? others : [{ scopes: rest, refused: false }, ...others];
    return decided({ ...finding, missing: [...finding.missing, ...named], open, requests });
  }
  return decided({ ...finding, open: [{ scopes, refused: true }, ...others], requests });
}

/** Splits what was refused, and ends the search where enough was asked. */
function decided(finding: ScopeFinding): ScopeFinding {
  const [first, ...others] = finding.open;
  if (first === undefined) return finding;
  const isEnd = finding.requests >= MAX_REQUESTS;
  if (isEnd || (first.refused && first.scopes.length === 1)) {
    if (isEnd) return { ...finding, missing: missingOrUnknown(finding), open: [] };
    return decided({ ...finding, missing: [...finding.missing, ...first.scopes], open: others });
  }
  if (!first.refused) return finding;
  // Read and write of one kind stay together; where the first half is granted, the second must be split further.
  const half = first.scopes.length > 2 ? 2 * Math.ceil(first.scopes.length / 4) : 1;
  const halves = [first.scopes.slice(0, half), first.scopes.slice(half)];
  return { ...finding, open: [...halves.map((scopes) => ({ scopes, refused: false })), ...others] };
}
