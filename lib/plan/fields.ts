/** Newest wins, field by field: what the events in hand say, and what of it a record is still to be sent. */
import { COMPANY_MISSING } from './create.ts';
import { ambiguousCompanies } from './notes.ts';
import { type Credit, type Draft, type InHand, type PlanInput, shortHash } from './types.ts';
import type { EventId } from '../ids.ts';
import type { FieldEvent, Kind } from '../events/event.ts';
import type { FirefishRecord } from '../firefish/port.ts';
import type { Fields, FieldValue } from '../mapping/fields.ts';
import { CREATION_ONLY_FIELDS, settingNames } from '../mapping/firefish-fields.ts';
import { companyNameKey } from '../names/company-name.ts';
import { personFields } from '../mapping/person-fields.ts';
import type { Settings } from '../tenants/settings.ts';
import { type LinkedRecord, type PersonState, type Said, saysFields } from './person-state.ts';
import { withoutFlaggedPhones } from './flags.ts';
import { type EventOrder, FROM_THE_BEGINNING } from '../events/event-order.ts';

interface Saying {
  value: FieldValue;
  order: EventOrder;
  eventId: EventId;
  /** Keyed hash of the value. */
  hash: string;
  /** The newest event in hand that says another value. */
  overrides?: EventOrder;
  /**
   * True where an open event says another value than the one that was sent last: a turn that crashed may have sent
   * it. So the value is sent again, even if it was sent before.
   */
  unsure?: true;
}
export type Sayings = Record<string, Saying>;

/** A contact's company is said by name; its Ref is found, or the company made, when it is sent. */
export const COMPANY_FIELD = 'CompanyRef';

/**
 * Names and numbers are taken apart once: a plan is made again with each thing that was read, and of many events that
 * wait each asks for all before it.
 */
const read = new WeakMap<FieldEvent, Partial<Record<Kind, Fields>>>();

function fieldsOf(kind: Kind, event: FieldEvent): Fields {
  const known = read.get(event) ?? {};
  const fields = known[kind] ?? personFields(kind, event.record);
  read.set(event, { ...known, [kind]: fields });
  return fields;
}

/** What these events say of the person, newest last, for a record of the kind. */
export function saidBy(
  { hash }: Pick<PlanInput, 'hash'>,
  person: PersonState,
  kind: Kind,
  events: readonly InHand[],
): Sayings {
  const said: Sayings = {};
  for (const { event, order } of events) {
    if (!saysFields(event)) continue;
    const fields = { ...withoutFlaggedPhones(fieldsOf(kind, event), person, hash) };
    const { company } = event.record;
    if (kind === 'contact' && company !== undefined) fields[COMPANY_FIELD] = company;
    for (const [field, value] of Object.entries(fields)) {
      const saying: Saying = { value, order, eventId: event.id, hash: hashOf(hash, field, value) };
      const before = said[field];
      const overrides = before?.hash === saying.hash ? before.overrides : before?.order;
      said[field] = { ...saying, ...(overrides === undefined ? {} : { overrides }) };
    }
  }
  return said;
}

/** Keyed hash of a field's value: of the name of a company, of that name in any spelling. */
export function hashOf(hash: PlanInput['hash'], field: string, value: FieldValue): string {
  const isCompany = field === COMPANY_FIELD || field === 'Name';
  const same = isCompany && typeof value === 'string' ? companyNameKey(value) : value;
  return shortHash(hash, `${field}=${JSON.stringify(same)}`);
}

/** By field, the hash of what is said. */
export const hashesOf = (sayings: Sayings): Record<string, string> =>
  Object.fromEntries(Object.entries(sayings).map(([field, { hash }]) => [field, hash]));

/** Of what is said in hand, that which nothing newer is known of. */
export function winning(input: PlanInput, person: PersonState, kind: Kind): Sayings {
  const known = input.person.said[kind];
  return Object.fromEntries(
    Object.entries(saidBy(input, person, kind, input.events)).flatMap(([field, saying]) => {
      const knownOrder = known[field]?.order ?? FROM_THE_BEGINNING;
      if (saying.order < knownOrder) return [];
      const isUnsure = saying.overrides !== undefined && saying.overrides >= knownOrder;
      return [[field, isUnsure ? { ...saying, unsure: true } : saying] as const];
    }),
  );
}

/** The newest saying per field once these are counted. */
export function nextSaid(known: Record<string, Said>, sayings: Sayings): Record<string, Said> {
  const next = { ...known };
  for (const [field, { order, hash }] of Object.entries(sayings)) next[field] = { order, hash };
  return next;
}

/**
 * What the person's records are known to say, but this one was never sent: it was only now found, or was
 * another person's before. Values are not kept once they are sent, so they are read from a record that has them.
 * @param donors the person's other records, with their profiles where these were read
 */
export function missedSayings(
  input: Pick<PlanInput, 'settings' | 'hash' | 'events'>,
  record: LinkedRecord,
  said: Record<string, Said>,
  donors: readonly { record: LinkedRecord; profile: FirefishRecord | undefined }[],
): { sayings: Sayings; reads: LinkedRecord[] } {
  const sayings: Sayings = {};
  const reads = new Set<LinkedRecord>();
  // The event that found the record is told of it, though others said the values.
  const found = input.events.findLast(({ event, pending }) => !pending && saysFields(event));
  const eventId = found?.event.id ?? ('' as EventId);
  for (const [field, { order, hash }] of Object.entries(said)) {
    if (record.sent[field] === hash || CREATION_ONLY_FIELDS.includes(field)) continue;
    if (policyFor(input.settings, field) === 'never') continue;
    const donor = donors.find((one) => one.record.sent[field] === hash);
    if (donor === undefined) continue;
    if (donor.profile === undefined) {
      reads.add(donor.record);
      continue;
    }
    const value = valueIn(donor.profile, field);
    const isWhole = typeof value === 'string' || typeof value === 'number';
    // A recruiter has edited it there since: theirs, not what SourceWhale said.
    if (!isWhole || (field !== COMPANY_FIELD && hashOf(input.hash, field, value) !== hash)) continue;
    sayings[field] = { value, order, eventId, hash };
  }
  return { sayings, reads: [...reads] };
}

