/** The Firefish fields that this system writes, per kind, by the names that settings use. */
import type { Kind } from '../events/event.ts';
import type { Fields } from './fields.ts';
import { ADDRESS_PARTS } from './addresses.ts';

/**
 * A part of a nested field is a separate field here (`Address.Town`): so the newest value wins part by part, and a new
 * town does not change the street that a recruiter typed. `toFirefishBody` nests them for the request.
 */
const CANDIDATE_FIELDS = [
  'FirstName',
  'Surname',
  'Title',
  'EmailAddress',
  'MobileNumber',
  'WorkNumber',
  'HomeNumber',
  'JobTitle',
  'CurrentCompanyName',
  'Address',
  ...ADDRESS_PARTS.map((part) => `Address.${part}`),
  'LinkedIn',
  'Skills',
  'RecruiterSummary',
  'Source',
  'LegalBasis',
  'OwnerUserEmail',
  'EmailMarketing',
  'SMSMarketing',
  'PostalMarketing',
] as const;

const CONTACT_FIELDS = [
  'FirstName',
  'Surname',
  'Title',
  'EmailAddress',
  'MobileNumber',
  'WorkNumber',
  'JobTitle',
  'CompanyRef',
  'EmailMarketing',
] as const;

export const WRITABLE_FIELDS: Record<Kind, readonly string[]> = {
  candidate: CANDIDATE_FIELDS,
  contact: CONTACT_FIELDS,
};

/** What Firefish requires of a new record. */
export const REQUIRED_FIELDS: Record<Kind, readonly string[]> = {
  candidate: ['FirstName', 'Surname', 'Source', 'EmailAddress', 'LegalBasis'],
  contact: ['FirstName', 'Surname', 'CompanyRef'],
};

/**
 * Written when a record is created and never again: the agency decides who owns a person, and where the person came
 * from.
 */
export const CREATION_ONLY_FIELDS: readonly string[] = ['Source', 'LegalBasis', 'OwnerUserEmail'];

/** The names that a setting can use for a field, the narrowest first: `Address.Town`, then `Address`. */
export function settingNames(field: string): string[] {
  const dot = field.indexOf('.');
  return dot === -1 ? [field] : [field, field.slice(0, dot)];
}

/**
 * The body of a create or an update: `Address.Town` becomes `Address: { Town }`. Whether Firefish keeps the
 * parts of `Address` that it is not sent is unknown: an update has to carry those that are there as well.
 */
export function toFirefishBody(fields: Fields): Fields {
  const body: Fields = {};
  for (const [name, value] of Object.entries(fields)) {
    const dot = name.indexOf('.');
    // Only texts have a place inside another field.
    if (dot === -1 || typeof value !== 'string') body[name] = value;
    else {
      const [whole, part] = [name.slice(0, dot), name.slice(dot + 1)];
      const there = body[whole];
      const sofar = typeof there === 'object' && !Array.isArray(there) ? there : {};
      body[whole] = { ...sofar, [part]: value };
    }
  }
  return body;
}
