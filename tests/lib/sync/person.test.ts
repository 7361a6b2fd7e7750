import { describe, expect, it } from '@jest/globals';
import { mergePersons, newPerson, type PersonState } from '../../../lib/sync/person.ts';
import { stampOf } from '../../../lib/sync/stamp.ts';

describe('two persons who turn out to be one', () => {
  const nine = stampOf({ occurredAt: '2026-11-23T09:00:00.000Z', id: 'e1' });
  const ten = stampOf({ occurredAt: '2026-11-23T10:00:00.000Z', id: 'e2' });
  const flaggedSince = (personId: string, stamp: typeof nine): PersonState => ({
    ...newPerson(personId),
    flaggedPhones: { number: stamp },
  });

  it('have a number flagged since the earlier flag, whoever takes over', () => {
    const [one, other] = [flaggedSince('p1', nine), flaggedSince('p2', ten)];

    expect(mergePersons(one, other).flaggedPhones).toEqual({ number: nine });
    expect(mergePersons(other, one).flaggedPhones).toEqual({ number: nine });
  });
});
