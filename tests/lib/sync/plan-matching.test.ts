import { describe, expect, test } from '@jest/globals';
import { newPerson, type PersonState } from '../../../lib/sync/person.ts';
import { matchRecords } from '../../../lib/sync/plan-matching.ts';
import { type Stamp } from '../../../lib/sync/stamp.ts';
import { DEFAULT_SETTINGS } from '../../../lib/tenants/settings.ts';

const DAY_MS = 24 * 3_600_000;
const LAST = Date.parse('2026-11-23T10:00:00.000Z');
const ANN = 'hash-of-ann';

/** A candidate whose other side was last looked up then, by this address. */
const candidate = (lookedUpBy: string): PersonState => ({
  ...newPerson('person'),
  addresses: { [ANN]: { domainHash: 'domain', since: '1' as Stamp } },
  records: [{ kind: 'candidate', ref: 101, matchedBy: [ANN], sent: {}, marketing: {} }],
  lookups: { contact: { at: LAST, hashes: [lookedUpBy] } },
});

const searchesAt = (now: number, { lookedUpBy = ANN, reachAll = false } = {}): string[] =>
  matchRecords({
    ...{ person: candidate(lookedUpBy), texts: {}, events: [], words: {}, reachAll, now },
    facts: { searches: new Map(), profiles: new Map(), companies: new Map(), foreign: new Set() },
    ...{ settings: DEFAULT_SETTINGS, hash: (value: string) => value },
  }).needs.map(({ need, ...of }) => `${need} ${'kind' in of ? of.kind : ''}`);

describe('rule 2: a side without a match', () => {
  test('is not looked up again within a day', () => {
    expect(searchesAt(LAST + DAY_MS - 1)).toEqual([]);
  });

  test('is looked up again after a day', () => {
    expect(searchesAt(LAST + DAY_MS)).toEqual(['search contact']);
  });

  test('is looked up at once for an address that is new', () => {
    expect(searchesAt(LAST + 1, { lookedUpBy: 'hash-of-another' })).toEqual(['search contact']);
  });

  test('is looked up at once for a word on marketing, as is the other', () => {
    expect(searchesAt(LAST + 1, { reachAll: true })).toEqual(['search candidate', 'search contact']);
  });
});
