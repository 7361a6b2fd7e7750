import type { EventId } from '../../../lib/ids.ts';
import { describe, expect, test } from '@jest/globals';
import type { LinkedRecord } from '../../../lib/plan/person-state.ts';
import { patchFor } from '../../../lib/plan/fields.ts';
import type { EventOrder } from '../../../lib/events/event-order.ts';
import { DEFAULT_SETTINGS } from '../../../lib/tenants/settings.ts';

const record: LinkedRecord = { kind: 'candidate', ref: 101, matchedBy: [], sent: {}, marketing: {} };
const sayings = {
  'Address.Town': { value: 'York', order: '1' as EventOrder, eventId: 'e1' as EventId, hash: 'hash' },
};

describe('an address of which one part has changed', () => {
  test('is sent whole, because PATCH may replace it', () => {
    const profile = { Ref: 101, Address: { Address1: '1 High St', Town: 'Leeds', PostCode: null } };

    expect(patchFor(DEFAULT_SETTINGS, record, sayings, undefined, profile)).toMatchObject({
      fields: { 'Address.Address1': '1 High St', 'Address.Town': 'York' },
      needsProfile: false,
    });
  });

  test('is read first, if its other parts are not known', () => {
    expect(patchFor(DEFAULT_SETTINGS, record, sayings, { Ref: 101 }, undefined).needsProfile).toBe(true);
  });
});
