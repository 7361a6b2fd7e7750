import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NEEDED_SCOPES } from '../../../lib/firefish/assumptions.ts';
import {
  afterGranted,
  afterInvalid,
  newScopeSearch,
  nextScopes,
} from '../../../lib/firefish/scope-search.ts';

/** Plays Firefish for a profile without these scopes; `says` makes what a refusal tells of them. */
function find(missing: readonly string[], says: (asked: readonly string[]) => string) {
  let search = newScopeSearch();
  let requests = 0;
  for (let asked = nextScopes(search); asked !== undefined; asked = nextScopes(search)) {
    requests += 1;
    const refused = asked.some((scope) => missing.includes(scope));
    search = refused ? afterInvalid(search, says(asked)) : afterGranted(search);
  }
  return { search, requests };
}

describe('the search for missing scopes', () => {
  test('takes one request where all are ticked', () => {
    expect(find([], () => '')).toMatchObject({
      requests: 1,
      search: { missing: [], granted: NEEDED_SCOPES },
    });
  });

  test.each(NEEDED_SCOPES)('takes at most seven requests to find that %s alone is missing', (scope) => {
    const { requests, search } = find([scope], () => 'no');
    expect(search.missing).toEqual([scope]);
    expect(requests).toBeLessThanOrEqual(7);
  });

  test('takes two requests where Firefish names what it minds', () => {
    const missing = ['contactsAPI-write', 'actionsAPI-read'];
    const says = (): string => 'Unknown scope: contactsAPI-write actionsAPI-read';
    expect(find(missing, says)).toMatchObject({ requests: 2, search: { missing } });
  });

  test('finds exactly the missing ones in at most ten requests, whether Firefish names them or not', () => {
    fc.assert(
      fc.property(fc.subarray([...NEEDED_SCOPES]), fc.infiniteStream(fc.boolean()), (missing, names) => {
        const { search, requests } = find(missing, (asked) =>
          names.next().value
            ? `bad: ${asked.filter((scope) => (missing as readonly string[]).includes(scope)).join(' ')}`
            : '',
        );
        expect([...search.missing].sort()).toEqual([...missing].sort());
        expect(search.granted).toHaveLength(NEEDED_SCOPES.length - missing.length);
        expect(requests).toBeLessThanOrEqual(10);
      }),
    );
  });
});
