/** The last step of an event: its item says how it ended. Twice is harmless; what has ended stays ended. */
import { EVENT_RETENTION_SECONDS, type StoredEvent } from '../events/stored-event.ts';
import { endedEventsPartition, eventKey, failedEventsPartition } from '../store/keys.ts';
import { ConflictError } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { SyncContext } from './context.ts';
import { type Deferral, type Outcome, skipped } from './outcome.ts';

/** What ending an event takes; the sweeper ends some too. */
interface Finishing extends Pick<SyncContext, 'table' | 'clock' | 'deadLetters' | 'onEnded'> {
  tenant: { tenantId: string };
}

/** For whoever keeps logs and numbers. */
export interface Ended {
  tenantId: string;
  /** As it was before. */
  event: StoredEvent;
  outcome: Outcome;
  /** True for an event that was replayed, or is planned again. */
  endedBefore: boolean;
  /** Epoch milliseconds. */
  at: number;
}

/** Ends what was queued when its tenant was disabled; answers the others. */
export async function endDisabled<E extends StoredEvent>(
  context: Finishing & { tenant: Pick<Tenant, 'status' | 'disabledAt'> },
  items: readonly E[],
): Promise<E[]> {
  const { status, disabledAt = -Infinity } = context.tenant;
  const isEnded = ({ receivedAt, replayedAt = receivedAt }: E): boolean =>
    status === 'disabled' || replayedAt <= disabledAt;
  await Promise.all(items.filter(isEnded).map((item) => finishEvent(context, item, skipped('disabled'))));
  return items.filter((item) => !isEnded(item));
}

/** @param revive true for an event that was skipped for want of the person: it ends anew */
export async function finishEvent(
  context: Finishing,
  item: StoredEvent,
  outcome: Outcome,
  revive = false,
): Promise<void> {
  const { table } = context;
  let current: StoredEvent | undefined = item;
  let isTold = outcome.state !== 'failed';
  while (current !== undefined && (current.state === 'queued' || (revive && isRevivable(current)))) {
    // First: whoever dies between the two leaves a pointer too many, and never an event that nobody is told of.
    if (!isTold) await sendDeadLetter(context, item.sk);
    isTold = true;
    try {
      await table.put(ended(context, current, outcome), current.version);
      context.onEnded?.({
        ...{ tenantId: context.tenant.tenantId, event: current, outcome, at: context.clock.now() },
        endedBefore: current.attempts > 0,
      });
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      current = (await table.get(eventKey(context.tenant.tenantId, item.sk))) as StoredEvent | undefined;
    }
  }
}

async function sendDeadLetter(
  { deadLetters, tenant: { tenantId } }: Finishing,
  eventId: string,
): Promise<void> {
  const unsent = await deadLetters.send([{ tenantId, eventId }]);
  if (unsent.length > 0) throw new Error('the pointer of a failed event could not be sent');
}

/** What was erased has no content, and stays so. */
const isRevivable = ({ state, payload }: StoredEvent): boolean =>
  payload !== undefined && (state === 'skipped' || state === 'synced');

function ended({ clock, tenant }: Finishing, item: StoredEvent, outcome: Outcome): StoredEvent {
  const now = clock.now();
  const { pk, sk, version, type, occurredAt, receivedAt, batchId, payload } = item;
  return {
    ...{ pk, sk, version, type, occurredAt, receivedAt, batchId },
    // What was done needs no second look; what was skipped or failed may be planned or replayed again.
    ...(payload === undefined || (outcome.state === 'synced' && outcome.waits !== true) ? {} : { payload }),
    state: outcome.state,
    // Where it is listed, by when it ended: moving there is part of this one write.
    indexPk:
      outcome.state === 'failed'
        ? failedEventsPartition(tenant.tenantId)
        : endedEventsPartition(tenant.tenantId, outcome.state),
    indexSk: new Date(now).toISOString(),
    attempts: item.attempts + 1,
    finishedAt: now,
    ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
    actions: outcome.actions,
    notes: outcome.notes,
    expiresAt: Math.floor(now / 1000) + EVENT_RETENTION_SECONDS,
  };
}

/** Says on the event's item why and until when it waits: the backlog has it from then on. */
export async function deferEvent(
  context: SyncContext,
  item: StoredEvent,
  { at, reason }: Deferral,
): Promise<void> {
  try {
    await context.table.put(
      { ...item, deferredReason: reason, deferredUntil: at, indexSk: new Date(at).toISOString() },
      item.version,
    );
  } catch (error) {
    // Somebody else has it in hand, or it has ended.
    if (!(error instanceof ConflictError)) throw error;
  }
}
