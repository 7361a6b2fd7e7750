/** Hand-made ends of the demo: what Firefish would look like if everything had been done right. */
import { DECISIONS } from '../../../local/demo/conflicts.ts';
import { CHANNELS, permissionAtDomain, permissionFor } from '../../../local/demo/expected-marketing.ts';
import { expectPeople, isHeld, type ExpectedPerson } from '../../../local/demo/expected-people.ts';
import {
  addressOf,
  domainOf,
  foldedCompany,
  rowsOf,
  type FirefishState,
  type Row,
} from '../../../local/demo/firefish-state.ts';
import type { Look } from '../../../local/demo/look.ts';
import {
  inOrder,
  KINDS,
  readEvents,
  readSeed,
  type Kind,
  type SampleEvent,
} from '../../../local/demo/samples.ts';

const MARKETING = { email: 'EmailMarketing', sms: 'SmsMarketing', post: 'PostalMarketing' } as const;

/** The seed as the simulator would hold it: refs from 1 per kind. */
export function seeded(): FirefishState {
  const seed = readSeed();
  const rows = (name: string): Row[] =>
    (seed[name] ?? []).map(({ CreatedDaysAgo, ...row }, index) => ({
      ...row,
      Ref: index + 1,
      Updated: new Date(Date.UTC(2026, 10, 1) - Number(CreatedDaysAgo ?? 0) * 86_400_000).toISOString(),
    }));
  return {
    candidates: rows('candidates'),
    contacts: rows('contacts'),
    companies: rows('companies'),
    actions: [],
  };
}

function companyRef(state: FirefishState, name: string): number {
  const there = state.companies.find((row) => foldedCompany(row.Name) === foldedCompany(name));
  if (there !== undefined) return there.Ref;
  state.companies.push({ Ref: state.companies.length + 1, Name: name });
  return state.companies.length;
}

function write(state: FirefishState, row: Row, field: string, value: string): void {
  const [whole = field, part] = field.split('.');
  if (field === 'CompanyName') row.CompanyRef = companyRef(state, value);
  else if (field === 'LinkedIn') row.LinkedIn = `https://www.linkedin.com/in/${value}`;
  else if (part !== undefined) row[whole] = { ...(row[whole] as object | undefined), [part]: value };
  else row[field] = field.endsWith('Number') && value.length > 5 ? `+${value}` : value;
}

function addNote(state: FirefishState, kind: Kind, ref: number, note: string): void {
  const subject = kind === 'candidate' ? 'CandidateRef' : 'ContactRef';
  state.actions.push({ Ref: state.actions.length + 1, [subject]: ref, Note: note });
}

function create(state: FirefishState, person: ExpectedPerson, kind: Kind): Row {
  const rows = rowsOf(state, kind);
  const candidate = {
    Source: 'SourceWhale',
    LegalBasis: 'legitimate-interest',
    OwnerUserEmail: person.creation?.actor?.email,
    SmsMarketing: false,
    PostalMarketing: false,
  };
  const row: Row = {
    Ref: rows.length + 1,
    EmailMarketing: false,
    ...(kind === 'candidate' ? candidate : {}),
  };
  rows.push(row);
  return row;
}

function writeMarketing(
  state: FirefishState,
  person: ExpectedPerson,
  events: SampleEvent[],
  kind: Kind,
  row: Row,
): void {
  for (const channel of CHANNELS) {
    const permission = permissionFor(person, events, channel);
    if (permission !== 'in' && permission !== 'out') continue;
    if (kind === 'candidate' || channel === 'email') row[MARKETING[channel]] = permission === 'in';
    else if (permission === 'out') addNote(state, kind, row.Ref, `Opted out of ${channel}`);
  }
}

function writePerson(state: FirefishState, person: ExpectedPerson, events: SampleEvent[]): void {
  for (const kind of KINDS) {
    const linked = rowsOf(state, kind).find(({ Ref }) => Ref === person.linked[kind]?.Ref);
    const row = linked ?? (person.creation?.record.kind === kind ? create(state, person, kind) : undefined);
    if (row === undefined) continue;
    for (const [field, value] of Object.entries(person.said[kind])) write(state, row, field, value);
    row.EmailAddress = person.address[kind];
    writeMarketing(state, person, events, kind, row);
    for (const note of person.notes.filter((one) => one.kind === kind)) {
      addNote(state, kind, row.Ref, `SourceWhale\n${note.lines.join('\n')}`);
    }
  }
  for (const { kind, row: was } of [...person.duplicates, ...person.vetoed]) {
    const row = rowsOf(state, kind).find(({ Ref }) => Ref === was.Ref);
    if (row !== undefined) writeMarketing(state, person, events, kind, row);
  }
}

function writeDomains(state: FirefishState, people: readonly ExpectedPerson[], events: SampleEvent[]): void {
  for (const row of KINDS.flatMap((kind) => rowsOf(state, kind))) {
    if (people.some((person) => person.addresses.has(addressOf(row)))) continue;
    if (permissionAtDomain(events, domainOf(addressOf(row))) === 'out') row.EmailMarketing = false;
  }
}

/** A look at a run of the samples that went as it should. */
export function idealLook(): Look {
  const [before, events] = [seeded(), inOrder(readEvents())];
  const after = structuredClone(before);
  const people = expectPeople(events, before, DECISIONS);
  for (const person of people) writePerson(after, person, events);
  writeDomains(after, people, events);
  for (const { company } of events) {
    if (company === undefined) continue;
    const row = after.companies[companyRef(after, company.name) - 1];
    if (row !== undefined) row.Phone = company.phone;
  }
  const states = new Map(people.flatMap(({ states }) => [...states]));
  const waiting = new Set(people.filter(isHeld).flatMap(({ states }) => [...states.keys()]));
  const outcomes = events.map(({ id, type }) => {
    const state = states.get(id) ?? 'synced';
    return {
      id,
      type,
      state,
      actions: [],
      ...(state === 'skipped' && { reason: waiting.has(id) ? 'name-conflict' : 'no-email' }),
    };
  });
  return {
    events,
    before,
    after,
    repeated: structuredClone(after),
    writesByRepeats: 0,
    decisions: DECISIONS,
    outcomes: new Map(outcomes.map((outcome) => [outcome.id, outcome])),
  };
}
