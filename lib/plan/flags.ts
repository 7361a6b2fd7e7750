import type { FirefishRecord } from '../firefish/port.ts';
import type { Fields, FieldValue } from '../mapping/fields.ts';
import { nationalDigits } from '../mapping/phones.ts';
import { fold } from '../text/visible.ts';
import { type PersonState, recordKey } from './person-state.ts';
import { readAddresses } from '../events/reading/addresses.ts';
import type { OtherRecord } from './matching.ts';
import { type Draft, shortHash, type UpdateOperation } from './types.ts';
import type { PersonEvent } from '../events/event.ts';

const PHONE_FIELDS = ['MobileNumber', 'WorkNumber', 'HomeNumber'] as const;

/**
 * One text for the spellings of one of a person's numbers. A flag, a list and a recruiter need not all say the
 * country, so it is left out: nobody has the same number in two countries.
 * @param country of which a number without a country is read
 */
const phoneIdentity = (text: string, country?: string): string => nationalDigits(text, country) ?? fold(text);

/** Keyed hash of a number. */
export const phoneHash = (hash: (value: string) => string, text: string, country?: string): string =>
  shortHash(hash, phoneIdentity(text, country));

/** A person has at most this many flagged numbers. */
export const MOST_FLAGGED_PHONES = 200;

/** The person with this number flagged; unchanged where too many are. */
export const flagPhone = (person: PersonState, phone: string): PersonState =>
  person.flaggedPhones.includes(phone) || person.flaggedPhones.length >= MOST_FLAGGED_PHONES
    ? person
    : { ...person, flaggedPhones: [...person.flaggedPhones, phone] };

/**
 * What is said of a person, with numbers that were flagged as wrong taken off: SourceWhale may continue listing
 * them. The other numbers stay in their fields, so that it makes no difference which came first, list or flag.
 */
export function withoutFlaggedPhones(
  fields: Fields,
  { flaggedPhones }: PersonState,
  hash: (value: string) => string,
): Fields {
  const isFlagged = (value: FieldValue | undefined): boolean =>
    typeof value === 'string' && flaggedPhones.includes(phoneHash(hash, value));
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

export function flagOthers(draft: Draft): UpdateOperation[] {
  const vetoed = draft.matching.others.filter(({ isVetoed }) => isVetoed === true);
  return draft.input.events
    .filter(({ pending }) => !pending)
    .flatMap(({ event }) => vetoed.flatMap((record) => withoutFlagged(draft, event, record)));
}

function withoutFlagged(draft: Draft, event: PersonEvent, { kind, ref }: OtherRecord): UpdateOperation[] {
  if (event.type !== 'email.flagged' && event.type !== 'phone.flagged') return [];
  const key = recordKey({ kind, ref });
  const row = draft.matching.rows.get(key);
  const profile = draft.input.facts.profiles.get(key);
  const known = event.type === 'email.flagged' ? (profile ?? row) : profile;
  if (known === undefined) {
    draft.needs.push({ need: 'profile', kind, ref });
    return [];
  }
  const fields =
    event.type === 'email.flagged'
      ? addressFields(known, event.email)
      : Object.fromEntries(
          fieldsWithPhone(known, event.phone, event.record.country).map((field) => [field, '']),
        );
  const names = Object.keys(fields);
  if (names.length === 0) return [];
  const kept = 'EmailAddress' in fields ? { blanksAddress: true as const } : {};
  const credits = [{ eventId: event.id, operation: 'updated' as const, fields: names }];
  return [{ do: 'update', kind, ref, fields, sent: {}, marketing: {}, isVetoed: true, credits, ...kept }];
}

/** Of two addresses in one field one alone does not go. */
function addressFields({ EmailAddress: there }: FirefishRecord, address: string): Fields {
  const { addresses } = readAddresses(there ?? '');
  const isAll = addresses.length > 0 && addresses.every((one) => one === address);
  return isAll ? { EmailAddress: '' } : {};
}
