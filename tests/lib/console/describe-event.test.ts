import { describe, expect, test } from '@jest/globals';
import { summaryOf } from '../../../lib/console/describe-event.ts';
import { innerId } from '../../../lib/events/inner-id.ts';
import type { StoredEvent } from '../../../lib/events/stored-event.ts';

describe('an event in a list', () => {
  test.each(['constructor', '__proto__', 'evt-1'])('has the id that its sender gave it: %s', (id) => {
    const event = {
      ...{ pk: 't#event', sk: innerId(id), version: 1, type: 'record.created', state: 'synced' },
      ...{ occurredAt: '2026-01-01T00:00:00Z', receivedAt: 0, finishedAt: 1, batchId: 'b', attempts: 1 },
      // As the sync leaves it.
    } as unknown as StoredEvent;
    expect(summaryOf(event, undefined, 2).id).toBe(id);
  });
});
