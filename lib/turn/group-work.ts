/** Works on one group and settles how that came out: events ended, waiting or tried again. */
import { Workload } from './workload.ts';
import type { EventId } from '../ids.ts';
import { failed, type OpenEvent, type Outcome, type StoredEvent } from '../events/event-item.ts';
import { NotNowError, RefusedError } from '../firefish/errors.ts';
import { eventItemKey, laterKey } from '../store/sync-keys.ts';
import { ConflictError } from '../store/table.ts';
import { AFTER_ERROR_MS, SET_ASIDE_MS, TURN } from '../times.ts';
import { TurnOverError } from '../turn-over-error.ts';
import { isOptOut } from '../plan/consent.ts';
import { DISABLED, failedBy } from './finish-event.ts';
import type { Entry, Group } from './group-events.ts';
import { holdOptOut } from './reopen.ts';
import type { WorkReport } from './report-work.ts';
import type { TurnContext, Waits } from './turn-context.ts';

export interface Settling {
  context: TurnContext;
  workload: Workload;
  /** Whether `finish` was called for it in this turn. */
  hasEnded: (id: EventId) => boolean;
  /** A separate row holds the event. */
  onMoved: (id: EventId) => void;
  onWork: ((report: WorkReport) => void) | undefined;
}

/** Answers the events that are still the turn's to work on. Never throws. */
export async function workOnGroup(settling: Settling, group: Group): Promise<Entry[]> {
  const open = (): Entry[] => group.entries.filter(({ id }) => !settling.hasEnded(id));
  try {
    const toWorkOn = await withoutThoseThatEnd(settling, group.entries);
    const [first] = toWorkOn;
    if (first === undefined) return [];
    const result = await first.handler.work(settling.context, group.work, toWorkOn);
    if (result.kind === 'waits' && result.reason === 'outage') return await afterFailure(settling, open());
    if (result.kind === 'waits') return await putOff(settling, open(), result);
    // It would be tried again without a pause.
    if (open().length > 0) throw new Error('the handler has not ended all events');
    return [];
  } catch (error) {
    return afterError(settling, open, error);
  }
}

/** Events that the turn ends by itself: expired, disabled, or their process died each time. */
async function withoutThoseThatEnd(settling: Settling, entries: readonly Entry[]): Promise<Entry[]> {
  const { context, workload } = settling;
  const toWorkOn = [];
  for (const entry of entries) {
    const verdict = workload.verdict(entry);
    if (verdict.kind === 'work') toWorkOn.push(entry);
    else if (verdict.kind === 'end') await end(context, entry, verdict.outcome);
    else {
      workload.setAside(entry.hash);
      const until = context.clock.now() + SET_ASIDE_MS;
      await putOff(settling, [entry], { kind: 'waits', until, reason: 'error' });
    }
  }
  return toWorkOn;
}

/** Ends an event that was not worked on: what it says of consent is remembered first. */
async function end(context: TurnContext, entry: Entry, outcome: Outcome): Promise<void> {
  await entry.handler.remember?.(context, entry);
  if (outcome === DISABLED && isOptOut(entry.event)) await holdOptOut(context, entry.id);
  await context.finish(entry.item, outcome);
}

async function afterError(settling: Settling, open: () => Entry[], error: unknown): Promise<Entry[]> {
  const { context, onWork } = settling;
  const { tenantId } = context.tenant;
  const now = context.clock.now();
  if (error instanceof TurnOverError || error instanceof NotNowError) {
    // As a whole the tenant waits by what its Firefish says; this only keeps the turn from asking without a pause.
    const until = error instanceof NotNowError ? error.retryAt : now;
    const pause = Math.min(Math.max(until - now, TURN.readInboxEveryMs), TURN.waitInsideMs);
    return later(open(), now + pause);
  }
  try {
    const [only, ...others] = open();
    if (error instanceof RefusedError && only !== undefined && others.length === 0) {
      // A search, say: Firefish would refuse it again.
      await end(context, only, failedBy(error));
      return [];
    }
    onWork?.({ tenantId, eventIds: open().map(({ id }) => id), error });
    const rest = await Promise.all(open().map((entry) => countError(settling, entry, error)));
    return rest.flat();
  } catch (again) {
    // The table fails too: nothing is counted, and the work is tried again.
    onWork?.({ tenantId, eventIds: [], error: again });
    return later(open(), now + TURN.afterFailureMs);
  }
}

