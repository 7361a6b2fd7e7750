import type { StoredEvent, StoredState } from './stored-event.ts';

export const VISIBLE_STATES = ['queued', 'deferred', 'synced', 'skipped', 'failed'] as const;
export type VisibleState = StoredState | 'deferred';

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
 * The state that is shown. `deferred` is not stored: an event that has not ended is deferred while its own due
 * time, or its tenant's gate, lies ahead.
 */
export function visibleState(
  event: Pick<StoredEvent, 'state' | 'deferredReason' | 'deferredUntil' | 'reason'>,
  gate: Gate | undefined,
  now: number,
): Visible {
  if (event.state !== 'queued') {
    return { state: event.state, ...(event.reason === undefined ? {} : { reason: event.reason }) };
  }
  if (event.deferredUntil !== undefined && event.deferredUntil > now) {
    return {
      state: 'deferred',
      ...(event.deferredReason === undefined ? {} : { reason: event.deferredReason }),
    };
  }
  if (gate !== undefined && gate.until > now) return { state: 'deferred', reason: gate.reason };
  return { state: 'queued' };
}
