import { innerId } from '../../../lib/events/inner-id.ts';
import { describe, expect, test } from '@jest/globals';
import { eventOrder } from '../../../lib/events/event-order.ts';
import { mergePersons, newPerson, type PersonState } from '../../../lib/plan/person-state.ts';

const nine = eventOrder({ occurredAt: '2026-11-23T09:00:00.000Z', id: 'e1' });
const ten = eventOrder({ occurredAt: '2026-11-23T10:00:00.000Z', id: 'e2' });

const person = (personId: string, order: typeof nine): PersonState => ({
  ...newPerson(personId),
  candidateIds: [`sw_${personId}`],
  addresses: { ann: { text: 'ann@x.example', domainHash: 'x', since: order, flagged: order } },
  said: { candidate: { FirstName: { order, hash: personId } }, contact: {} },
  steps: { replied: order },
  createIntents: [{ kind: 'candidate', eventId: innerId(personId), since: order, at: 1, settlesAt: 2 }],
});

describe('the merged state of two persons who turn out to be one', () => {
  test.each([
    ['the older takes over', person('p1', nine), person('p2', ten)],
    ['the younger takes over', person('p2', ten), person('p1', nine)],
  ])('has the earlier links, flags and steps, and the newer values: %s', (_, into, from) => {
    const merged = mergePersons(into, from);

    expect(merged.addresses['ann']).toMatchObject({ since: nine, flagged: nine });
    expect(merged.steps).toEqual({ replied: nine });
    expect(merged.said.candidate).toEqual({ FirstName: { order: ten, hash: 'p2' } });
    expect(merged.absorbing).toEqual([from.personId]);
    // The opt-out of one person has not reached the records of the other.
    expect(merged.unreached).toEqual(['ann']);
  });

  test.each([
    ['both were checked', 7, 7, 7],
    ['one of them was not', 7, undefined, undefined],
    ['they were checked for different databases', 7, 8, undefined],
  ])(
    'has links that are checked again, unless both were made for the same database: %s',
    (_, into, from, merged) => {
      const linked = (personId: string, linksSince: number | undefined): PersonState => ({
        ...person(personId, nine),
        records: [{ kind: 'candidate', ref: 1, matchedBy: [], sent: {}, marketing: {} }],
        ...(linksSince === undefined ? {} : { linksSince }),
      });

      expect(mergePersons(linked('p1', into), linked('p2', from)).linksSince).toBe(merged);
      expect(mergePersons(person('p1', nine), linked('p2', from)).linksSince).toBe(from);
    },
  );

  test('has of many lists of addresses those between which something changed, and the newest of each id', () => {
    const lists = [...'123456789abcdefghijklmnopqrstuvwxyz'].map((id, minute) => ({
      id: 'sw_1',
      order: eventOrder({ occurredAt: new Date(Date.UTC(2026, 10, 23, 9, minute)).toISOString(), id }),
      hashes: [['a'], ['b']][minute] ?? ['a', 'b'],
    }));
    const merge = (all: PersonState['lists']) =>
      mergePersons({ ...person('p1', nine), lists: all }, person('p2', ten)).lists;

    const merged = merge(lists);
    expect(merged.slice(0, 3)).toEqual(lists.slice(0, 3));
    expect(merged.at(-1)).toEqual(lists.at(-1));
    expect(merged).toHaveLength(20);
    const [first, ...others] = lists.map((list, n) => ({ ...list, hashes: [String(n)] }));
    const ofTwo = [{ ...(first ?? { order: nine, hashes: [] }), id: 'sw_2' }, ...others];
    expect(merge(ofTwo)).toEqual([ofTwo[0], ...ofTwo.slice(-19)]);
  });

  test('does not change if they are merged again after a crash', () => {
    const once = mergePersons(person('p1', nine), person('p2', ten));

    expect(mergePersons(once, person('p2', ten))).toEqual(once);
  });
});
