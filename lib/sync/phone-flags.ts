import type { SourceWhalePerson } from '../events/event.ts';
import type { FirefishRecord } from '../firefish/port.ts';
import { formatPhone } from '../mapping/phones.ts';
import { fold } from '../mapping/tidy.ts';
import type { PersonState } from './person.ts';

const PHONE_FIELDS = ['MobileNumber', 'WorkNumber', 'HomeNumber'] as const;

/** One text for the spellings of one number. */
export const phoneIdentity = (text: string, country?: string): string =>
  formatPhone(text, country) ?? fold(text);

/** The person as said, without the numbers that were flagged as wrong: SourceWhale may go on listing them. */
export function withoutFlaggedPhones(
  person: SourceWhalePerson,
  { flaggedPhones }: PersonState,
  hash: (value: string) => string,
): SourceWhalePerson {
  const { phones, ...rest } = person;
  if (phones === undefined || Object.keys(flaggedPhones).length === 0) return person;
  const good = phones.filter(
    (phone) => flaggedPhones[hash(phoneIdentity(phone, person.country))] === undefined,
  );
  // A list of wrong numbers only says nothing; it does not ask for the record's numbers to be cleared.
  return good.length === 0 && phones.length > 0 ? rest : { ...rest, phones: good };
}

/** The record's fields that hold this number. */
export function fieldsWithPhone(record: FirefishRecord, phone: string): string[] {
  return PHONE_FIELDS.filter((field) => {
    const value = record[field];
    return typeof value === 'string' && phoneIdentity(value) === phoneIdentity(phone);
  });
}