/** Each event alone is tried again: only the one at fault ends `failed`. */
async function countError(settling: Settling, entry: Entry, error: unknown): Promise<Entry[]> {
  const errors = (entry.item.errors ?? 0) + 1;
  if (errors <= AFTER_ERROR_MS.length) return tryAgain(settling, entry, errors, 'error');
  const outcome = failed(`error ${error instanceof Error ? error.name : typeof error}`);
  await end(settling.context, entry, outcome);
  return [];
}

/** Firefish had an error for the work each time, and others may work: each event is tried alone, with growing pauses. */
async function afterFailure(settling: Settling, open: readonly Entry[]): Promise<Entry[]> {
  const again = open.map((entry) =>
    tryAgain(settling, entry, Math.min((entry.item.errors ?? 0) + 1, MOST_FAILURES), 'outage'),
  );
  return (await Promise.all(again)).flat();
}

/** Of Firefish's: errors of ours still have tries left then. */
const MOST_FAILURES = 4;

async function tryAgain(
  settling: Settling,
  entry: Entry,
  errors: number,
  reason: Waits['reason'],
): Promise<Entry[]> {
  const { context } = settling;
  const item = await change(context, entry, (current) => ({ ...current, errors }));
  if (item === undefined) return [];
  const until = context.clock.now() + (AFTER_ERROR_MS[errors - 1] ?? 0);
  return putOff(settling, [{ ...entry, item }], { kind: 'waits', until, reason });
}

/** Short waits happen inside the turn; for a longer one each event gets its own row. */
async function putOff(
  settling: Settling,
  open: readonly Entry[],
  { until, reason }: Waits,
): Promise<Entry[]> {
  const { context, onWork, onMoved } = settling;
  const { tenantId } = context.tenant;
  if (until - context.clock.now() <= TURN.waitInsideMs)
    return later(await withNewItems(context, open), until);
  onWork?.({ tenantId, eventIds: open.map(({ id }) => id), wait: { reason, until } });
  await Promise.all(
    open.map(async (entry) => {
      const { id, urgency, item } = entry;
      const { receivedAt, expiresAt } = item;
      // The row first: an event that says that it waits is on a row.
      const row = { ...laterKey(tenantId, until, id), eventIds: [id], urgency, receivedAt, expiresAt };
      await context.table.put(row, 'anything');
      await change(context, entry, (current) => ({ ...current, waitUntil: until, waitReason: reason }));
      onMoved(id);
    }),
  );
  return [];
}

const later = (entries: readonly Entry[], notBefore: number): Entry[] =>
  entries.map((entry) => ({ ...entry, notBefore }));

/** The handler may have written an item, such as the progress of long work. */
async function withNewItems({ table, tenant }: TurnContext, open: readonly Entry[]): Promise<Entry[]> {
  const items = await table.getMany(open.map(({ id }) => eventItemKey(tenant.tenantId, id)));
  const byKey = new Map(items.map((item) => [item.pk, item as StoredEvent])); // only StoredEvents have these keys
  return open.flatMap((entry) => {
    const item = byKey.get(entry.item.pk);
    return item?.state === 'queued' ? [{ ...entry, item }] : [];
  });
}

/** Changes an event's item, also where another writer wrote it last; undefined if it has ended. */
async function change(
  { table }: TurnContext,
  { item }: Entry,
  to: (current: OpenEvent) => OpenEvent,
): Promise<OpenEvent | undefined> {
  let current: StoredEvent | undefined = item;
  while (current?.state === 'queued') {
    try {
      return (await table.put(to(current), current.version)) as OpenEvent; // as it was given
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      current = (await table.get(item)) as StoredEvent | undefined; // only StoredEvents have these keys
    }
  }
  return undefined;
}
