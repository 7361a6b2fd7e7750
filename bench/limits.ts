/**
 * Under Firefish's limits, in simulated time: how long pushes take compared with the shortest time that the limits
 * allow, what they cost, and that Firefish never refuses a call.
 */
import type { TenantId } from '../lib/ids.ts';
import { createHash } from 'node:crypto';
import type { SourceWhaleEvent } from '../tests/support/former-event.ts';
import { newPeople, personEvent } from '../tests/support/people.ts';
import {
  leastSeconds,
  leastSecondsOf,
  Simulation,
  type SimulationOptions,
} from '../tests/support/simulation.ts';
import { benchCallsByKind } from './calls-by-kind.ts';
import { cipher } from './write-units.ts';

const TENANT = 't1' as TenantId;

interface Push {
  /** Seconds after the first one. */
  at: number;
  events: SourceWhaleEvent[];
  /** Calls of the busiest endpoint that the events need at least. */
  needed: number;
}

interface Case {
  name: string;
  options?: SimulationOptions;
  pushes: Push[];
  /** How many times the shortest time it can take. */
  atMost: number;
}

const PUSHES = 10;
const PUSH_EVERY_SECONDS = 18 * 60;
const NEW_IN_A_PUSH = 400;
/**
 * A push ends in the middle of a burst, which the time of a call to Firefish makes longer, and each minute costs half a
 * second.
 */
const PUSH_AT_MOST_SECONDS = 4;
const LEAD = { role: 'Lead' };
const NOTE = { id: 'n', text: 'Called', channel: 'call' };

const newOfPush = (push: number): number[] =>
  push < 0 || push >= PUSHES ? [] : Array.from({ length: NEW_IN_A_PUSH }, (_, n) => push * NEW_IN_A_PUSH + n);

/**
 * Three hours of a busy agency: each eighteen minutes 400 new people, and of those of the push before, half are
 * changed, the others have a note and are sent again as they are; one among the other.
 */
function mixed(): Push[] {
  return Array.from({ length: PUSHES + 1 }, (_, push) => {
    const followed = newOfPush(push - 1);
    const kinds = [
      newOfPush(push).map((n) => personEvent(TENANT, n)),
      followed.flatMap((n) =>
        n % 2 === 0
          ? [personEvent(TENANT, n, { id: '-u', type: 'record.updated', record: LEAD })]
          : [
              personEvent(TENANT, n, { id: '-n', type: 'note.added', note: NOTE }),
              personEvent(TENANT, n, { id: '-r', type: 'record.updated' }),
            ],
      ),
    ];
    return {
      at: push * PUSH_EVERY_SECONDS,
      needed: Math.max(newOfPush(push).length, followed.length / 2),
      events: kinds
        .flat()
        .map(withAnyId)
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    };
  });
}

/** In reality ids say nothing about the content of an event. */
const withAnyId = (event: SourceWhaleEvent): SourceWhaleEvent => ({
  ...event,
  id: createHash('sha256').update(event.id).digest('base64url'),
});

const atOnce = (count: number): Push[] => [{ at: 0, events: newPeople(TENANT, count), needed: count }];

/** What bulk work can use: the limits minus the reserve for urgent work. */
const BULK_LIMITS = '10/1s,195/1m,2950/1h';

const CASES: Case[] = [
  // A short push is bound by the second, and each one lasts a call's time longer: not before its answer has a call
  // certainly arrived. In longer pushes the minute and the hour hide that.
  {
    name: '180 new people at once, 10 to 20 ms a call',
    options: { callMs: 20 },
    pushes: atOnce(180),
    atMost: 1.05,
  },
  { name: '180 new people at once, 125 to 250 ms a call', pushes: atOnce(180), atMost: 1.28 },
  { name: '2900 new people at once', pushes: atOnce(2_900), atMost: 1.02 },
  { name: '10000 new people at once', pushes: atOnce(10_000), atMost: 1.03 },
  {
    name: '2900 new people at once, each turn in another instance, whose clocks differ by up to two seconds',
    options: { skewMs: 1_000, rotate: true },
    pushes: atOnce(2_900),
    atMost: 1.05,
  },
  { name: 'mixed events over three hours', pushes: mixed(), atMost: 1.03 },
];

