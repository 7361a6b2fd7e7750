/**
 * The expected Firefish: the events are applied one by one in the order in which they happened. No code of the product
 * is used, so that the product's errors are found.
 */
import { addressIn, addressOf, folded, rowsOf, type FirefishState, type Row } from './firefish-state.ts';
import type { Decision } from './provision.ts';
import { KINDS, type Kind, type SampleEvent, type SamplePerson } from './samples.ts';
import { sayingsOf, type Sayings } from './sayings.ts';

export interface ExpectedPerson {
  /** SourceWhale's id of the person, for messages. */
  id: string;
  events: SampleEvent[];
  /** Every address ever said, and those that were flagged as wrong. */
  addresses: Set<string>;
  flagged: Set<string>;
  /** Every address that was on a list, and the newest list of each SourceWhale id, the newest of them first. */
  listedOnce: Set<string>;
  lists: Map<string, string[]>;
  /** The record of each kind that was there before and is the person. */
  linked: Partial<Record<Kind, Row>>;
  /** The address that this record should have. */
  address: Partial<Record<Kind, string>>;
  /** Further records of a kind that match as well. */
  duplicates: { kind: Kind; row: Row }[];
  /** Records with an address of the person and a name that contradicts theirs, unless these are decided to be the person's. */
  vetoed: { kind: Kind; row: Row }[];
  decision?: Decision;
  /** The event that makes a new record of the event's kind. */
  creation?: SampleEvent & { record: SamplePerson };
  said: Record<Kind, Sayings>;
  notes: { kind: Kind; lines: string[] }[];
  states: Map<string, 'synced' | 'skipped'>;
}

type PersonEvent = SampleEvent & { record: SamplePerson };
const isPersonal = (event: SampleEvent): event is PersonEvent => event.record !== undefined;
export const saysFields = (event: SampleEvent): boolean => /^(?:record|campaign)\./.test(event.type);
export const addressesIn = (event: SampleEvent): string[] =>
  (event.record?.emails ?? []).map(addressIn).filter(Boolean);
const idOf = ({ record }: PersonEvent): string => record.candidateId;

/** Groups events that share a SourceWhale id or an address. */
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

/** The samples hold Latin names only, and no titles. */
const wordsOf = (fields: Record<string, unknown>): string[] =>
  [fields.FirstName, fields.Surname].flatMap(
    (name) =>
      folded(name)
        .normalize('NFD')
        .replace(/\p{M}/gu, '')
        .match(/\p{L}{2,}/gu) ?? [],
  );

const wordsInCommon = (person: ExpectedPerson, row: Row): number =>
  wordsOf(row).filter((word) => wordsOf(person.said.candidate).includes(word)).length;

/** Both have a name, and no word is in both. */
const contradicts = (person: ExpectedPerson, row: Row): boolean =>
  wordsOf(row).length > 0 && wordsOf(person.said.candidate).length > 0 && wordsInCommon(person, row) === 0;

const instant = (value: unknown): number => Date.parse(typeof value === 'string' ? value : '') || 0;

/** More words of the name, then live before archived, then the latest updated, then the lowest Ref. */
const best = (person: ExpectedPerson, rows: readonly Row[]): Row | undefined =>
  rows.toSorted(
    (a, b) =>
      wordsInCommon(person, b) - wordsInCommon(person, a) ||
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
  person.vetoed = [];
  for (const kind of KINDS) {
    if (person.linked[kind] !== undefined || person.creation?.record.kind === kind) continue;
    const rows = rowsOf(before, kind).filter((row) => good.has(addressOf(row)));
    const vetoed = person.decision === 'same-person' ? [] : rows.filter((row) => contradicts(person, row));
    person.vetoed.push(...vetoed.map((row) => ({ kind, row })));
    const row = best(
      person,
      rows.filter((one) => !vetoed.includes(one)),
    );
    if (row === undefined) continue;
    person.linked[kind] = row;
    person.address[kind] = addressOf(row);
  }
}

/** Nothing of the person is changed, and no record is created, before the decision. */
export const isHeld = (person: ExpectedPerson): boolean =>
  !isPresent(person) && person.vetoed.length > 0 && person.decision === undefined;

function canBeCreated(person: ExpectedPerson, kind: Kind): boolean {
  const { FirstName, Surname, CompanyName } = person.said[kind];
  const complete = FirstName !== undefined && Surname !== undefined;
  return complete && goodAddresses(person).length > 0 && (kind === 'candidate' || CompanyName !== undefined);
}

