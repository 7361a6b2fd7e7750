/** `GET …/history`: the last hours, by quarters: how many events ended how, and the last hour's calls against Firefish's limit. */
import * as z from 'zod';
import { json } from '../http/response.ts';
import { readTurn } from '../turn/turn-record.ts';
import { type CallsMade, callsMade } from './progress/calls-made.ts';
import { EndedCounter, endedWithin } from './events/count-ended.ts';
import { iso } from './events/describe-event.ts';
import { readInput } from './read-input.ts';
import type { TenantEndpoint } from './router.ts';
import type { ConsoleServices } from './services.ts';
import { perWindow } from './progress/show-progress.ts';
import { tenantIdOf } from './tenant-id.ts';

const HOUR_MS = 3_600_000;
const MAX_HOURS = 24;
const QUARTER_MS = HOUR_MS / 4;

const querySchema = z.strictObject({ hours: z.coerce.number().int().min(1).max(MAX_HOURS).default(6) });

export function showHistory(services: ConsoleServices): TenantEndpoint {
  const { sync, clock, limits } = services;
  const counter = new EndedCounter(sync, clock);
  return async ({ domain, event }) => {
    const { hours } = readInput(querySchema, event.queryStringParameters);
    const tenantId = await tenantIdOf(services, domain);
    const now = clock.now();
    const end = (Math.floor(now / QUARTER_MS) + 1) * QUARTER_MS;
    const quarters = Array.from(
      { length: (hours * HOUR_MS) / QUARTER_MS },
      (_, index) => end - hours * HOUR_MS + index * QUARTER_MS,
    );
    const [{ ended }, turn] = await Promise.all([counter.count(tenantId), readTurn(sync, tenantId)]);
    const calls = await callsMade(services, tenantId, turn);
    return json(200, {
      bucketMinutes: QUARTER_MS / 60_000,
      from: iso(end - hours * HOUR_MS),
      to: iso(end),
      buckets: quarters.map((at) => ({
        at: iso(at),
        ...endedWithin(ended, at, at + QUARTER_MS),
        ...callsIn(calls, at),
      })),
      limits: perWindow(limits),
    });
  };
}

function callsIn(
  calls: readonly CallsMade[],
  quarter: number,
): { calls: number; busiest?: { endpoint: string; calls: number } } {
  const made = calls
    .map(({ endpoint, runs }) => ({
      endpoint,
      calls: runs.reduce(
        (sum, [at, made]) => (at >= quarter && at < quarter + QUARTER_MS ? sum + made : sum),
        0,
      ),
    }))
    .filter((one) => one.calls > 0)
    .sort((a, b) => b.calls - a.calls);
  const [busiest] = made;
  return { calls: made.reduce((sum, one) => sum + one.calls, 0), ...(busiest && { busiest }) };
}
