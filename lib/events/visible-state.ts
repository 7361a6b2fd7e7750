import { defined } from '../defined.ts';
import type { StoredEvent } from './event-item.ts';
import type { Urgency } from './urgency.ts';

export const VISIBLE_STATES = ['queued', 'deferred', 'synced', 'skipped', 'failed'] as const;
export type VisibleState = StoredEvent['state'] | 'deferred';

/** Why a tenant's events wait as a whole: its limits are used up, or Firefish is down for it. */
export interface Gate {
  reason: string;
  /** Epoch milliseconds. */
  until: number;
}

export interface Visible {
  state: VisibleState;
  /** Why it was skipped or failed, or what it waits for. */
  reason?: string;
}

/**
 * The state that is shown of an event. `deferred` is not stored: an open event is deferred while it waits alone, or
 * while the tenant's work of its urgency waits.
 * @param waitOf why and until when work of an urgency waits, by the record of the tenant's last turn
 */
export function stateOf(
  event: StoredEvent,
  waitOf: (urgency: Urgency) => Gate | undefined,
  now: number,
): Visible {
  if (event.state !== 'queued') {
    return { state: event.state, ...defined({ reason: event.reason }) };
  }
  if (event.waitUntil !== undefined && event.waitUntil > now) {
    return { state: 'deferred', ...defined({ reason: event.waitReason }) };
  }
  const wait = waitOf(event.urgency);
  return wait === undefined ? { state: 'queued' } : { state: 'deferred', reason: wait.reason };
}
