/** The last step of an event: its item says how it ended. Twice is harmless; an event that has ended stays ended. */
import type { TenantId, EventId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { EndedEvent, OpenEvent, Outcome, StoredEvent } from '../events/event-item.ts';
import { NAME_CONFLICT } from '../plan/presence.ts';
import { type EndedList, endedIndex, eventIdOfKey } from '../store/sync-keys.ts';
import { ConflictError, type Table } from '../store/table.ts';
import { EVENT_RETENTION_SECONDS } from '../times.ts';
import { isOptOut } from './held-opt-outs.ts';
import { DISABLED, ERASED } from './outcomes.ts';

/** For logs and metrics. */
export interface Ended {
  tenantId: TenantId;
  eventId: EventId;
  /** As it was before. */
  event: StoredEvent;
  outcome: Outcome;
  /** True for an event that was replayed, or is planned again. */
  endedBefore: boolean;
  /** Epoch milliseconds. */
  at: number;
}

export interface Finishing {
  tenantId: TenantId;
  table: Table;
  cipher: Cipher;
  clock: Clock;
  onEnded?: ((ended: Ended) => void) | undefined;
}

/**
 * No message goes to the dead-letter queue for a failed event: the index lists it, which survives longer than a
 * message, and one write fewer can fail.
 */
export async function finishEvent(finishing: Finishing, item: OpenEvent, outcome: Outcome): Promise<void> {
  let current: StoredEvent | undefined = item;
  while (current?.state === 'queued') {
    if (await putEnd(finishing, current, outcome)) return;
    current = (await finishing.table.get(item)) as StoredEvent | undefined; // only StoredEvents have these keys
  }
}

/** Replaces how an event ended that waited for its person or a step; what was erased meanwhile stays as it is. */
export async function finishAgain(finishing: Finishing, item: EndedEvent, outcome: Outcome): Promise<void> {
  const { table } = finishing;
  let current: StoredEvent | undefined = item;
  while (current !== undefined && current.state !== 'queued' && current.content !== undefined) {
    if (await putEnd(finishing, current, outcome)) return;
    current = (await table.get(item)) as StoredEvent | undefined; // only StoredEvents have these keys
  }
}

/** Answers false where someone else changed the item. */
async function putEnd(finishing: Finishing, current: StoredEvent, outcome: Outcome): Promise<boolean> {
  const { table, tenantId, clock, onEnded } = finishing;
  try {
    await table.put(await endedItem(finishing, current, outcome), current.version);
  } catch (error) {
    if (error instanceof ConflictError) return false;
    throw error;
  }
  const eventId = eventIdOfKey(tenantId, current.pk);
  const endedBefore = current.attempts > 0;
  onEnded?.({ tenantId, eventId, event: current, outcome, endedBefore, at: clock.now() });
  return true;
}

/** Which list an event is in once it has ended: those that a person looks for. */
function listOf({ state, reason, notes }: Outcome): EndedList | undefined {
  if (state === 'failed') return 'failed';
  if (state === 'skipped') return reason === NAME_CONFLICT ? 'decide' : 'skipped';
  return notes.some((note) => note.startsWith('ambiguous:')) ? 'ambiguous' : undefined;
}

async function endedItem(
  { tenantId, cipher, clock }: Finishing,
  item: StoredEvent,
  outcome: Outcome,
): Promise<EndedEvent> {
  const now = clock.now();
  const { pk, sk, version, type, order, contentHash, receivedAt, batchId, personId, content } = item;
  const { state, reason, words, actions, notes } = outcome;
  const list = listOf(outcome);
  const isErased = reason === ERASED.reason;
  // An opt-out is kept until the tenant is enabled again, however long that takes.
  const isHeld = reason === DISABLED.reason && isOptOut(item);
  return {
    ...{ pk, sk, version, type, order, contentHash, receivedAt, batchId, state, actions, notes },
    attempts: item.attempts + 1,
    finishedAt: now,
    ...(isHeld ? {} : { expiresAt: Math.floor(now / 1000) + EVENT_RETENTION_SECONDS }),
    ...(personId === undefined || isErased ? {} : { personId }),
    ...(reason === undefined ? {} : { reason }),
    ...(words === undefined
      ? {}
      : { words: await cipher.encrypt(words, { tenantId, key: item, field: 'words' }) }),
    // What was done is not planned again; a skipped or failed event may be planned again or replayed.
    ...(content === undefined || isErased || (state === 'synced' && outcome.waits !== true)
      ? {}
      : { content }),
    ...(list === undefined
      ? {}
      : { indexPk: endedIndex(tenantId, list), indexSk: new Date(now).toISOString() }),
  };
}
