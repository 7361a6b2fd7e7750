import type { EventId } from '../../../lib/ids.ts';
import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { eventOrder, FROM_THE_BEGINNING, NOT_YET } from '../../../lib/events/event-order.ts';
import { addressOf } from '../../../lib/people/identity-index.ts';
import { readPerson, savePerson, unsaved } from '../../../lib/people/person-store.ts';
import { newPerson, type PersonState } from '../../../lib/plan/person-state.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { personStateKey } from '../../../lib/store/sync-keys.ts';
import type { Tenant } from '../../../lib/tenants/tenant.ts';
import { testCipher } from '../../support/cipher.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { writeUnits } from '../../support/write-units.ts';

const hash = (value: string): string =>
  createHmac('sha256', 'key').update(value).digest('base64url').slice(0, 22);
const tenant = { tenantId: 'tenant-of-22-characters', hash } as Tenant; // the rest is not looked at
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

/** With all fields that a person can have. */
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
        ...{
          kind: 'contact',
          ref: 12,
          matchedBy: [first],
          createdSince: order(1),
          createdBy: 'e~1' as EventId,
        },
        sent: { FirstName: 'x', 'A.New.Field': 'y' },
        marketing: { post: order(3) },
        start: { texts: ['ann@client.example', 'typed@else.example'], from: order(1) },
      },
      { kind: 'candidate', ref: 7, matchedBy: [], sent: {}, marketing: {}, start: { texts: [] } },
    ],
    steps: { replied: order(1), synced: order(2, 'with.a.dot~and~tildes') },
    lookups: { contact: { at: 1_700_000_000_000, hashes: [first] } },
    unreached: [second],
    gone: true,
    createIntents: [{ kind: 'contact', eventId: 'e' as EventId, since: order(1), at: 1, settlesAt: 2 }],
    unsettledUntil: 5,
    conflictSince: 6,
    linksSince: 7,
  };
  return state;
}

const openStore = () => ({ table: new MemoryTable(new VirtualClock()), tenant, cipher: testCipher });

describe('a stored person', () => {
  test.each([
    ['who is new', newPerson('person')],
    ['with everything', everything()],
  ])('%s is read back unchanged', async (_, person) => {
    const store = openStore();
    await savePerson(store, unsaved('person'), person);
    expect(await readPerson(store, 'person')).toEqual({ state: person, version: 1, isStored: true });
  });

  test('is not written again if nothing has changed', async () => {
    const store = openStore();
    await savePerson(store, unsaved('person'), everything());
    const held = await readPerson(store, 'person');
    if (held === undefined || 'heir' in held) throw new Error('a person was stored');
    expect(await savePerson(store, held, everything())).toMatchObject({ version: 1 });
    expect(await savePerson(store, held, { ...everything(), gone: false })).toMatchObject({ version: 2 });
  });

  test('with 15 fields from three events takes one write unit, with all attributes counted', async () => {
    const texts = ['ann.archer@client-company.example', 'ann@gmail.com'];
    const hashes = Object.keys(addresses(texts));
    const person: PersonState = {
      ...newPerson(hash('person')),
      candidateIds: ['sw_8271827182'],
      names: {
        sw_8271827182: { first: { text: 'Ann', order: order(0) }, last: { text: 'Archer', order: order(0) } },
      },
      addresses: addresses(texts),
      lists: [0, 1, 2].map((n) => ({ id: 'sw_8271827182', order: order(n), hashes })),
      said: { candidate: said, contact: said },
      records: [
        {
          ...{
            kind: 'candidate',
            ref: 123_456,
            matchedBy: [],
            createdSince: order(0),
            createdBy: 'e'.repeat(26) as EventId,
          },
          sent: Object.fromEntries(Object.entries(said).map(([field, one]) => [field, one.hash])),
          marketing: {},
        },
      ],
      lookups: { candidate: { at: 1_700_000_000_000, hashes } },
    };
    const store = openStore();
    await savePerson(store, unsaved(person.personId), person);
    const item = await store.table.get(personStateKey(tenant.tenantId, person.personId));
    const withWriteId = { ...item!, writeId: 'w'.repeat(16) };
    expect(writeUnits(undefined, withWriteId)).toBe(1);
  });
});
