/**
 * Under Firefish's limits, in simulated time: how long pushes take against the least that the limits allow, what
 * they cost, and that Firefish never refuses a call.
 */
import { newPeople, personEvent } from '../tests/support/people.ts';
import { leastSeconds, Simulation, type SimulationOptions } from '../tests/support/simulation.ts';
import type { SourceWhaleEvent } from '../lib/events/event.ts';

const TENANT = 't1';
const WORKERS = 20;

interface Case {
  name: string;
  options: SimulationOptions;
  events: SourceWhaleEvent[];
  /** Calls of the busiest endpoint that the events need at least. */
  needed: number;
  /** How many times the least time it may take. */
  atMost: number;
}

/** Three hours full of a busy agency: new people, changes to them, notes, repeats. */
function mixed(count: number): SourceWhaleEvent[] {
  const people = count / 2.5;
  const role = { record: { role: 'Lead' } };
  const note = { id: 'n', text: 'Called', channel: 'call' };
  return Array.from({ length: people }, (_, n) => [
    personEvent(TENANT, n),
    ...(n % 2 === 0 ? [personEvent(TENANT, n, { id: '-u', type: 'record.updated', ...role })] : []),
    ...(n % 2 === 1 ? [personEvent(TENANT, n, { id: '-n', type: 'note.added', note })] : []),
    ...(n % 2 === 0 ? [personEvent(TENANT, n, { id: '-r', type: 'record.updated' })] : []),
  ]).flat();
}

const CASES: Case[] = [
  ...[100, 1_000, 3_000, 10_000].map((count) => ({
    name: `${count} new people at once`,
    options: {},
    events: newPeople(TENANT, count),
    needed: count,
    atMost: count < 3_000 ? 2 : 1.03,
  })),
  {
    name: '3000 new people at once, clocks off by up to a second',
    options: { skewMs: 1_000 },
    events: newPeople(TENANT, 3_000),
    needed: 3_000,
    atMost: 1.1,
  },
  { name: '10000 mixed events', options: {}, events: mixed(10_000), needed: 4_000, atMost: 1.03 },
];

export async function benchLimits(): Promise<boolean> {
  let kept = true;
  for (const one of CASES) kept = (await measure(one)) && kept;
  return (await measureTokens()) && kept;
}

async function measure({ name, options, events, needed, atMost }: Case): Promise<boolean> {
  const simulation = new Simulation({ workers: WORKERS, ...options });
  simulation.push(TENANT, events);
  const seconds = await simulation.untilAllEnded();
  const ratio = seconds / leastSeconds(needed);
  const calls = simulation.calls();
  const sum = [...calls.values()].reduce((all, count) => all + count, 0);
  const writes = (simulation.table.writes.get('limiter') ?? 0) / sum;
  const refused = simulation.refusedByLimit();
  console.log(
    `${name}: ${seconds.toFixed(0)} s, ${ratio.toFixed(3)} of the least there is (at most ${atMost}); 429s: ${refused}; ` +
      `${(sum / events.length).toFixed(2)} calls an event; the limiter wrote ${writes.toFixed(2)} times a call`,
  );
  for (const [endpoint, count] of calls) console.log(`  ${count} ${endpoint}`);
  return ratio <= atMost && refused === 0 && writes <= 1 && simulation.table.failed.length === 0;
}

/** Fifty tenants behind one address that may have thirty tokens an hour. */
async function measureTokens(): Promise<boolean> {
  const simulation = new Simulation({ tenants: 50, workers: WORKERS });
  for (const tenantId of simulation.tenantIds) {
    simulation.push(tenantId, [personEvent(tenantId, 1)]);
    await simulation.clock.advance(1_000);
  }
  await simulation.untilAllEnded();
  const served = [...simulation.table.endedAt]
    .sort(([, a], [, b]) => a - b)
    .map(([key]) => key.split(' ')[0]);
  const passedOver = served.map((tenantId, place) =>
    Math.abs(place - simulation.tenantIds.indexOf(tenantId ?? '')),
  );
  const tokens = simulation.calls().get('POST /authorization/token') ?? 0;
  const refused = simulation.refusedByLimit();
  console.log(
    `50 tenants on one address: ${served.length} served with ${tokens} tokens, nobody more than ${Math.max(...passedOver)} places from their turn; 429s: ${refused}`,
  );
  return served.length === 50 && refused === 0 && Math.max(...passedOver) <= 10;
}
