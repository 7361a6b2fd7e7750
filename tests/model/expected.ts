/** Compares the state of a CRM with an end state that was written by hand. */
import type { Kind } from '../../lib/events/event.ts';
import { isBlank } from './ideal.ts';
import type { Standing, StandingRecord } from './standing.ts';

export interface ExpectedRecord {
  /** Only the fields that matter to the case; `''` means blank, and `Company` is the name of a contact's company. */
  fields: Record<string, unknown>;
  archived?: boolean;
  /** Each must be in exactly one note of this record, and in none of another one. */
  notes?: (string | RegExp)[];
}

/** All records, in the order of creation: the seeded ones first. */
export interface Expected {
  candidates?: ExpectedRecord[];
  contacts?: ExpectedRecord[];
  /** Names of all companies; absent: not checked. */
  companies?: string[];
  /** Fields of companies, by name. */
  companyFields?: Record<string, Record<string, unknown>>;
  /** Texts that must not be in any note or field. */
  nowhere?: (string | RegExp)[];
}

const matches = (what: string | RegExp, text: string): boolean =>
  typeof what === 'string' ? text.includes(what) : what.test(text);

const same = (a: unknown, b: unknown): boolean =>
  (isBlank(a) && isBlank(b)) || JSON.stringify(a) === JSON.stringify(b);

function recordDifferences(where: string, actual: StandingRecord, expected: ExpectedRecord): string[] {
  const fields = Object.entries(expected.fields)
    .filter(([name, value]) => !same(actual.fields[name], value))
    .map(
      ([name, value]) =>
        `${where}: ${name} is ${JSON.stringify(actual.fields[name])}, should be ${JSON.stringify(value)}`,
    );
  const notes = (expected.notes ?? []).flatMap((note) => {
    const times = actual.notes.filter((text) => matches(note, text)).length;
    return times === 1 ? [] : [`${where}: ${String(times)} notes say ${String(note)}, should be 1`];
  });
  const archived = expected.archived ?? false;
  return [
    ...fields,
    ...notes,
    ...(archived === actual.archived ? [] : [`${where}: archived is ${String(actual.archived)}`]),
  ];
}

export function differencesFromExpected(standing: Standing, expected: Expected): string[] {
  const found: string[] = [];
  const kinds: [Kind, ExpectedRecord[]][] = [
    ['candidate', expected.candidates ?? []],
    ['contact', expected.contacts ?? []],
  ];
  for (const [kind, wanted] of kinds) {
    const actual = standing.records.filter((record) => record.kind === kind).sort((a, b) => a.ref - b.ref);
    if (actual.length !== wanted.length) {
      found.push(`there are ${String(actual.length)} ${kind}s, should be ${String(wanted.length)}`);
    }
    wanted.forEach((one, index) => {
      const record = actual[index];
      if (record !== undefined) found.push(...recordDifferences(`${kind} ${String(index + 1)}`, record, one));
    });
    wanted.forEach((one, index) => {
      for (const note of one.notes ?? []) {
        const elsewhere = actual.filter((record, at) => at !== index && !wanted[at]?.notes?.includes(note));
        if (elsewhere.some((record) => record.notes.some((text) => matches(note, text)))) {
          found.push(`a note that says ${String(note)} is on another ${kind} too`);
        }
      }
    });
  }
  if (expected.companies !== undefined) {
    const names = standing.companies.map(({ fields }) => String(fields['Name'])).sort();
    const wanted = [...expected.companies].sort();
    if (!same(names, wanted))
      found.push(`companies are ${names.join(' | ')}, should be ${wanted.join(' | ')}`);
  }
  for (const [name, fields] of Object.entries(expected.companyFields ?? {})) {
    const company = standing.companies.find((one) => one.fields['Name'] === name);
    for (const [field, value] of Object.entries(fields)) {
      if (!same(company?.fields[field], value)) {
        found.push(`company ${name}: ${field} is ${JSON.stringify(company?.fields[field])}`);
      }
    }
  }
  for (const never of expected.nowhere ?? []) {
    if (matches(never, JSON.stringify(standing)))
      found.push(`${String(never)} is somewhere, should be nowhere`);
  }
  return found;
}
