import { describe, expect, test } from '@jest/globals';
import { stepsOf } from '../../../lib/console/progress/steps.ts';
import type { EndedEvent } from '../../../lib/events/event-item.ts';

const RECEIVED = Date.parse('2026-11-24T08:00:00Z');
const ended = (facts: Partial<EndedEvent>): string[] => {
  // As much of an event as its way tells.
  const known = { receivedAt: RECEIVED, finishedAt: RECEIVED + 1_000, actions: [], notes: [] };
  const event = { ...known, ...facts } as EndedEvent;
  const { state, reason } = event;
  return stepsOf(event, reason === undefined ? { state } : { state, reason }, false)
    .slice(3)
    .map((step) => `${step.state}: ${step.text}`);
};

describe('the steps of an event that has ended', () => {
  test('show by what the person was matched, and what was written', () => {
    expect(
      ended({
        state: 'synced',
        notes: ['matched: candidate 5 by link', 'matched: contact 7 by e-mail address'],
        actions: [
          { entity: 'candidate', ref: 5, operation: 'updated', fields: ['Surname'] },
          { entity: 'contact', ref: 7, operation: 'unchanged' },
        ],
      }),
    ).toEqual([
      'done: candidate 5, known as this person from before; contact 7 matched by e-mail address',
      'done: candidate 5 updated (Surname)',
      'done: Synced',
    ]);
  });

  test('show for a skipped event that nobody was looked up', () => {
    expect(ended({ state: 'skipped', reason: 'no-email' })).toEqual([
      'left-out: Not looked up in Firefish',
      'left-out: Nothing to write',
      'done: Skipped',
    ]);
  });

  test('show for an event that waits because names contradict that it was looked up', () => {
    const [matched] = ended({
      state: 'skipped',
      reason: 'name-conflict',
      notes: ['name-conflict: contact 7'],
    });
    expect(matched).toBe('done: Looked up in Firefish');
  });

  test('show for a failed event what came before the refused call, and nothing that is unknown', () => {
    const refused = 'Firefish refused POST /candidates with 400: The Surname is too long.';
    expect(ended({ state: 'failed', reason: refused })).toEqual([
      'done: Looked up in Firefish',
      `failed: ${refused}`,
      'failed: Failed; it can be replayed',
    ]);
    expect(
      ended({ state: 'failed', reason: 'Firefish refused GET /candidates/search with 403: no' })[0],
    ).toBe('failed: Firefish refused GET /candidates/search with 403: no');
    expect(ended({ state: 'failed', reason: 'broke off with TypeError' })).toEqual([
      'failed: broke off with TypeError',
      'failed: Failed; it can be replayed',
    ]);
  });
});
