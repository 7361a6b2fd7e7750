import { describe, expect, test } from '@jest/globals';
import { summaryOf } from '../../../lib/console/events/describe-event.ts';
import { eventOrder } from '../../../lib/events/event-order.ts';
import { innerId } from '../../../lib/events/inner-id.ts';
import type { EndedEvent } from '../../../lib/events/event-item.ts';
import type { BatchId, TenantId } from '../../../lib/ids.ts';
import { eventItemKey } from '../../../lib/store/sync-keys.ts';
import { plainCipher } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const services = { cipher: plainCipher, clock: new VirtualClock() };
const occurredAt = '2026-01-01T00:00:00.000Z';

const ended = (id: string): EndedEvent => ({
  ...{
    ...eventItemKey('t' as TenantId, innerId(id)),
    version: 1,
    type: 'record.created',
    state: 'synced',
    contentHash: '',
  },
  ...{
    order: eventOrder({ occurredAt, id }),
    receivedAt: 0,
    finishedAt: 1,
    attempts: 1,
    actions: [],
    notes: [],
  },
  batchId: 'b' as BatchId, // brands are given where batches are made
});

describe('an event in a list', () => {
  test.each(['constructor', '__proto__', 'evt-1'])('has the sender’s id: %s', async (id) => {
    expect(await summaryOf(services, 't' as TenantId, ended(id), () => undefined)).toMatchObject({
      id,
      occurredAt,
    });
  });

  test('that failed has our label and the text of Firefish’s refusal', async () => {
    const failed: EndedEvent = {
      ...ended('e'),
      state: 'failed',
      reason: 'refused PATCH /candidates/{ref} 400: candidate:12',
    };
    const words = await plainCipher.encrypt('The Surname is too long', {
      ...{ tenantId: 't' as TenantId, key: failed, field: 'words' },
    });
    expect(await summaryOf(services, 't' as TenantId, { ...failed, words }, () => undefined)).toMatchObject({
      state: 'failed',
      reason: 'Firefish refused PATCH /candidates/{ref} with 400 (candidate:12): The Surname is too long',
    });
  });
});
