/**
 * An ideal Firefish: the events walked one by one in the order in which they happened, each done at once and
 * for good. Nothing of the product is used here, so that a mistake there can't excuse itself.
 */
import { addressOf, folded, rowsOf, type FirefishState, type Row } from './firefish-state.ts';
import { KINDS, type Kind, type SampleEvent, type SamplePerson } from './samples.ts';
import { sayingsOf, type Sayings } from './sayings.ts';

export interface ExpectedPerson {
  /** SourceWhale's id of the person, for messages. */
  id: string;
  events: SampleEvent[];
  /** Every address ever said, and those that were flagged as wrong. */
  addresses: Set<string>;
  flagged: Set<string>;
  /** The newest list of addresses. */
  listed: string[];
  /** The record of each kind that was there before and is the person. */
  linked: Partial<Record<Kind, Row>>;
  /** Further records of a kind that match as well. */
  duplicates: { kind: Kind; row: Row }[];
  /** The event that makes a new record, of its own kind. */
  creation?: SampleEvent & { record: SamplePerson };
  said: Record<Kind, Sayings>;
  notes: { kind: Kind; lines: string[] }[];
  states: Map<string, 'synced' | 'skipped'>;
}

type PersonEvent = SampleEvent & { record: SamplePerson };
const isPersonal = (event: SampleEvent): event is PersonEvent => event.record !== undefined;
export const saysFields = (event: SampleEvent): boolean => /^(?:record|campaign)\./.test(event.type);
export const addressesIn = (event: SampleEvent): string[] =>
  (event.record?.emails ?? []).map(folded).filter(Boolean);

/** Puts together what shares a SourceWhale id or an address. */
function groupByPerson(events: readonly PersonEvent[]): PersonEvent[][] {
  const groups: { keys: Set<string>; events: PersonEvent[] }[] = [];
  for (const event of events) {
    const keys = new Set([`id ${event.record.candidateId}`, ...addressesIn(event)]);
    const same = groups.filter((group) => [...keys].some((key) => group.keys.has(key)));
    const merged = { keys, events: [...same.flatMap((group) => group.events), event] };
    for (const group of same) {
      for (const key of group.keys) merged.keys.add(key);
      groups.splice(groups.indexOf(group), 1);
    }
    groups.push(merged);
  }
  return groups.map((group) => events.filter((event) => group.events.includes(event)));
}

const instant = (value: unknown): number => Date.parse(typeof value === 'string' ? value : '') || 0;

/** Live before archived, then the latest updated, then the lowest Ref. */
const best = (rows: readonly Row[]): Row | undefined =>
  rows.toSorted(
    (a, b) =>
      Number(a.IsArchived === true) - Number(b.IsArchived === true) ||
      instant(b.Updated) - instant(a.Updated) ||
      a.Ref - b.Ref,
  )[0];

const isPresent = (person: ExpectedPerson): boolean =>
  person.creation !== undefined || KINDS.some((kind) => person.linked[kind] !== undefined);

export const goodAddresses = ({ addresses, flagged }: ExpectedPerson): string[] =>
  [...addresses].filter((address) => !flagged.has(address));

function link(person: ExpectedPerson, before: FirefishState): void {
  const good = new Set(goodAddresses(person));
  for (const kind of KINDS) {
    if (person.linked[kind] !== undefined || person.creation?.record.kind === kind) continue;
    const row = best(rowsOf(before, kind).filter((one) => good.has(addressOf(one))));
    if (row !== undefined) person.linked[kind] = row;
  }
}

function canBeCreated(person: ExpectedPerson, kind: Kind): boolean {
  const { FirstName, Surname, CompanyName } = person.said[kind];
  const complete = FirstName !== undefined && Surname !== undefined;
  return complete && goodAddresses(person).length > 0 && (kind === 'candidate' || CompanyName !== undefined);
}

function applyFields(person: ExpectedPerson, event: PersonEvent): void {
  const list = addressesIn(event);
  if (list.length > 0) person.listed = list;
  for (const kind of KINDS) Object.assign(person.said[kind], sayingsOf(kind, event.record));
  if (!isPresent(person) && canBeCreated(person, event.record.kind)) person.creation = event;
}

/** A note goes on the record of the event's kind, else of the other. */
function addNote(person: ExpectedPerson, event: PersonEvent, lines: string[]): void {
  const { kind } = event.record;
  const has = person.linked[kind] !== undefined || person.creation?.record.kind === kind;
  const other = kind === 'candidate' ? 'contact' : 'candidate';
  person.notes.push({ kind: has ? kind : other, lines });
}

function apply(person: ExpectedPerson, event: PersonEvent, before: FirefishState): void {
  if (event.email !== undefined) person.flagged.add(folded(event.email));
  for (const address of addressesIn(event)) person.addresses.add(address);
  link(person, before);
  if (saysFields(event)) applyFields(person, event);
  const present = isPresent(person);
  person.states.set(event.id, present ? 'synced' : 'skipped');
  if (!present) return;
  if (event.note !== undefined) addNote(person, event, event.note.text.split('\n'));
  if (event.campaign !== undefined && event.type !== 'campaign.added')
    addNote(person, event, [event.campaign.name]);
}

function expectPerson(events: PersonEvent[], before: FirefishState): ExpectedPerson {
  const person: ExpectedPerson = {
    id: [...new Set(events.map((event) => event.record.candidateId))].join('+'),
    events,
    addresses: new Set(),
    flagged: new Set(),
    listed: [],
    linked: {},
    duplicates: [],
    said: { candidate: {}, contact: {} },
    notes: [],
    states: new Map(),
  };
  for (const event of events) apply(person, event, before);
  for (const kind of KINDS) {
    const same = rowsOf(before, kind).filter((row) => person.addresses.has(addressOf(row)));
    person.duplicates.push(
      ...same.filter((row) => row !== person.linked[kind]).map((row) => ({ kind, row })),
    );
  }
  return person;
}

/** @param events in order, each once. @param before what was in Firefish before the first of them. */
export const expectPeople = (events: readonly SampleEvent[], before: FirefishState): ExpectedPerson[] =>
  groupByPerson(events.filter(isPersonal)).map((group) => expectPerson(group, before));

/** The address that the person's records should have; `''` where the only one was wrong. */
export function primaryAddress(person: ExpectedPerson, kind: Kind): string {
  const good = person.listed.find((address) => !person.flagged.has(address)) ?? goodAddresses(person)[0];
  // A candidate can't be without an address in Firefish: the wrong one stays, opted out.
  return good ?? (kind === 'candidate' ? (person.listed[0] ?? '') : '');
}