function say(person: ExpectedPerson, event: PersonEvent): void {
  const list = addressesIn(event);
  if (list.length > 0) {
    person.lists.delete(idOf(event));
    person.lists = new Map([[idOf(event), list], ...person.lists]);
    for (const address of list) person.listedOnce.add(address);
  }
  for (const kind of KINDS) Object.assign(person.said[kind], sayingsOf(kind, event.record));
}

function create(person: ExpectedPerson, event: PersonEvent): void {
  const { kind } = event.record;
  if (isPresent(person) || isHeld(person) || !canBeCreated(person, kind)) return;
  person.creation = event;
  person.address[kind] = goodAddresses(person).find((address) => listedNow(person).includes(address)) ?? '';
}

export const listedNow = ({ lists }: ExpectedPerson): string[] => [...lists.values()].flat();

/** An address stays unless it was flagged, or was listed once and is no longer listed. */
function settleAddresses(person: ExpectedPerson): void {
  const listed = listedNow(person);
  const next = listed.find((address) => !person.flagged.has(address));
  for (const kind of KINDS) {
    const there = person.address[kind];
    if (there === undefined) continue;
    const isWrong = person.flagged.has(there);
    const isDropped = person.listedOnce.has(there) && !listed.includes(there);
    if (next !== undefined && (there === '' || isWrong || isDropped)) person.address[kind] = next;
    // A candidate can't be without an address in Firefish: the wrong one stays, opted out.
    else if (isWrong && kind === 'contact') person.address[kind] = '';
  }
}

/** A text with a tag is HTML, where a line's end is a space. */
export const noteLines = (text: string): string[] =>
  text.includes('<html>') ? [text.replace('<html>', '').replace(/\s+/g, ' ')] : text.split('\n');

/** A note goes on the record of the event's kind, else of the other. */
function addNote(person: ExpectedPerson, event: PersonEvent, lines: string[]): void {
  const { kind } = event.record;
  const has = person.linked[kind] !== undefined || person.creation?.record.kind === kind;
  const other = kind === 'candidate' ? 'contact' : 'candidate';
  person.notes.push({ kind: has ? kind : other, lines });
}

function apply(person: ExpectedPerson, event: PersonEvent, before: FirefishState): void {
  if (event.email !== undefined) person.flagged.add(addressIn(event.email));
  for (const address of addressesIn(event)) person.addresses.add(address);
  if (saysFields(event)) say(person, event);
  link(person, before);
  if (saysFields(event)) create(person, event);
  settleAddresses(person);
  const present = isPresent(person);
  person.states.set(event.id, present ? 'synced' : 'skipped');
  if (!present) return;
  if (event.note !== undefined) addNote(person, event, noteLines(event.note.text));
  if (event.campaign !== undefined && event.type !== 'campaign.added')
    addNote(person, event, [event.campaign.name]);
}

function expectPerson(
  events: PersonEvent[],
  before: FirefishState,
  decisions: ReadonlyMap<string, Decision>,
): ExpectedPerson {
  const ids = [...new Set(events.map(idOf))];
  const decision = ids.map((id) => decisions.get(id)).find((one) => one !== undefined);
  const person: ExpectedPerson = {
    id: ids.join('+'),
    events,
    addresses: new Set(),
    flagged: new Set(),
    listedOnce: new Set(),
    lists: new Map(),
    linked: {},
    address: {},
    duplicates: [],
    vetoed: [],
    ...(decision !== undefined && { decision }),
    said: { candidate: {}, contact: {} },
    notes: [],
    states: new Map(),
  };
  for (const event of events) apply(person, event, before);
  for (const kind of KINDS) {
    const same = rowsOf(before, kind).filter((row) => person.addresses.has(addressOf(row)));
    const isVetoed = (row: Row): boolean => person.vetoed.some((one) => one.row === row);
    person.duplicates.push(
      ...same.filter((row) => row !== person.linked[kind] && !isVetoed(row)).map((row) => ({ kind, row })),
    );
  }
  return person;
}

/** @param events in order, each once. @param before what was in Firefish before the first of them. @param decisions by SourceWhale's id */
export const expectPeople = (
  events: readonly SampleEvent[],
  before: FirefishState,
  decisions: ReadonlyMap<string, Decision>,
): ExpectedPerson[] =>
  groupByPerson(events.filter(isPersonal)).map((group) => expectPerson(group, before, decisions));
