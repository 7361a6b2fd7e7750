import { describe, expect, test } from '@jest/globals';
import { visibleState } from '../../../lib/events/visible-state.ts';

describe('the state that is shown of an event', () => {
  const now = 1_000_000;
  const gate = { reason: 'outage', until: now + 1 };

  test('one that has ended shows its end and why, whatever the gate says', () => {
    expect(visibleState({ state: 'synced', deferredUntil: now + 1 }, gate, now)).toEqual({ state: 'synced' });
    expect(visibleState({ state: 'skipped', reason: 'no-email' }, gate, now)).toEqual({
      state: 'skipped',
      reason: 'no-email',
    });
    expect(visibleState({ state: 'failed', reason: 'x' }, undefined, now)).toEqual({
      state: 'failed',
      reason: 'x',
    });
  });

  test('one that waits for its own time is deferred until then', () => {
    const event = { state: 'queued', deferredUntil: now + 1, deferredReason: 'limit' } as const;
    expect(visibleState(event, undefined, now)).toEqual({ state: 'deferred', reason: 'limit' });
    expect(visibleState(event, undefined, now + 1)).toEqual({ state: 'queued' });
  });

  test('one whose tenant waits is deferred as long as the gate is closed', () => {
    expect(visibleState({ state: 'queued' }, gate, now)).toEqual({ state: 'deferred', reason: 'outage' });
    expect(visibleState({ state: 'queued' }, gate, now + 1)).toEqual({ state: 'queued' });
  });
});
