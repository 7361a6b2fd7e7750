import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dropNulls } from '../../../lib/intake/drop-nulls.ts';

describe('null, which means "not said"', () => {
  test('is taken out at every depth, in lists too', () => {
    expect(dropNulls({ a: null, b: [1, null, { c: null, d: '' }], e: {} })).toEqual({
      b: [1, { d: '' }],
      e: {},
    });
  });

  test('an empty list stays, since it means "cleared"; a list of nulls goes, since it does not', () => {
    expect(dropNulls({ cleared: [], unsaid: [null, null], deep: [[null]] })).toEqual({ cleared: [] });
  });

  test('leaves no null in any JSON, and changes none that has none', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const dropped = dropNulls(value);
        if (value === null || dropped === undefined) return;
        expect(JSON.stringify(dropped).replaceAll(/"(?:[^"\\]|\\.)*"/g, '')).not.toContain('null');
        if (!JSON.stringify(value).includes('null')) expect(dropped).toEqual(value);
      }),
    );
  });
});
