/** Compares the model with end states that were written by hand, because an unchecked model proves nothing. */
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../lib/tenants/settings.ts';
import { CASES } from './cases.ts';
import { isEdit, isEvent, seedOf } from './cases/case.ts';
import { differencesFromExpected } from './expected.ts';
import { idealEndState } from './model.ts';
import { standingOfModel } from './standing.ts';

describe('the model gives the end state of each hand-made case', () => {
  it.each(CASES)('$name', (one) => {
    const events = one.steps.filter(isEvent);
    const edits = one.steps.filter(isEdit);

    const model = idealEndState(seedOf(one.seed), events, { ...DEFAULT_SETTINGS, ...one.settings }, edits);

    expect(differencesFromExpected(standingOfModel(model), one.expected)).toEqual([]);
    for (const [id, { state, reason }] of Object.entries(one.outcomes ?? {})) {
      expect({ id, ...model.outcomes.get(id) }).toMatchObject({ id, state });
      if (reason !== undefined) expect(model.outcomes.get(id)?.reason).toMatch(reason);
    }
  });

  it('no two cases have the same name', () => {
    expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
  });
});
