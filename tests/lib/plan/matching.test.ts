import { describe, expect, test } from '@jest/globals';
import { newPerson, type PersonState } from '../../../lib/plan/person-state.ts';
import { matchRecords } from '../../../lib/plan/matching.ts';
import { nothingKnown } from '../../../lib/plan/types.ts';
import { type EventOrder } from '../../../lib/events/event-order.ts';
import { DEFAULT_SETTINGS } from '../../../lib/tenants/settings.ts';

const DAY_MS = 24 * 3_600_000;
const LAST = Date.parse('2026-11-23T10:00:00.000Z');
const ANN = 'hash-of-ann';

const ADDRESS = { text: 'ann@x.example', domainHash: 'domain', since: '1' as EventOrder };

/** A candidate who was last looked up at that time, on both sides, by an address; with these other addresses. */
const candidate = (besides: readonly string[]): PersonState => ({
  ...newPerson('person'),
  addresses: Object.fromEntries([ANN, ...besides].map((hash) => [hash, ADDRESS])),
  records: [{ kind: 'candidate', ref: 101, matchedBy: [ANN], sent: {}, marketing: {} }],
  lookups: { candidate: { at: LAST, hashes: [ANN] }, contact: { at: LAST, hashes: [ANN] } },
});

const searchesAt = (now: number, { besides = [] as string[], reachAll = false } = {}): string[] =>
  matchRecords({
    ...{
      person: candidate(besides),
      events: [],
      consents: {},
      optOuts: {},
      reachAll,
      early: new Set<never>(),
      refused: new Set<never>(),
      now,
    },
    facts: nothingKnown(),
    ...{ settings: DEFAULT_SETTINGS, hash: (value: string) => value },
  }).needs.map((need) => (need.need === 'search' ? `${need.kind} by ${need.addressHash}` : need.need));

describe('rule 2: a side (candidate or contact) without a match', () => {
  test('is not looked up again within a day', () => {
    expect(searchesAt(LAST + DAY_MS - 1)).toEqual([]);
  });

  test('is looked up again after a day', () => {
    expect(searchesAt(LAST + DAY_MS)).toEqual([`contact by ${ANN}`]);
  });
});

describe('rule 3: of a person with both sides', () => {
  test('only a new address is looked up at once', () => {
    expect(searchesAt(LAST + 1, { besides: ['new'] })).toEqual(['candidate by new', 'contact by new']);
  });

  test('everything is looked up for an opt-out', () => {
    expect(searchesAt(LAST + 1, { reachAll: true })).toEqual([`candidate by ${ANN}`, `contact by ${ANN}`]);
  });
});
