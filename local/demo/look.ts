/** The data for the checks, and which Firefish record belongs to which person. */
import { addressOf, domainOf, folded, rowsOf, type FirefishState, type Row } from './firefish-state.ts';
import { expectPeople, goodAddresses, type ExpectedPerson } from './expected-people.ts';
import type { Decision } from './provision.ts';
import { KINDS, type Kind, type SampleEvent } from './samples.ts';
import type { EventOutcome } from './sourcewhale.ts';

export interface Look {
  /** Each event once, in the order in which they happened. */
  events: SampleEvent[];
  before: FirefishState;
  after: FirefishState;
  /** Firefish after everything was sent a second time, and how many writes that caused. */
  repeated: FirefishState;
  writesByRepeats: number;
  outcomes: ReadonlyMap<string, EventOutcome>;
  /** What was decided about people whose name contradicts a record's, by SourceWhale's id. */
  decisions: ReadonlyMap<string, Decision>;
}

export interface PersonRow {
  kind: Kind;
  row: Row;
  /** The same record before; absent: it was created. */
  was?: Row;
}

export interface SeenPerson extends ExpectedPerson {
  /** The person's own records: linked or created. */
  rows: PersonRow[];
}

export const byRef = (rows: readonly Row[], ref: number): Row | undefined =>
  rows.find((row) => row.Ref === ref);

export const newRows = ({ before, after }: Look, kind: Kind): Row[] =>
  rowsOf(after, kind).filter((row) => byRef(rowsOf(before, kind), row.Ref) === undefined);

/** By address. A record whose only address was wrong has none left, and is recognised by the name. */
export function isRowOf(person: ExpectedPerson, kind: Kind, row: Row): boolean {
  if (addressOf(row) !== '') return person.addresses.has(addressOf(row));
  const { FirstName, Surname } = person.said[kind];
  const name = [FirstName, Surname].map(folded).join(' ');
  return goodAddresses(person).length === 0 && [row.FirstName, row.Surname].map(folded).join(' ') === name;
}

function rowsFor(look: Look, person: ExpectedPerson): PersonRow[] {
  return KINDS.flatMap((kind) => {
    const was = person.linked[kind];
    if (was !== undefined) {
      const row = byRef(rowsOf(look.after, kind), was.Ref);
      return row === undefined ? [] : [{ kind, row, was }];
    }
    if (person.creation?.record.kind !== kind) return [];
    return newRows(look, kind)
      .filter((row) => isRowOf(person, kind, row))
      .map((row) => ({ kind, row }));
  });
}

/** Fields that Firefish and marketing write. Otherwise another person's record must not change. */
export const WRITTEN_BESIDES = /^(?:Updated|UpdatedBy|LastAction.*|.*Marketing)$/;

export function changedFields(was: Row, now: Row | undefined): string[] {
  if (now === undefined) return [];
  return Object.keys({ ...was, ...now }).filter(
    (field) =>
      !WRITTEN_BESIDES.test(field) &&
      JSON.stringify(now[field] ?? null) !== JSON.stringify(was[field] ?? null),
  );
}

/**
 * If several matches are equal, the one that was updated last is used. An opt-out of their domain updates all of them
 * in any order, so then the one that was used counts.
 */
function settleDuplicates(look: Look, person: ExpectedPerson): ExpectedPerson {
  const domains = look.events.map(({ domain }) => domain?.toLowerCase());
  const settled = { ...person, linked: { ...person.linked }, duplicates: [...person.duplicates] };
  for (const { kind, row } of person.duplicates) {
    const link = person.linked[kind];
    if (
      link === undefined ||
      link.IsArchived !== row.IsArchived ||
      !domains.includes(domainOf(addressOf(row)))
    )
      continue;
    if (changedFields(row, byRef(rowsOf(look.after, kind), row.Ref)).length === 0) continue;
    settled.linked[kind] = row;
    settled.duplicates = settled.duplicates.map((one) => (one.row === row ? { kind, row: link } : one));
  }
  return settled;
}

/** The data with the people in it. */
export interface Seen extends Look {
  people: SeenPerson[];
}

/** A named promise; `problems` is empty if it is kept. */
export interface Check {
  name: string;
  problems(look: Seen): string[];
}

export function seePeople(look: Look): Seen {
  const people = expectPeople(look.events, look.before, look.decisions).map((person) =>
    settleDuplicates(look, person),
  );
  return { ...look, people: people.map((person) => ({ ...person, rows: rowsFor(look, person) })) };
}

export const describeRow = ({ kind, row }: { kind: Kind; row: Row }): string => `${kind} ${row.Ref}`;
