/** `GET …/progress`: the progress, pace and time left of a push. */
import { bulkLimits } from '../../firefish/rate-limiter.ts';
import * as z from 'zod';
import type { RateLimit } from '../../config.ts';
import { json } from '../../http/response.ts';
import { readTurn } from '../../turn/turn-record.ts';
import { type CallsMade, callsMade, placesTaken } from './calls-made.ts';
import { type EndedCounts, EndedCounter, endedWithin } from '../events/count-ended.ts';
import { iso } from '../events/describe-event.ts';
import { readInput } from '../read-input.ts';
import type { TenantEndpoint } from '../router.ts';
import { type ConsoleServices, waitsIn } from '../services.ts';
import { tenantRecordOf } from '../tenant-id.ts';
import { timeLeft } from './time-left.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How far back a push is counted. */
const LONGEST_MS = 24 * HOUR_MS;
/** The length of time over which the pace is measured. */
const PACE_MS = 5 * MINUTE_MS;

const querySchema = z.strictObject({
  since: z.iso
    .datetime({ offset: true })
    .transform((text) => Date.parse(text))
    .optional(),
});

export function showProgress(services: ConsoleServices): TenantEndpoint {
  const { sync, clock, limits } = services;
  const counter = new EndedCounter(sync, clock);
  return async ({ domain, event }) => {
    const query = readInput(querySchema, event.queryStringParameters);
    const tenant = await tenantRecordOf(services, domain);
    const { tenantId } = tenant;
    const now = clock.now();
    const [{ open, oldestOpen, ended, isAtLeast }, turn] = await Promise.all([
      counter.count(tenantId),
      readTurn(sync, tenantId),
    ]);
    const calls = await callsMade(services, tenantId, turn);
    // The push begins with its oldest open event. Bulk work waits longest.
    const since = query.since ?? oldestOpen ?? now - HOUR_MS;
    const wait = waitsIn(turn, tenant, now)(3);
    const from = Math.min(now, Math.max(since, now - LONGEST_MS));
    const windowMs = Math.max(1, Math.min(PACE_MS, now - from));
    const recent = sum(endedWithin(ended, now - windowMs, now));
    const isDown = wait?.reason === 'outage' || wait?.reason === 'credentials';
    const left = isDown
      ? undefined
      : timeLeft({ open, ended: recent, windowMs }, calls, bulkLimits(limits), now);
    return json(200, {
      since: iso(from),
      now: iso(now),
      open: {
        count: open,
        ...(isAtLeast ? { isAtLeast } : {}),
        ...(wait === undefined ? {} : { waiting: { for: wait.reason, until: iso(wait.until) } }),
      },
      ended: endedWithin(ended, from, now),
      ratePerMinute: Math.round((recent / windowMs) * MINUTE_MS * 10) / 10,
      ...(left === undefined ? {} : { timeLeft: left }),
      calls: calls.map((one) => describeCalls(one, limits, now)),
    });
  };
}

const sum = ({ synced, skipped, failed }: EndedCounts): number => synced + skipped + failed;

const describeCalls = ({ endpoint, runs }: CallsMade, limits: readonly RateLimit[], now: number): unknown => {
  const places = perWindow(limits);
  return {
    endpoint,
    lastMinute: placesTaken(runs, now - MINUTE_MS, places.perMinute),
    lastHour: placesTaken(runs, now - HOUR_MS, places.perHour),
    ...places,
  };
};

/** Firefish's limits for a minute and for an hour; a limit that is not set is left out. */
export function perWindow(limits: readonly RateLimit[]): { perMinute?: number; perHour?: number } {
  const within = (length: number): number | undefined =>
    limits.find(({ windowMs }) => windowMs === length)?.calls;
  const [perMinute, perHour] = [within(MINUTE_MS), within(HOUR_MS)];
  return {
    ...(perMinute === undefined ? {} : { perMinute }),
    ...(perHour === undefined ? {} : { perHour }),
  };
}
