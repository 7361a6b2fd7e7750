/**
 * Urgent work beside floods, in simulated time: opt-outs and single changes of an agency that pushes 3,000 people, and
 * single events of a quiet agency beside three that flood.
 */
import type { TenantId } from '../lib/ids.ts';
import type { SourceWhaleEvent } from '../tests/support/former-event.ts';
import { newPeople, personEvent } from '../tests/support/people.ts';
import { Simulation } from '../tests/support/simulation.ts';

const FLOOD = 3_000;
const KNOWN = 100;
const MAX_MS = 3_000;
/**
 * As many as the reserve of each endpoint allows: an opt-out reads each search until an empty page, so it takes two.
 */
const OPT_OUT_EVERY_MS = 25_000;
const CHANGE_EVERY_MS = 12_000;
const URGENT = 20;

const percentile95 = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? Infinity;

/** Posts one event every `everyMs` and returns how long each took from its POST to its end. Milliseconds. */
async function timesOf(
  simulation: Simulation,
  tenantId: TenantId,
  events: readonly SourceWhaleEvent[],
  everyMs: number,
): Promise<number[]> {
  const { clock, table } = simulation;
  const postedAt = new Map<string, number>();
  for (const event of events) {
    postedAt.set(event.id, clock.now());
    simulation.push(tenantId, [event]);
    await clock.advance(everyMs);
  }
  await clock.advance(60_000);
  return events.map(
    ({ id }) => (table.endedAt.get(`${tenantId} ${id}`) ?? Infinity) - (postedAt.get(id) ?? 0),
  );
}

const say = (name: string, times: readonly number[]): boolean => {
  const p95 = percentile95(times);
  console.log(
    `  ${name}: ${p95.toFixed(0)} ms at the 95th percentile (at most ${MAX_MS}), longest ${Math.max(...times).toFixed(0)} ms`,
  );
  return p95 <= MAX_MS;
};

export async function benchUrgent(): Promise<boolean> {
  console.log(`beside a push of ${FLOOD} people by the same agency, from POST to its end:`);
  const simulation = new Simulation();
  simulation.push('t1' as TenantId, newPeople('t1' as TenantId, KNOWN));
  await simulation.untilAllEnded();
  await simulation.clock.advance(3_700_000);
  const flood = Array.from({ length: FLOOD }, (_, n) => personEvent('t1' as TenantId, 10_000 + n));
  simulation.push('t1' as TenantId, flood);
  await simulation.clock.advance(2_000);
  const optOuts = Array.from({ length: URGENT }, (_, n) =>
    personEvent('t1' as TenantId, n, { id: '-out', type: 'marketing.opted_out', marketing: {} }),
  );
  let kept = say('opt-outs', await timesOf(simulation, 't1' as TenantId, optOuts, OPT_OUT_EVERY_MS));
  const changes = Array.from({ length: URGENT }, (_, n) =>
    personEvent('t1' as TenantId, n, { id: '-changed', type: 'record.updated', record: { role: 'Lead' } }),
  );
  kept = say('single changes', await timesOf(simulation, 't1' as TenantId, changes, CHANGE_EVERY_MS)) && kept;

  console.log('a quiet agency beside three that push 3,000 people each:');
  const shared = new Simulation({ tenants: 4, places: 8 });
  for (const tenantId of shared.tenantIds.slice(1)) shared.push(tenantId, newPeople(tenantId, FLOOD));
  await shared.clock.advance(5_000);
  const singles = newPeople('t1' as TenantId, 20);
  kept = say('single events', await timesOf(shared, 't1' as TenantId, singles, 20_000)) && kept;
  return kept && simulation.refusedByLimit() + shared.refusedByLimit() === 0;
}
