import { createHmac } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { eventOrder, FROM_THE_BEGINNING, NOT_YET } from '../../../lib/events/event-order.ts';
import { addressOf } from '../../../lib/people/identity-index.ts';
import { personOf, storedForm } from '../../../lib/people/person-codec.ts';
import { newPerson, type PersonState } from '../../../lib/plan/person-state.ts';

const hash = (value: string): string =>
  createHmac('sha256', 'key').update(value).digest('base64url').slice(0, 22);
const tenant = { hash };
const order = (n: number, id = '01JDQ8Z7N5T4') =>
  eventOrder({ occurredAt: `2026-11-23T10:15:${String(10 + n)}.120Z`, id: `${id}~${String(n)}` });
const addresses = (texts: readonly string[], since = order(0)): PersonState['addresses'] =>
  Object.fromEntries(
    texts.map((text) => {
      const { hash: key, domainHash } = addressOf(tenant, text);
      return [key, { text, domainHash, since }];
    }),
  );

const FIELDS = [
  ...['FirstName', 'Surname', 'Title', 'MobileNumber', 'WorkNumber', 'JobTitle', 'CurrentCompanyName'],
  ...['Address.Address1', 'Address.Town', 'Address.PostCode', 'Address.Country', 'LinkedIn', 'Skills'],
  ...['RecruiterSummary', 'Source'],
];
const said = Object.fromEntries(
  FIELDS.map((field, n) => [field, { order: order(n % 3), hash: hash(field).slice(0, 11) }]),
);

/** With everything that a person can have. */
function everything(): PersonState {
  const both = addresses(['ann@client.example', 'bücher@höme.example']);
  const [first = '', second = ''] = Object.keys(both);
  const state: PersonState = {
    ...newPerson('person'),
    absorbing: ['other'],
    candidateIds: ['sw_1', '%constructor'],
    addresses: {
      [first]: { ...both[first]!, listed: order(1) },
      [second]: { ...both[second]!, since: NOT_YET, flagged: order(4) },
    },
    lists: [
      { id: '', order: order(1), hashes: [first] },
      { id: 'sw_1', order: order(2), hashes: [second, first] },
    ],
    said: { candidate: said, contact: { FirstName: { order: FROM_THE_BEGINNING, hash: 'h' } } },
    flaggedPhones: ['phone'],
    records: [
      {
        ...{ kind: 'contact', ref: 12, matchedBy: [first], createdSince: order(1), createdBy: 'e~1' },
        sent: { FirstName: 'x', 'A.New.Field': 'y' },
        marketing: { post: order(3) },
        start: { texts: ['ann@client.example', 'typed@else.example'], from: order(1) },
      },
      { kind: 'candidate', ref: 7, matchedBy: [], sent: {}, marketing: {}, start: { texts: [] } },
    ],
    steps: { replied: order(1), synced: order(2, 'with.a.dot~and~tildes') },
    hasPending: true,
    lookups: { contact: { at: 1_700_000_000_000, hashes: [first] } },
    unreached: [second],
    gone: true,
    createIntents: [{ kind: 'contact', eventId: 'e', since: order(1), at: 1, settlesAt: 2 }],
    unsettledUntil: 5,
    conflictSince: 6,
    linksSince: 7,
  };
  return state;
}

describe('the stored form of a person', () => {
  test.each([
    ['who is new', newPerson('person')],
    ['with everything', everything()],
  ])('%s reads as it was', (_, person) => {
    expect(personOf(tenant, 'person', storedForm(person))).toEqual(person);
  });

  test('is the same for the same person: nothing is written where nothing changed', () => {
    const text = storedForm(everything());
    expect(storedForm(personOf(tenant, 'person', text))).toBe(text);
  });

  test('with 15 fields, of three events, takes one write unit, all attributes counted', () => {
    const [ann] = Object.keys(addresses(['ann.archer@client-company.example']));
    const person: PersonState = {
      ...newPerson('person'),
      candidateIds: ['sw_8271827182'],
      addresses: addresses(['ann.archer@client-company.example']),
      lists: [0, 1, 2].map((n) => ({ id: 'sw_8271827182', order: order(n), hashes: [ann!] })),
      said: { candidate: said, contact: said },
      records: [
        {
          ...{
            kind: 'candidate',
            ref: 123_456,
            matchedBy: [],
            createdSince: order(0),
            createdBy: 'e'.repeat(26),
          },
          sent: Object.fromEntries(Object.entries(said).map(([field, one]) => [field, one.hash])),
          marketing: {},
        },
      ],
      lookups: { candidate: { at: 1_700_000_000_000, hashes: [ann!] } },
    };
    const KEY_AND_ENCRYPTION = 300;
    expect(deflateRawSync(storedForm(person)).length + KEY_AND_ENCRYPTION).toBeLessThan(1024);
  });
});