export async function benchLimits(): Promise<boolean> {
  let kept = await benchCallsByKind();
  for (const one of CASES) kept = (await measure(one)) && kept;
  return (await measureTokens()) && kept;
}

async function measure({ name, options = {}, pushes, atMost }: Case): Promise<boolean> {
  const simulation = new Simulation({ cipher, ...options });
  const { clock, table } = simulation;
  const start = clock.now();
  for (const { at, events } of pushes) {
    await clock.advance(start + at * 1000 - clock.now());
    simulation.push(TENANT, events);
  }
  await simulation.untilAllEnded();
  const seconds = (Math.max(...table.endedAt.values()) - start) / 1000;
  const ratio =
    seconds /
    leastSecondsOf(
      pushes.flatMap(({ at, needed }) => Array<number>(needed).fill(at)),
      BULK_LIMITS,
    );
  const byEndpoint = simulation.calls();
  const sum = [...byEndpoint.values()].reduce((all, count) => all + count, 0);
  const refused = simulation.refusedByLimit();
  const count = pushes.reduce((all, { events }) => all + events.length, 0);
  console.log(
    `${name}: ${seconds.toFixed(0)} s, ${ratio.toFixed(3)} of the least there is (at most ${atMost}); 429s: ${refused}; ` +
      `${(sum / count).toFixed(2)} calls and ${(table.totalUnits() / count).toFixed(2)} write units an event`,
  );
  for (const [endpoint, number] of byEndpoint) console.log(`  ${number} ${endpoint}`);
  const kept = ratio <= atMost && refused === 0 && table.failed.length === 0;
  return (pushes.length === 1 || eachInTime(simulation, start, pushes)) && kept;
}

/** Over hours the total says little: each push is compared with its own shortest time. */
function eachInTime({ table }: Simulation, start: number, pushes: readonly Push[]): boolean {
  const late = pushes.map(({ at, events, needed }) => {
    const ends = events.map(({ id }) => table.endedAt.get(`${TENANT} ${id}`) ?? Infinity);
    return (Math.max(...ends) - start) / 1000 - at - leastSeconds(needed, BULK_LIMITS);
  });
  const seconds = late.map((one) => one.toFixed(1)).join(' ');
  console.log(
    `  each push by itself: ${seconds} s more than the least there is (at most ${PUSH_AT_MOST_SECONDS})`,
  );
  return Math.max(...late) <= PUSH_AT_MOST_SECONDS;
}

/** Fifty tenants behind one address that gets thirty tokens an hour. */
async function measureTokens(): Promise<boolean> {
  const simulation = new Simulation({ tenants: 50 });
  for (const tenantId of simulation.tenantIds) {
    simulation.push(tenantId, [personEvent(tenantId, 1)]);
    await simulation.clock.advance(1_000);
  }
  await simulation.untilAllEnded();
  const served = [...simulation.table.endedAt]
    .sort(([, a], [, b]) => a - b)
    .map(([key]) => key.split(' ')[0] as TenantId);
  const passedOver = served.map((tenantId, place) =>
    Math.abs(place - simulation.tenantIds.indexOf(tenantId)),
  );
  const tokens = simulation.calls().get('POST /authorization/token') ?? 0;
  const refused = simulation.refusedByLimit();
  console.log(
    `50 tenants on one address: ${served.length} served with ${tokens} tokens, nobody more than ${Math.max(...passedOver)} places from their turn; 429s: ${refused}`,
  );
  return served.length === 50 && refused === 0 && Math.max(...passedOver) <= 10;
}
