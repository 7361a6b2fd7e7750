import { describe, expect, test } from '@jest/globals';
import { NEEDED_SCOPES } from '../../../lib/firefish/assumptions.ts';
import {
  afterGranted,
  afterInvalid,
  newScopeSearch,
  nextScopes,
  type ScopeSearch,
} from '../../../lib/firefish/scope-search.ts';

type Missing = readonly string[];

/** Every set of scopes that a profile may lack. */
const SETS: Missing[] = Array.from({ length: 2 ** NEEDED_SCOPES.length }, (_, bits) =>
  NEEDED_SCOPES.filter((_scope, index) => (bits & (1 << index)) !== 0),
);

const naming = (scopes: Missing): string => `Unknown scope: ${scopes.join(' ')}`;

/**
 * Plays Firefish for a profile without these scopes. Whether a refusal names what it minds is up to Firefish, each
 * time: all that can come of it.
 */
function searches(missing: Missing, search: ScopeSearch = newScopeSearch()): ScopeSearch[] {
  const asked = nextScopes(search);
  if (asked === undefined) return [search];
  const minded = asked.filter((scope) => missing.includes(scope));
  if (minded.length === 0) return searches(missing, afterGranted(search));
  return ['', naming(minded)].flatMap((message) => searches(missing, afterInvalid(search, message)));
}

const most = (found: readonly ScopeSearch[]): number => Math.max(...found.map(({ requests }) => requests));

describe('the search for missing scopes', () => {
  test('takes one request where all are ticked', () => {
    expect(searches([])).toMatchObject([{ requests: 1, missing: [], granted: NEEDED_SCOPES }]);
  });

  test.each(NEEDED_SCOPES)('takes at most six requests to find that %s alone is missing', (scope) => {
    expect(most(searches([scope]))).toBeLessThanOrEqual(6);
  });

  test('takes two requests where Firefish names what it minds', () => {
    const missing = ['contactsAPI-write', 'actionsAPI-read'];
    const search = afterGranted(afterInvalid(newScopeSearch(), naming(missing)));
    expect(search).toMatchObject({ requests: 2, undecided: [], missing });
  });

  test('finds exactly the missing ones, whichever they are and whether Firefish names them or not', () => {
    for (const missing of SETS) {
      for (const found of searches(missing)) {
        expect([...found.missing].sort()).toEqual([...missing].sort());
        expect(found.granted).toHaveLength(NEEDED_SCOPES.length - missing.length);
      }
    }
  });

  test('never takes more than the ten requests that Firefish permits a minute', () => {
    expect(Math.max(...SETS.map((missing) => most(searches(missing))))).toBe(10);
  });
});