type Policy = Settings['updatePolicy']['default'];

export function policyFor({ updatePolicy }: Pick<Settings, 'updatePolicy'>, field: string): Policy {
  for (const name of settingNames(field)) {
    const policy = updatePolicy.fields[name];
    if (policy !== undefined) return policy;
  }
  return updatePolicy.default;
}

/** A field's value in a row or profile, parts of a nested field included; `undefined` where it does not say. */
export function valueIn(record: FirefishRecord, field: string): unknown {
  const [whole = field, part] = field.split('.');
  const value = record[whole];
  if (part === undefined || value === undefined || value === null) return value;
  return typeof value === 'object' ? ((value as Record<string, unknown>)[part] ?? null) : undefined;
}

const isBlank = (value: unknown): boolean => value === null || value === undefined || value === '';

function isSame(there: unknown, wanted: FieldValue): boolean {
  if (isBlank(there)) return wanted === '';
  return there === wanted;
}

/** Whether the record is known to have been sent this value. */
export const isSent = (record: LinkedRecord, field: string, { hash, unsure }: Saying): boolean =>
  record.sent[field] === hash && unsure !== true;

interface Patch {
  fields: Fields;
  /** By field, the hash of what is sent or was found there already. */
  sent: Record<string, string>;
  sayings: Sayings;
  /** True where the record must be read before it can be said what to send. */
  needsProfile: boolean;
}

/**
 * What an existing record is to be sent of these sayings.
 * @param row of this round's search, where the record was only now found
 * @param profile where it was read
 */
export function patchFor(
  settings: Settings,
  record: LinkedRecord,
  sayings: Sayings,
  row: FirefishRecord | undefined,
  profile: FirefishRecord | undefined,
): Patch {
  const patch: Patch = { fields: {}, sent: {}, sayings: {}, needsProfile: false };
  for (const [field, saying] of Object.entries(sayings)) {
    const policy = policyFor(settings, field);
    if (CREATION_ONLY_FIELDS.includes(field) || policy === 'never' || isSent(record, field, saying)) continue;
    const there = [profile, row].map((one) => (one === undefined ? undefined : valueIn(one, field)));
    const known = there.find((value) => value !== undefined);
    if (policy === 'ifBlank' && known === undefined && profile === undefined) {
      patch.needsProfile = true;
      continue;
    }
    patch.sent[field] = saying.hash;
    if (policy === 'ifBlank' && !isBlank(known)) continue;
    if (known !== undefined && isSame(known, saying.value)) continue;
    patch.fields[field] = saying.value;
    patch.sayings[field] = saying;
  }
  return wholeAddress(patch, profile ?? (row?.['Address'] === undefined ? undefined : row));
}

/**
 * Whether Firefish keeps the parts of an address that it is not sent is not known, so an address is sent
 * whole: with the parts that are there already.
 */
function wholeAddress(patch: Patch, record: FirefishRecord | undefined): Patch {
  if (!Object.keys(patch.fields).some((field) => field.startsWith('Address.'))) return patch;
  if (record === undefined) return { ...patch, needsProfile: true };
  const there = Object.entries(record['Address'] ?? {})
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '')
    .map(([part, value]) => [`Address.${part}`, value] as const);
  return { ...patch, fields: { ...Object.fromEntries(there), ...patch.fields } };
}

export const valuesOf = (sayings: Sayings): Fields =>
  Object.fromEntries(Object.entries(sayings).map(([field, { value }]) => [field, value]));

/** Turns a company's name into its Ref, or into a company to be made; without either nothing is said of it. */
export function withCompany(draft: Draft, sayings: Sayings): { said: Sayings; newCompany?: string } {
  const saying = sayings[COMPANY_FIELD];
  if (saying === undefined || typeof saying.value !== 'string') return { said: sayings };
  const { [COMPANY_FIELD]: company, ...others } = sayings;
  const refs = draft.input.facts.companies.get(companyNameKey(saying.value));
  if (refs === undefined) {
    draft.needs.push({ need: 'company', name: saying.value });
    return { said: others };
  }
  const [ref] = refs;
  for (const text of ambiguousCompanies(refs)) draft.outcomeNotes.push({ eventId: saying.eventId, text });
  if (ref !== undefined && company !== undefined)
    return { said: { ...others, [COMPANY_FIELD]: { ...company, value: ref } } };
  if (!draft.input.settings.createCompanies) {
    draft.outcomeNotes.push({ eventId: saying.eventId, text: COMPANY_MISSING });
    return { said: others };
  }
  return { said: sayings, newCompany: saying.value };
}

/** Each event gets the fields that were its own. */
export function fieldCredits(sayings: Sayings): Credit[] {
  const byEvent = new Map<EventId, string[]>();
  for (const [field, { eventId }] of Object.entries(sayings)) {
    byEvent.set(eventId, [...(byEvent.get(eventId) ?? []), field]);
  }
  return [...byEvent].map(([eventId, fields]) => ({ eventId, operation: 'updated', fields: fields.sort() }));
}
