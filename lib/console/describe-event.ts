import { outerId } from '../events/inner-id.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { type Gate, visibleState } from '../events/visible-state.ts';
import { happenedAt } from './activity.ts';

export const iso = (at: number): string => new Date(at).toISOString();

/** An event as lists show it: ids, names of fields and reasons, never what was sent. */
export function summaryOf(event: StoredEvent, gate: Gate | undefined, now: number): Record<string, unknown> {
  const { sk, type, receivedAt, occurredAt, finishedAt, attempts, actions = [] } = event;
  const { state, reason } = visibleState(event, gate, now);
  return {
    ...{ id: outerId(sk), type, state, at: iso(happenedAt(event)), receivedAt: iso(receivedAt), occurredAt },
    ...(finishedAt === undefined ? {} : { finishedAt: iso(finishedAt) }),
    ...(reason === undefined ? {} : { reason }),
    ...{ attempts, actions },
  };
}
