/** People who have the address of a record with another name: the decision about each, and how it is shown. */
import { byRef } from './look.ts';
import { rowsOf, text, type FirefishState } from './firefish-state.ts';
import type { Conflict, Decision } from './provision.ts';
import type { SampleEvent } from './samples.ts';

/** By SourceWhale's id. The other people with a conflict continue waiting. */
export const DECISIONS: ReadonlyMap<string, Decision> = new Map([
  ['sw_1003', 'same-person'],
  ['sw_1013', 'someone-else'],
]);

export interface ConflictOfPerson extends Conflict {
  /** SourceWhale's id of the person. */
  person: string;
  decision?: Decision;
}

/** One for each person: a decision on any of their events holds for all of them. */
export function byPerson(conflicts: readonly Conflict[], events: readonly SampleEvent[]): ConflictOfPerson[] {
  const people = new Map<string, ConflictOfPerson>();
  // Events come in order: the first one names the person.
  for (const { id, record } of events) {
    const conflict = conflicts.find(({ event }) => event === id);
    const person = record?.candidateId;
    if (conflict === undefined || person === undefined || people.has(person)) continue;
    const decision = DECISIONS.get(person);
    people.set(person, { ...conflict, person, ...(decision !== undefined && { decision }) });
  }
  return [...people.values()];
}

/** `evt_1  Ann Moor ≠ contact 4, Known Person: same-person` */
export function conflictLine(
  { event, records, decision }: ConflictOfPerson,
  events: readonly SampleEvent[],
  before: FirefishState,
): string {
  const { name, firstName = '', lastName = '' } = events.find(({ id }) => id === event)?.record ?? {};
  const there = records.map(({ entity, ref }) => {
    const row = byRef(rowsOf(before, entity), ref);
    return `${entity} ${ref}, ${text(row?.FirstName)} ${text(row?.Surname)}`;
  });
  const said = name ?? `${firstName} ${lastName}`;
  return `  ${event}  ${said} ≠ ${there.join('; ')}: ${decision ?? 'waits'}`;
}
