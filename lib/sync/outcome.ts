import type { EventAction } from '../events/stored-event.ts';

/** How an event ended: what its item, a preview and a support person see. Field names, never values. */
export interface Outcome {
  state: 'synced' | 'skipped' | 'failed';
  /** The rule or setting that skipped it, Firefish's own words, or what was ambiguous of what was done. */
  reason?: string;
  actions: EventAction[];
  /** How the person was matched, what was ambiguous, in words. */
  notes: string[];
  /** True for an event that may still have something to leave, should an older one say that the person was there. */
  waits?: true;
}

export const skipped = (reason: string, notes: string[] = []): Outcome => ({
  state: 'skipped',
  reason,
  actions: [],
  notes,
});

/** The event was not worked on to its end; do it again from `at` (epoch milliseconds) on. */
export interface Deferral {
  at: number;
  /** `limit`, `token`, `outage`, `credentials`, `busy` (another worker has the person), `settling` (a lost answer). */
  reason: string;
  /** True where the whole tenant waits: its open events join the backlog, which is rung for as its gate opens. */
  tenantWide: boolean;
}
