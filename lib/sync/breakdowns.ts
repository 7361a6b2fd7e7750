/** Counts on an event's item how often the work on it broke off for a reason that is none of Firefish's. */
import type { StoredEvent } from '../events/stored-event.ts';
import { ConflictError } from '../store/table.ts';
import type { SyncContext } from './context.ts';
import { finishEvent } from './finish.ts';

/** After each breakdown but the last an event is tried again after so long. */
const AFTER_BREAKDOWN_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 3_600_000, 3_600_000];
/** Then it ends `failed`. */
export const MOST_BREAKDOWNS = AFTER_BREAKDOWN_MS.length;

/**
 * Answers the item with one breakdown more, to be tried again after a pause. Nothing where it has had them all, and
 * so has failed for this reason, or where somebody else has it in hand.
 */
export async function countBreakdown(
  context: SyncContext,
  item: StoredEvent,
  reason: string,
): Promise<StoredEvent | undefined> {
  const before = item.breakdowns ?? 0;
  const pause = AFTER_BREAKDOWN_MS[before];
  if (pause === undefined) {
    await finishEvent(context, item, { state: 'failed', reason, actions: [], notes: [] });
    return undefined;
  }
  const at = context.clock.now() + pause;
  const waiting = { deferredReason: 'error', deferredUntil: at, indexSk: new Date(at).toISOString() };
  return unlessChanged(context, { ...item, ...waiting, breakdowns: before + 1 });
}

/** Takes the last one back; due at once. */
export async function uncountBreakdown(
  context: SyncContext,
  { breakdowns = 0, deferredReason: _, deferredUntil: __, ...item }: StoredEvent,
): Promise<void> {
  const left = breakdowns > 1 ? { breakdowns: breakdowns - 1 } : {};
  await unlessChanged(context, { ...item, ...left, indexSk: new Date(context.clock.now()).toISOString() });
}

/** Nothing where somebody else has it in hand, or it has ended. */
async function unlessChanged({ table }: SyncContext, item: StoredEvent): Promise<StoredEvent | undefined> {
  try {
    return (await table.put(item, item.version)) as StoredEvent; // as it was given
  } catch (error) {
    if (error instanceof ConflictError) return undefined;
    throw error;
  }
}
