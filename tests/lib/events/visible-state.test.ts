import { describe, expect, test } from '@jest/globals';
import type { EndedEvent, OpenEvent } from '../../../lib/events/event-item.ts';
import { type Gate, stateOf } from '../../../lib/events/visible-state.ts';

const now = 1_000_000;
const common = {
  ...{ pk: 't#e#1', sk: 'e', version: 1, type: 'record.created', order: '', contentHash: '', receivedAt: 0 },
  ...{ batchId: 'b', attempts: 0 },
};
const open = (more: Partial<OpenEvent> = {}): OpenEvent =>
  ({ ...common, state: 'queued', urgency: 3, content: new Uint8Array(), ...more }) as OpenEvent; // the id is a text
const ended = (more: Partial<EndedEvent>): EndedEvent =>
  ({ ...common, finishedAt: now, actions: [], notes: [], ...more }) as EndedEvent; // the id is a text
const gate = (): Gate => ({ reason: 'outage', until: now + 1 });
const noGate = (): undefined => undefined;

describe('the state that is shown for an event', () => {
  test('is its end state with the reason if it has ended, although its tenant waits', () => {
    expect(stateOf(ended({ state: 'synced' }), gate, now)).toEqual({ state: 'synced' });
    const skipped = { state: 'skipped', reason: 'no-email' } as const;
    expect(stateOf(ended(skipped), gate, now)).toEqual(skipped);
    expect(stateOf(ended({ state: 'failed', reason: 'x' }), noGate, now)).toEqual({
      state: 'failed',
      reason: 'x',
    });
  });

  test('is deferred until its time if it waits alone', () => {
    const waiting = open({ waitUntil: now + 1, waitReason: 'conflict' });
    expect(stateOf(waiting, noGate, now)).toEqual({ state: 'deferred', reason: 'conflict' });
    expect(stateOf(waiting, noGate, now + 1)).toEqual({ state: 'queued' });
  });

  test('is deferred if the tenant’s work of its urgency waits', () => {
    const bulkWaits = (urgency: number): Gate | undefined =>
      urgency === 3 ? { reason: 'limit', until: now + 1 } : undefined;
    expect(stateOf(open(), bulkWaits, now)).toEqual({ state: 'deferred', reason: 'limit' });
    expect(stateOf(open({ urgency: 1 }), bulkWaits, now)).toEqual({ state: 'queued' });
  });
});
