/** A person in the model: ids, addresses, and the newest values that SourceWhale sent. */
import type { Kind } from '../../lib/events/event.ts';
import type { PersonEvent, SourceWhalePerson } from '../support/former-event.ts';
import { emailAddresses, personOf } from '../support/former-event.ts';
import { personFields } from '../../lib/mapping/person-fields.ts';
import { nationalDigits } from '../../lib/mapping/phones.ts';
import { tidy } from '../../lib/text/visible.ts';
import type { IdealRecord } from './ideal.ts';

export const PHONE_FIELDS = ['MobileNumber', 'WorkNumber', 'HomeNumber'] as const;

/** A number is the same in every spelling, with or without its country. */
export const phoneOf = (text: string, country?: string): string => nationalDigits(text, country) ?? text;

export interface Person {
  ids: Set<string>;
  /** Every address that any event named, flagged ones too. */
  addresses: Set<string>;
  flagged: Set<string>;
  flaggedPhones: Set<string>;
  /** The address list of each event, oldest first. */
  listings: { order: number; addresses: string[] }[];
  /** The values of the events that change fields, oldest first, with their positions among all events. */
  sayings: { order: number; said: SourceWhalePerson }[];
  /** The records in Firefish that are this person's. */
  records: Set<IdealRecord>;
  /** The last campaign stage so far, by its position among the stages; -1: none. */
  step: number;
  /** The recruiter has pushed this person by hand. */
  pushed: boolean;
  /** Their record was deleted in Firefish. */
  gone: boolean;
}

export const usableAddresses = (person: Person): string[] =>
  [...person.addresses].filter((address) => !person.flagged.has(address));

const newcomer = (): Person => ({
  ids: new Set(),
  addresses: new Set(),
  flagged: new Set(),
  flaggedPhones: new Set(),
  listings: [],
  sayings: [],
  records: new Set(),
  step: -1,
  pushed: false,
  gone: false,
});

function merge(into: Person, from: Person): void {
  for (const id of from.ids) into.ids.add(id);
  for (const address of from.addresses) into.addresses.add(address);
  for (const address of from.flagged) into.flagged.add(address);
  for (const phone of from.flaggedPhones) into.flaggedPhones.add(phone);
  for (const record of from.records) into.records.add(record);
  into.listings = [...into.listings, ...from.listings].sort((a, b) => a.order - b.order);
  into.sayings = [...into.sayings, ...from.sayings].sort((a, b) => a.order - b.order);
  into.step = Math.max(into.step, from.step);
  into.pushed ||= from.pushed;
  into.gone ||= from.gone;
}

/** The person of an event: by `candidateId`, and by every address that is not flagged; several become one. */
export function identify(
  people: Person[],
  { record }: Pick<PersonEvent, 'record'>,
  order: number,
  /** `mergeWithExisting`: if it is off, an address neither matches records nor joins persons. */
  byAddress: boolean,
): Person {
  const listed = emailAddresses(record);
  const byId = people.find((person) => person.ids.has(record.candidateId));
  const leads = byAddress ? listed.filter((address) => byId?.flagged.has(address) !== true) : [];
  const same = people.filter(
    (person) =>
      byAddress && person !== byId && leads.some((address) => usableAddresses(person).includes(address)),
  );
  const [person = newcomer(), ...others] = [...(byId === undefined ? [] : [byId]), ...same];
  if (!people.includes(person)) people.push(person);
  for (const one of others) {
    merge(person, one);
    people.splice(people.indexOf(one), 1);
  }
  person.ids.add(record.candidateId);
  for (const address of listed) person.addresses.add(address);
  person.listings.push({ order, addresses: listed });
  return person;
}

/** Of each id, the newest list of addresses that an event that changes fields has, the newest of them first. */
export function newestLists(person: Person): string[][] {
  const lists = new Map<string, string[]>();
  for (const { said } of person.sayings.toReversed()) {
    const list = emailAddresses(said);
    if (list.length > 0 && !lists.has(said.candidateId)) lists.set(said.candidateId, list);
  }
  return [...lists.values()];
}

/** The first that is not flagged, of the newest of these lists. */
export const listedAddress = (person: Person): string | undefined =>
  newestLists(person)
    .flat()
    .find((address) => !person.flagged.has(address));

/** Whether it was listed once, and is no longer listed. */
export const isDropped = (person: Person, address: string): boolean =>
  person.sayings.some(({ said }) => emailAddresses(said).includes(address)) &&
  !newestLists(person).flat().includes(address);

/** Without a list, an event that changes no field can be the only one with an address. */
export const knownAddress = (person: Person): string | undefined =>
  newestLists(person).length > 0
    ? listedAddress(person)
    : person.listings
        .toReversed()
        .flatMap(({ addresses }) => addresses)
        .find((address) => !person.flagged.has(address));

/** The last company that was sent; an empty one counts as not sent. */
export const saidCompany = (person: Person): string | undefined =>
  person.sayings
    .map(({ said }) => tidy(said.company ?? ''))
    .filter((name) => name !== '')
    .at(-1);

const read = new WeakMap<SourceWhalePerson, Map<Kind, Record<string, unknown>>>();

/** `personFields`, each person read once. */
export function fieldsSaid(kind: Kind, said: SourceWhalePerson): Record<string, unknown> {
  const known = read.get(said) ?? new Map<Kind, Record<string, unknown>>();
  const fields = known.get(kind) ?? personFields(kind, personOf(said));
  read.set(said, known.set(kind, fields));
  return fields;
}

/**
 * Per field of this kind the newest value, without flagged numbers; `''`: cleared. Without the e-mail address and a
 * contact's company.
 */
export function saidFields(person: Person, kind: Kind): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const { said } of person.sayings) Object.assign(fields, fieldsSaid(kind, said));
  for (const name of PHONE_FIELDS) {
    const number = fields[name];
    if (typeof number === 'string' && person.flaggedPhones.has(phoneOf(number))) fields[name] = '';
  }
  return fields;
}
