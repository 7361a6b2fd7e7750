/** `GET …/progress`: how far a push is, how fast it goes, and how long it still takes. */
import * as z from 'zod';
import type { RateLimit } from '../config.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { type CallsMade, callsMade, placesTaken } from '../firefish/calls-made.ts';
import { json } from '../http/response.ts';
import { openEventsPartition } from '../store/keys.ts';
import { countEnded, type EndedCounts } from './count-ended.ts';
import { iso } from './describe-event.ts';
import { readInput } from './read-input.ts';
import type { TenantDoor } from './router.ts';
import { type ConsoleServices, readGateOf } from './services.ts';
import { tenantIdOf } from './tenant-id.ts';
import { timeLeft } from './time-left.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A push is looked back at so far, and no further. */
const LONGEST_MS = 24 * HOUR_MS;
/** The pace is that of so long. */
const PACE_MS = 5 * MINUTE_MS;
/** Megabytes of open events that one look counts: some ten thousand events. */
const COUNTED_PAGES = 20;
/** Enough of those who are due first to find the oldest. */
const OLDEST_AMONG = 20;

const querySchema = z.strictObject({
  since: z.iso
    .datetime({ offset: true })
    .transform((text) => Date.parse(text))
    .optional(),
});

export const showProgress =
  (services: ConsoleServices): TenantDoor =>
  async ({ domain, event }) => {
    const query = readInput(querySchema, event.queryStringParameters);
    const tenantId = await tenantIdOf(services, domain);
    const { sync, clock, limits } = services;
    const now = clock.now();
    const pk = openEventsPartition(tenantId);
    const [open, since, gate, calls] = await Promise.all([
      sync.count({ pk, index: true }, COUNTED_PAGES),
      query.since === undefined ? oldestOpen(services, tenantId, now - HOUR_MS) : query.since,
      readGateOf(services, tenantId),
      callsMade(sync, tenantId),
    ]);
    const from = Math.min(now, Math.max(since, now - LONGEST_MS));
    const windowMs = Math.max(1, Math.min(PACE_MS, now - from));
    const [ended, recent] = await Promise.all([
      countEnded(sync, tenantId, from, now),
      countEnded(sync, tenantId, now - windowMs, now),
    ]);
    const isDown = gate?.reason === 'outage' || gate?.reason === 'credentials';
    const left = isDown
      ? undefined
      : timeLeft({ open: open.count, ended: sum(recent), windowMs }, calls, limits, now);
    return json(200, {
      since: iso(from),
      now: iso(now),
      open: {
        ...open,
        ...(gate === undefined ? {} : { waiting: { for: gate.reason, until: iso(gate.until) } }),
      },
      ended,
      ratePerMinute: Math.round((sum(recent) / windowMs) * MINUTE_MS * 10) / 10,
      ...(left === undefined ? {} : { timeLeft: left }),
      calls: calls.map((one) => describeCalls(one, limits, now)),
    });
  };

const sum = ({ synced, skipped, failed }: EndedCounts): number => synced + skipped + failed;

/** When the push began whose events are still open: with the oldest of them. */
async function oldestOpen({ sync }: ConsoleServices, tenantId: string, otherwise: number): Promise<number> {
  const pk = openEventsPartition(tenantId);
  const { items } = await sync.query({ pk, index: true, limit: OLDEST_AMONG });
  // Only the intake and the sync write event items, as StoredEvent says.
  const received = (items as StoredEvent[]).map(({ receivedAt }) => receivedAt);
  return received.length === 0 ? otherwise : Math.min(...received);
}

const describeCalls = ({ endpoint, runs }: CallsMade, limits: readonly RateLimit[], now: number): unknown => {
  const places = perWindow(limits);
  return {
    endpoint,
    lastMinute: placesTaken(runs, now - MINUTE_MS, places.perMinute),
    lastHour: placesTaken(runs, now - HOUR_MS, places.perHour),
    ...places,
  };
};

/** Firefish's limits by the windows that people think in; one that is not set is left out. */
export function perWindow(limits: readonly RateLimit[]): { perMinute?: number; perHour?: number } {
  const within = (length: number): number | undefined =>
    limits.find(({ windowMs }) => windowMs === length)?.calls;
  const [perMinute, perHour] = [within(MINUTE_MS), within(HOUR_MS)];
  return {
    ...(perMinute === undefined ? {} : { perMinute }),
    ...(perHour === undefined ? {} : { perHour }),
  };
}
