/** From the body of a write to the record that it makes, or the refusal that names every field that is wrong. */
import { blank, type Fields } from './agency.ts';
import { badRequest, invalidModel, type ModelState } from './answers.ts';
import { isObject, kept, LEGAL_BASES, mistakes } from './field-values.ts';
import { type FieldRules, storedName } from './fields.ts';
import type { Quirks } from './quirks.ts';
import type { Collection, SimRecord, SimValue } from './records.ts';

export interface WriteRules {
  collection: Collection;
  fields: FieldRules;
  quirks: Quirks;
  /** Whether there is a company with this Ref. */
  companyExists: (ref: number) => boolean;
}

type Body = Record<string, unknown>;

/** @throws Refused (400) where the body is no JSON object */
export function readJsonObject(text: string): Body {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw badRequest('The request body is not valid JSON.');
  }
  if (!isObject(body)) throw badRequest('The request body must be a JSON object.');
  return body;
}

const isBlank = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '');

function legalBasisMistake(value: unknown, quirks: Quirks): [string, string][] {
  const known = quirks.legalBasisCapitalised
    ? LEGAL_BASES.map((basis) => basis.charAt(0).toUpperCase() + basis.slice(1))
    : LEGAL_BASES;
  if (isBlank(value) || known.includes(String(value))) return [];
  return [['LegalBasis', `The field LegalBasis must be one of ${known.join(', ')}.`]];
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
  return [];
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
    const type = fields.writable[name];
    const before = quirks.addressReplacedWhole ? null : (base[storedName(name)] ?? null);
    if (type !== undefined) changed[storedName(name)] = kept(type, value, before);
  }
  return { ...base, ...changed };
}

/** What a record keeps that is not among what a client sends. */
const NOT_SENT = ['HasCv', 'LastActionRef', 'LastActionName', 'LastActionDate', 'LegalBasis'];

/** Every writable field is there, unset ones as `null`. */
function blankRecord({ collection, fields }: WriteRules): Fields {
  const unset = Object.fromEntries(Object.keys(fields.writable).map((name) => [storedName(name), null]));
  return { ...unset, ...blank(collection) };
}

/** @throws Refused (400) */
export function created(body: Body, rules: WriteRules): Fields {
  check(body, rules.fields.required, rules);
  return apply(body, blankRecord(rules), rules);
}

/** Only the fields sent change; a required one may be left out, but not blanked. @throws Refused (400) */
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
 * The whole record: what is not sent is as in a new one. What nobody can write may come along, as it was read;
 * `SmsMarketing` may not, or a record put back as it was read would lose an opt-out without a word. The legal
 * basis, which no answer shows, stays where it is not sent.
 * @throws Refused (400)
 */
export function replaced(record: SimRecord, sent: Body, rules: WriteRules): SimRecord {
  const { writable, profile } = rules.fields;
  const ignored = (name: string) =>
    name !== 'SmsMarketing' && writable[name] === undefined && profile.includes(name);
  const body = Object.fromEntries(Object.entries(sent).filter(([name]) => !ignored(name)));
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
