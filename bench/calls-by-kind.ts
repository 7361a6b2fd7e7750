/** What an event of each kind costs in calls to Firefish, whatever the limits: a person's events that wait together are one. */
import type { TenantId } from '../lib/ids.ts';
import type { SourceWhaleEvent } from '../tests/support/former-event.ts';
import { newPeople, personEvent } from '../tests/support/people.ts';
import { Simulation } from '../tests/support/simulation.ts';

const TENANT = 't1' as TenantId;
const PEOPLE = 50;

interface Kind {
  name: string;
  events: SourceWhaleEvent[];
  /** The maximum number of calls for an event. */
  atMost: number;
}

const people = (from = 0): number[] => Array.from({ length: PEOPLE }, (_, n) => from + n);
/** An event for each person; the same people in every kind that does not say otherwise. */
const forEach = (of: (n: number) => Record<string, unknown>, from = 0): SourceWhaleEvent[] =>
  people(from).map((n) => personEvent(TENANT, n, of(n)));

const contact = (company: string): Record<string, unknown> => ({ record: { kind: 'contact', company } });
/** @param hour of the day on which it happened: the later value counts */
const role = (name: string, hour: number): Record<string, unknown> => ({
  ...{ id: `-${name}`, type: 'record.updated', record: { role: name } },
  occurredAt: `2026-11-24T${String(hour)}:00:00Z`,
});

/** Pushed one after the other: each finds what the earlier ones have created. */
const KINDS: Kind[] = [
  { name: 'new candidate', events: newPeople(TENANT, PEOPLE), atMost: 3 },
  {
    name: 'new contact of a new company',
    events: forEach((n) => contact(`Company ${String(n)}`), PEOPLE),
    // Before a company is made it is looked for as it is written, and in two ways for other spellings.
    atMost: 6,
  },
  {
    name: 'new contact of a known company',
    events: forEach((n) => contact(`Company ${String(n - PEOPLE)}`), 2 * PEOPLE),
    atMost: 3,
  },
  { name: 'unchanged', events: forEach(() => ({ id: '-same', type: 'record.updated' })), atMost: 0 },
  {
    name: 'unchanged, pushed by hand',
    events: forEach(() => ({ id: '-hand', type: 'record.synced' })),
    atMost: 1,
  },
  { name: 'changed', events: forEach(() => role('Lead', 10)), atMost: 1 },
  {
    // One call for all events that were there when the work on the person started.
    name: 'changed, each person four times at once',
    events: people().flatMap((person) =>
      ['CTO', 'COO', 'CFO', 'CEO'].map((name, n) => personEvent(TENANT, person, role(name, 11 + n))),
    ),
    atMost: 0.3,
  },
  {
    name: 'note',
    events: forEach(() => ({
      ...{ id: '-note', type: 'note.added', note: { id: 'n', text: 'Called', channel: 'call' } },
    })),
    atMost: 1,
  },
  {
    // It holds for every record with the address, which takes two calls of each search. No write: a record that we made is
    // opted out from the start.
    name: 'opted out',
    events: forEach(() => ({ id: '-out', type: 'marketing.opted_out', marketing: {} })),
    atMost: 4,
  },
];

/** Prints the table; returns whether no kind cost more than it may. */
export async function benchCallsByKind(): Promise<boolean> {
  const simulation = new Simulation();
  const countCalls = (): number =>
    simulation.simulator.calls().filter(({ endpoint }) => !endpoint.includes('token')).length;
  let kept = true;
  console.log('calls an event costs, by its kind:');
  for (const { name, events, atMost } of KINDS) {
    const before = countCalls();
    simulation.push(TENANT, events);
    await simulation.untilAllEnded();
    const calls = (countCalls() - before) / events.length;
    console.log(`  ${calls.toFixed(2)} (at most ${atMost}) ${name}`);
    kept &&= calls <= atMost;
  }
  return kept && simulation.table.failed.length === 0;
}
