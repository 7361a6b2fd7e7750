/** `GET …/history`: the last hours, by quarters: how many events ended how, and Firefish's calls against their limit. */
import * as z from 'zod';
import { ExpiringCache } from '../expiring-cache.ts';
import { type CallsMade, callsMade } from '../firefish/calls-made.ts';
import { QUARTER_MS } from '../firefish/limiter-item.ts';
import { json } from '../http/response.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { countEnded, type EndedCounts } from './count-ended.ts';
import { iso } from './describe-event.ts';
import { readInput } from './read-input.ts';
import type { TenantDoor } from './router.ts';
import type { ConsoleServices } from './services.ts';
import { perWindow } from './show-progress.ts';
import { tenantIdOf } from './tenant-id.ts';

const HOUR_MS = 3_600_000;
const MAX_HOURS = 24;
const COUNTED_AT_ONCE = 8;
/** The index may lag behind so long: before, a quarter that is over is counted anew. */
const SETTLED_MS = 60_000;
/** What is over changes only where a person's older events come to something late: seldom, and by few. */
const KEPT_MS = HOUR_MS;
const KEPT_QUARTERS = 5_000;

const querySchema = z.strictObject({ hours: z.coerce.number().int().min(1).max(MAX_HOURS).default(6) });

export function showHistory(services: ConsoleServices): TenantDoor {
  const { sync, clock, limits } = services;
  const over = new ExpiringCache<EndedCounts>({ maxAgeMs: KEPT_MS, maxEntries: KEPT_QUARTERS }, clock);
  return async ({ domain, event }) => {
    const { hours } = readInput(querySchema, event.queryStringParameters);
    const tenantId = await tenantIdOf(services, domain);
    const now = clock.now();
    const end = (Math.floor(now / QUARTER_MS) + 1) * QUARTER_MS;
    const quarters = Array.from(
      { length: (hours * HOUR_MS) / QUARTER_MS },
      (_, index) => end - hours * HOUR_MS + index * QUARTER_MS,
    );
    const ended = (at: number): Promise<EndedCounts> => {
      const count = (): Promise<EndedCounts> => countEnded(sync, tenantId, at, at + QUARTER_MS);
      return at + QUARTER_MS + SETTLED_MS < now ? over.get(`${tenantId} ${at}`, count) : count();
    };
    const [counts, calls] = await Promise.all([
      mapConcurrently(quarters, COUNTED_AT_ONCE, ended),
      callsMade(sync, tenantId),
    ]);
    return json(200, {
      bucketMinutes: QUARTER_MS / 60_000,
      from: iso(end - hours * HOUR_MS),
      to: iso(end),
      buckets: quarters.map((at, index) => ({ at: iso(at), ...counts[index], ...callsIn(calls, at) })),
      limits: perWindow(limits),
    });
  };
}

function callsIn(
  calls: readonly CallsMade[],
  quarter: number,
): { calls: number; busiest?: { endpoint: string; calls: number } } {
  const made = calls
    .map(({ endpoint, quarters }) => ({ endpoint, calls: quarters.get(quarter) ?? 0 }))
    .filter((one) => one.calls > 0)
    .sort((a, b) => b.calls - a.calls);
  const [busiest] = made;
  return { calls: made.reduce((sum, one) => sum + one.calls, 0), ...(busiest && { busiest }) };
}
