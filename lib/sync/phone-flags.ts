import type { FirefishRecord } from '../firefish/port.ts';
import type { Fields, FieldValue } from '../mapping/fields.ts';
import { nationalDigits } from '../mapping/phones.ts';
import { fold } from '../mapping/tidy.ts';
import type { PersonState } from './person.ts';

const PHONE_FIELDS = ['MobileNumber', 'WorkNumber', 'HomeNumber'] as const;

/**
 * One text for the spellings of one of a person's numbers. A flag, a list and a recruiter need not all say the
 * country, so it is left out: nobody has the same number in two countries.
 * @param country of which a number without a country is read
 */
export const phoneIdentity = (text: string, country?: string): string =>
  nationalDigits(text, country) ?? fold(text);

/**
 * What is said of a person, with numbers that were flagged as wrong taken off: SourceWhale may go on listing
 * them. The other numbers stay in their fields, so that it makes no difference which came first, list or flag.
 */
export function withoutFlaggedPhones(
  fields: Fields,
  { flaggedPhones }: PersonState,
  hash: (value: string) => string,
): Fields {
  if (Object.keys(flaggedPhones).length === 0) return fields;
  const isFlagged = (value: FieldValue | undefined): boolean =>
    typeof value === 'string' && flaggedPhones[hash(phoneIdentity(value))] !== undefined;
  const flagged = PHONE_FIELDS.filter((field) => isFlagged(fields[field]));
  return { ...fields, ...Object.fromEntries(flagged.map((field) => [field, ''])) };
}

/** The record's fields that hold this number. */
export function fieldsWithPhone(record: FirefishRecord, phone: string, country?: string): string[] {
  const wanted = phoneIdentity(phone, country);
  return PHONE_FIELDS.filter((field) => {
    const value = record[field];
    return typeof value === 'string' && phoneIdentity(value, country) === wanted;
  });
}
