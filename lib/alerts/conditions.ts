/** What is wrong with a tenant now, read from the state that the sync keeps anyway: two reads, never a scan. */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import { endedAtOf, endedIndex } from '../store/sync-keys.ts';
import type { ReadableTable } from '../store/table.ts';
import { readTurn } from '../turn/turn-record.ts';
import type { AlertKind } from './alert.ts';

/** A shorter failure of Firefish ends before anyone could act. */
export const OUTAGE_TOLD_AFTER_MS = 10 * 60_000;
/** Older failures raise no alert: the next failure raises a new one, whether they are replayed or not. */
export const FAILURES_ARE_NEWS_FOR_MS = 24 * 3_600_000;

export interface Conditions {
  breakerOpen: boolean;
  /** Since when (epoch milliseconds); conditions that do not hold are absent. */
  since: Partial<Record<AlertKind, number>>;
  /** Which Firefish credentials the trouble with Firefish is about; undefined if there was no turn yet. */
  givenAt: number | undefined;
}

export async function readConditions(
  table: ReadableTable,
  tenantId: TenantId,
  clock: Clock,
): Promise<Conditions> {
  const [turn, failedAt] = await Promise.all([readTurn(table, tenantId), newestFailure(table, tenantId)]);
  const now = clock.now();
  const trouble = turn?.trouble;
  const open = trouble?.since;
  const refused = trouble?.reason === 'credentials';
  const down = trouble?.reason === 'outage' && now - trouble.since >= OUTAGE_TOLD_AFTER_MS;
  const news = failedAt !== undefined && now - failedAt < FAILURES_ARE_NEWS_FOR_MS;
  return {
    breakerOpen: open !== undefined,
    givenAt: turn?.firefishGivenAt,
    since: {
      ...(refused ? { 'credentials-refused': trouble.since } : {}),
      ...(down ? { 'breaker-open': trouble.since } : {}),
      ...(news ? { 'events-failed': failedAt } : {}),
    },
  };
}

/** Epoch milliseconds of the newest event that failed and was neither replayed nor dismissed. */
export async function newestFailure(table: ReadableTable, tenantId: TenantId): Promise<number | undefined> {
  const { items } = await table.query({
    pk: endedIndex(tenantId, 'failed'),
    index: true,
    descending: true,
    limit: 1,
  });
  return items[0]?.indexSk === undefined ? undefined : endedAtOf(items[0].indexSk);
}
