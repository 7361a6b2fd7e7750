/** The last step of an event: its item says how it ended. Twice is harmless; an event that has ended stays ended. */
import type { TenantId, EventId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import {
  type EndedEvent,
  failed,
  type OpenEvent,
  type Outcome,
  skipped,
  type StoredEvent,
} from '../events/event-item.ts';
import { type FirefishError, RefusedError } from '../firefish/errors.ts';
import { isOptOut } from '../plan/consent.ts';
import { NAME_CONFLICT } from '../plan/presence.ts';
import { type EndedList, endedIndex, endedPlace, eventIdOfKey } from '../store/sync-keys.ts';
import { ConflictError, type Table } from '../store/table.ts';
import { EVENT_RETENTION_SECONDS } from '../times.ts';

/** Of what was queued when the tenant was disabled. */
export const DISABLED = skipped('disabled');

/** Of an event about a person who was erased: nothing of its content is kept. */
export const ERASED = skipped('erased');

/** Our label of a refusal, which may be indexed and logged. */
export const refusedCall = ({ endpoint, status }: FirefishError): `refused ${string}` =>
  `refused ${endpoint}${status === undefined ? '' : ` ${String(status)}`}`;

/** A call that Firefish refused permanently. Its own words may name a person: they are kept apart, encrypted. */
export const failedBy = (error: FirefishError): Outcome => ({
  ...failed(refusedCall(error)),
  ...(error instanceof RefusedError ? { words: error.words } : {}),
});

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
export const finishEvent = (finishing: Finishing, item: OpenEvent, outcome: Outcome): Promise<void> =>
  finishWhere(finishing, item, outcome, ({ state }) => state === 'queued');

/** Replaces how an event ended that waited for its person or a step; what was erased meanwhile stays as it is. */
export const finishAgain = (finishing: Finishing, item: EndedEvent, outcome: Outcome): Promise<void> =>
  finishWhere(finishing, item, outcome, ({ state, content }) => state !== 'queued' && content !== undefined);

/** Another writer may change the item: it is read again, as long as it is one to finish. */
async function finishWhere(
  finishing: Finishing,
  item: StoredEvent,
  outcome: Outcome,
  isMeant: (item: StoredEvent) => boolean,
): Promise<void> {
  const { table, tenantId, clock, onEnded } = finishing;
  let event: StoredEvent | undefined = item;
  while (event !== undefined && isMeant(event)) {
    try {
      await table.put(await endedItem(finishing, event, outcome), event.version);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      event = (await table.get(item)) as StoredEvent | undefined; // only StoredEvents have these keys
      continue;
    }
    const eventId = eventIdOfKey(tenantId, event.pk);
    onEnded?.({ tenantId, eventId, event, outcome, endedBefore: event.attempts > 0, at: clock.now() });
    return;
  }
}

/** Which list an event is in once it has ended: those that a person looks for. */
function listOf({ state, reason, notes }: Outcome): EndedList | undefined {
  if (state === 'failed') return 'failed';
  if (state === 'skipped') return reason === NAME_CONFLICT ? 'decide' : 'skipped';
  return isAmbiguous(notes) ? 'ambiguous' : undefined;
}

/** Whether several records could have been meant, as an event's notes say. */
export const isAmbiguous = (notes: readonly string[]): boolean =>
  notes.some((note) => note.startsWith('ambiguous:'));

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
  // What was done is not planned again; a skipped or failed event may be planned again or replayed.
  const keepsContent = !isErased && (state !== 'synced' || outcome.waits === true);
  return {
    ...{ pk, sk, version, type, order, contentHash, receivedAt, batchId, state, actions, notes },
    attempts: item.attempts + 1,
    finishedAt: now,
    ...(!isHeld && { expiresAt: Math.floor(now / 1000) + EVENT_RETENTION_SECONDS }),
    ...(personId !== undefined && !isErased && { personId }),
    ...(reason !== undefined && { reason }),
    ...(words !== undefined && {
      words: await cipher.encrypt(words, { tenantId, key: item, field: 'words' }),
    }),
    ...(content !== undefined && keepsContent && { content }),
    ...(list !== undefined && {
      indexPk: endedIndex(tenantId, list),
      indexSk: endedPlace(now, isAmbiguous(notes)),
    }),
  };
}
