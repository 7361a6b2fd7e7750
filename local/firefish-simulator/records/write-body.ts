/** From the body of a write to the new record, or to a refusal that names every wrong field. */
import { blank, type Fields } from './agency.ts';
import { badRequest, invalidModel, type ModelState } from '../answers.ts';
import { isObject, kept, LEGAL_BASES, mistakes } from './field-values.ts';
import { type FieldRules, storedName } from './fields.ts';
import type { Quirks } from '../quirks.ts';
import type { Collection, SimRecord, SimValue } from './records.ts';
import type { Switches } from '../switches.ts';

export interface WriteRules {
  collection: Collection;
  fields: FieldRules;
  quirks: Quirks;
  switches: Switches;
  /** Whether there is a company with this Ref. */
  companyExists: (ref: number) => boolean;
}

type Body = Record<string, unknown>;

/** The names of the body as the API writes them: names in bodies are not case-sensitive. */
export function withKnownNames(body: Body, known: Iterable<string>): Body {
  const names = new Map(Array.from(known, (name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [names.get(name.toLowerCase()) ?? name, value]),
  );
}

/** @throws Refused (400) if the body is no JSON object */
export function readJsonObject(text: string, known: Iterable<string>): Body {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw badRequest('The request body is not valid JSON.');
  }
  if (!isObject(body)) throw badRequest('The request body must be a JSON object.');
  return withKnownNames(body, known);
}

export const namesOf = ({ writable, profile }: FieldRules): string[] => [
  ...profile,
  ...Object.keys(writable),
];

const isBlank = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '');

function legalBasisMistake(value: unknown, quirks: Quirks): [string, string][] {
  const known = quirks.legalBasisCapitalised
    ? LEGAL_BASES.map((basis) => basis.charAt(0).toUpperCase() + basis.slice(1))
    : LEGAL_BASES;
  if (isBlank(value) || known.includes(String(value))) return [];
  return [['LegalBasis', `The field LegalBasis must be one of ${known.join(', ')}.`]];
}

/** Fields whose values must be on a list of the agency. */
function unlisted(name: string, value: unknown, { owners, sources }: Switches): [string, string][] {
  const lists: Record<string, string[] | null> = { OwnerUserEmail: owners, Source: sources };
  const list = lists[name] ?? null;
  if (list === null || isBlank(value) || list.includes(String(value))) return [];
  return [[name, `The ${name} "${String(value)}" was not found.`]];
}

function fieldMistakes(name: string, value: unknown, rules: WriteRules): [string, string][] {
  const type = rules.fields.writable[name];
  if (type === undefined) {
    const known = rules.fields.profile.includes(name);
    return [[name, known ? `The field ${name} cannot be written.` : `The field ${name} is not known.`]];
  }
  const found = mistakes(name, type, value);
  if (found.length > 0) return found;
  if (type === 'legal-basis') return legalBasisMistake(value, rules.quirks);
  if (type === 'reference' && typeof value === 'number' && !rules.companyExists(value)) {
    return [[name, `There is no company with the Ref ${value}.`]];
  }
  return unlisted(name, value, rules.switches);
}

/** @throws Refused (400) naming each unknown, malformed or missing field */
function check(body: Body, required: readonly string[], rules: WriteRules): void {
  const errors: ModelState = {};
  const found = [
    ...Object.entries(body).flatMap(([name, value]) => fieldMistakes(name, value, rules)),
    ...required
      .filter((name) => isBlank(body[name]))
      .map((name) => [name, `The ${name} field is required.`] as const),
  ];
  for (const [name, mistake] of found) (errors[name] ??= []).push(mistake);
  if (found.length > 0) throw invalidModel(errors);
}

function apply(body: Body, base: Fields, { fields, quirks }: WriteRules): Fields {
  const changed: Record<string, SimValue> = {};
  for (const [name, value] of Object.entries(body)) {
    const type = fields.writable[name] ?? fields.seedable[name];
    const before = quirks.addressReplacedWhole ? null : (base[storedName(name)] ?? null);
    if (type !== undefined) changed[storedName(name)] = kept(type, value, before);
  }
  return { ...base, ...changed };
}

/** Fields of a record that a client does not send. */
const NOT_SENT = ['HasCv', 'Gender', 'LastActionRef', 'LastActionName', 'LastActionDate', 'LegalBasis'];

/** Every field is there, unset ones as `null`. */
function blankRecord({ collection, fields }: WriteRules): Fields {
  const names = Object.keys({ ...fields.writable, ...fields.seedable });
  return { ...Object.fromEntries(names.map((name) => [storedName(name), null])), ...blank(collection) };
}

/** @throws Refused (400) */
export function created(body: Body, rules: WriteRules): Fields {
  check(body, rules.fields.required, rules);
  return apply(body, blankRecord(rules), rules);
}

/** Only the fields sent change. A required one can be left out, but not cleared. @throws Refused (400) */
export function patched(record: SimRecord, body: Body, rules: WriteRules): SimRecord {
  check(
    body,
    rules.fields.required.filter((name) => name in body),
    rules,
  );
  const base = rules.quirks.patchReplacesWhole ? { ...record, ...blankRecord(rules) } : record;
  return apply(body, base, rules) as SimRecord;
}

/**
 * Read-only fields can be sent unchanged. With the switch `put` on `whole` a field that is not sent is as in a new
 * record, except for the legal basis, which no answer shows.
 * @throws Refused (400)
 */
export function replaced(record: SimRecord, sent: Body, rules: WriteRules): SimRecord {
  const { writable, profile } = rules.fields;
  const ignored = (name: string) => writable[name] === undefined && profile.includes(name);
  const body = Object.fromEntries(Object.entries(sent).filter(([name]) => !ignored(name)));
  if (rules.switches.put === 'sent') return patched(record, body, rules);
  check(
    body,
    rules.fields.required.filter((name) => name !== 'LegalBasis' || name in body),
    rules,
  );
  const stays = Object.fromEntries(
    NOT_SENT.flatMap((name) => (name in record ? [[name, record[name]]] : [])),
  );
  return apply(body, { ...record, ...blankRecord(rules), ...stays }, rules) as SimRecord;
}

/** A record as it is seeded: any field that Firefish has, unset ones as `null`. */
export function seeded(body: Body, rules: WriteRules): Fields {
  return apply(body, blankRecord(rules), rules);
}
