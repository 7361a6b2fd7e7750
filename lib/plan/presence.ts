/**
 * Who is in Firefish when, in order of `occurredAt`: which event creates the person, which are skipped for
 * want of them. Walks the events in order as if they had come so.
 */
import type { FieldEvent, Kind } from '../events/event.ts';
import type { SkipReason } from '../events/reasons.ts';
import { REQUIRED_FIELDS, settingNames } from '../mapping/firefish-fields.ts';
import { companyNameKey } from '../names/company-name.ts';
import type { Settings } from '../tenants/settings.ts';
import { addressAt } from './address.ts';
import { type LinkedRecord, type PersonState, recordSince, saysFields } from './person-state.ts';
import type { InHand, Need, PlanInput } from './types.ts';
import type { Matching } from './matching.ts';
import { hashOf, saidBy } from './fields.ts';
import { earlier, type EventOrder } from '../events/event-order.ts';

export interface Creation {
  event: FieldEvent;
  order: EventOrder;
}

export interface Presence {
  needs: Need[];
  creation?: Creation;
  /** The records, those that we created with the event from which on they would have existed. */
  records: LinkedRecord[];
  /** Why an event that says fields does nothing, by id; only while the person is not in Firefish. */
  skips: Record<string, SkipReason>;
  /** Whether the person is in Firefish at that point of the order. */
  presentAt(order: EventOrder): boolean;
}

export function foldPresence(
  input: PlanInput,
  person: PersonState,
  { records: matched, conflict }: Pick<Matching, 'records' | 'conflict'>,
): Presence {
  let records = [...matched];
  let creation: Creation | undefined;
  const needs: Need[] = [];
  const skips: Record<string, SkipReason> = {};
  const presentAt = (order: EventOrder): boolean =>
    (creation !== undefined && creation.order <= order) ||
    records.some((record) => recordSince(person, record) <= order);
  for (const [index, { event, order }] of input.events.entries()) {
    if (!saysFields(event) || presentAt(order)) continue;
    const soFar = input.events.slice(0, index + 1);
    // Of a person who is there, what was said before is not in hand any more.
    const known = records.length > 0 ? fieldsSaidBy(input, person, event.record.kind, order) : [];
    const refusal =
      conflict.length > 0 ? NAME_CONFLICT : refuseCreation(input, person, { event, order }, soFar, known);
    if (typeof refusal === 'object') needs.push(refusal);
    else if (refusal !== undefined) skips[event.id] = refusal;
    else if (records.length === 0) creation = { event, order };
    else records = records.map((record) => bornBy(record, order));
  }
  return { needs, ...(creation === undefined ? {} : { creation }), records, skips, presentAt };
}

/** Names contradict: a person decides. */
export const NAME_CONFLICT = 'name-conflict';

/** A late, older event that would have created the person: what came between them came after it. */
const bornBy = (record: LinkedRecord, order: EventOrder): LinkedRecord =>
  record.createdSince === undefined
    ? record
    : { ...record, createdSince: earlier(record.createdSince, order) };

/** Someone deleted the person's records since a recruiter pushed them: only another push overrides `addWhen`. */
function mayReturn(person: PersonState, { type }: FieldEvent): PersonState {
  if (!person.gone || type === 'record.synced') return person;
  const { synced: _before, ...steps } = person.steps;
  return { ...person, steps };
}

/** Why this event may not create the person: the rule, or what must be known first; nothing if it may. */
function refuseCreation(
  input: PlanInput,
  person: PersonState,
  { event, order }: Creation,
  soFar: readonly InHand[],
  known: readonly string[],
): SkipReason | Need | undefined {
  if (addressAt(person, order) === undefined) return 'no-email';
  if (person.gone && person.records.length === 0 && event.type === 'record.updated') return 'gone';
  if (!stepReached(input.settings, mayReturn(person, event), event.record.kind, order)) return 'addWhen';
  return missingFields(input, person, event, soFar, known);
}

/** The last two are alike: either is the most that a person can show. */
const STEPS = ['added', 'messaged', 'opened', 'clicked', 'replied', 'interested', 'meeting_booked'] as const;

/**
 * Whether `addWhen` allows the person by then: a later campaign step includes the earlier ones, and a
 * recruiter's own push overrides them all.
 */
export function stepReached(settings: Settings, person: PersonState, kind: Kind, order: EventOrder): boolean {
  if (person.steps.synced !== undefined && person.steps.synced <= order) return true;
  const from = settings.addWhen[kind];
  if (from === 'always') return true;
  if (from === 'never') return false;
  const first = from === 'meeting_booked' ? 'interested' : from;
  return STEPS.slice(STEPS.indexOf(first)).some((step) => {
    const since = person.steps[step];
    return since !== undefined && since <= order;
  });
}

/** Whose a new record becomes: of who did in SourceWhale what makes it, else the agency's default. */
export const ownerOf = (
  { defaultOwnerEmail }: Settings,
  creating: Pick<FieldEvent, 'actor'>,
): string | undefined => creating.actor?.email ?? defaultOwnerEmail;

/** The fields whose newest value is from by then. */
const fieldsSaidBy = ({ hash }: PlanInput, { said }: PersonState, kind: Kind, order: EventOrder): string[] =>
  Object.entries(said[kind]).flatMap(([field, one]) =>
    one.order <= order && one.hash !== hashOf(hash, field, '') ? settingNames(field) : [],
  );

/** The fields that Firefish or the settings ask of a new record and nobody has said by then. @param known besides */
function missingFields(
  input: PlanInput,
  person: PersonState,
  event: FieldEvent,
  soFar: readonly InHand[],
  known: readonly string[],
): SkipReason | Need | undefined {
  const { kind } = event.record;
  const said = saidBy(input, person, kind, soFar);
  const defaults = new Set(
    kind === 'candidate' ? ['Source', 'LegalBasis', 'EmailAddress'] : ['EmailAddress'],
  );
  if (ownerOf(input.settings, event) !== undefined) defaults.add('OwnerUserEmail');
  const given = Object.entries(said).flatMap(([field, { value }]) =>
    value === '' ? [] : settingNames(field),
  );
  const has = (field: string): boolean =>
    defaults.has(field) || given.includes(field) || known.includes(field);
  const { contactsNeedCompany, mandatoryFields } = input.settings;
  const required = REQUIRED_FIELDS[kind].filter((field) => field !== 'CompanyRef' || contactsNeedCompany);
  const wanted = [...required, ...mandatoryFields[kind]];
  const missing = new Set(wanted.filter((field) => !has(field)));
  const company = said['CompanyRef']?.value;
  if (typeof company === 'string' && missing.size === 0 && !input.settings.createCompanies) {
    const known = input.facts.companies.get(companyNameKey(company));
    if (known === undefined) return { need: 'company', name: company };
    if (known.length === 0) missing.add('CompanyRef');
  }
  return missing.size === 0 ? undefined : `missing-fields: ${[...missing].join(', ')}`;
}
