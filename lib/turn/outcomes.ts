/** How an event ends, in the words that its item keeps. */
import type { Outcome } from '../events/event-item.ts';
import { type FirefishError, RefusedError } from '../firefish/errors.ts';

/** @param reason the rule or setting that skipped it */
export const skipped = (reason: string, notes: string[] = []): Outcome => ({
  state: 'skipped',
  reason,
  actions: [],
  notes,
});

/** Of what was queued when the tenant was disabled. */
export const DISABLED = { state: 'skipped', reason: 'disabled', actions: [], notes: [] } satisfies Outcome;

/** Of an event about a person who was erased: nothing of its content is kept. */
export const ERASED = { state: 'skipped', reason: 'erased', actions: [], notes: [] } satisfies Outcome;

/** A call that Firefish refused for good. Its own words may name a person: they are kept apart, encrypted. */
export const failedBy = (error: FirefishError): Outcome => ({
  state: 'failed',
  reason: `refused ${error.endpoint}${error.status === undefined ? '' : ` ${String(error.status)}`}`,
  ...(error instanceof RefusedError ? { words: error.words } : {}),
  actions: [],
  notes: [],
});
