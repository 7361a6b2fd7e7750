/** What is wrong with a tenant now, read off the state that the sync keeps anyway: two reads, never a scan. */
import type { Clock } from '../clock.ts';
import { readBreaker } from '../firefish/breaker.ts';
import { failedEventsPartition } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import type { AlertKind } from './alert.ts';

/** A Firefish that fails for less long heals by itself before anybody could do anything. */
export const OUTAGE_TOLD_AFTER_MS = 10 * 60_000;
/** Events that failed longer ago are old news: the next one to fail is told of anew, whether they are replayed or not. */
export const FAILURES_ARE_NEWS_FOR_MS = 24 * 3_600_000;

export interface Conditions {
  breakerOpen: boolean;
  /** Since when (epoch milliseconds); what is not so is absent. */
  since: Partial<Record<AlertKind, number>>;
}

export async function readConditions(table: Table, tenantId: string, clock: Clock): Promise<Conditions> {
  const [breaker, failedAt] = await Promise.all([
    readBreaker(table, tenantId, clock),
    newestFailure(table, tenantId),
  ]);
  const now = clock.now();
  const open = breaker.state === 'closed' ? undefined : breaker.since;
  const refused = open !== undefined && breaker.reason === 'credentials';
  const down = open !== undefined && breaker.reason === 'outage' && now - open >= OUTAGE_TOLD_AFTER_MS;
  const news = failedAt !== undefined && now - failedAt < FAILURES_ARE_NEWS_FOR_MS;
  return {
    breakerOpen: open !== undefined,
    since: {
      ...(refused ? { 'credentials-refused': open } : {}),
      ...(down ? { 'breaker-open': open } : {}),
      ...(news ? { 'events-failed': failedAt } : {}),
    },
  };
}

/** Epoch milliseconds of the newest event that failed and was neither replayed nor dismissed. */
export async function newestFailure(table: Table, tenantId: string): Promise<number | undefined> {
  const { items } = await table.query({
    pk: failedEventsPartition(tenantId),
    index: true,
    descending: true,
    limit: 1,
  });
  return items[0]?.indexSk === undefined ? undefined : Date.parse(items[0].indexSk);
}
