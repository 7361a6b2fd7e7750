/**
 * What one event says of a person, in Firefish's names: the table of docs/mapping.md. An absent key is "not
 * said", `''` means "cleared", which never blanks a name, an e-mail address or a company.
 */
import type { Kind, SourceWhalePerson } from '../events/event.ts';
import type { Fields } from './fields.ts';
import { personAddress } from './addresses.ts';
import { emailAddressesOf } from './email-address.ts';
import { linkedInProfile } from './linkedin.ts';
import { personName } from './names.ts';
import { sortPhones } from './phones.ts';
import { fold, tidy } from './tidy.ts';

export { normaliseEmail, emailDomain } from './email-address.ts';

type Said = Record<string, string | undefined>;

const onlySaid = (fields: Said): Fields =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );

/** A line that an empty one clears. */
const clearable = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : tidy(text);
/** A line that an empty one leaves as it is. */
const neverBlank = (text: string | undefined): string | undefined => tidy(text ?? '') || undefined;

/** What a list says: an empty one clears, one without anything of use says nothing. */
function listed(list: readonly string[] | undefined, read: (list: readonly string[]) => string | undefined) {
  if (list === undefined) return undefined;
  return list.length === 0 ? '' : read(list) || undefined;
}

/** Firefish's type of `Skills` is unknown: one text, as recruiters type it. */
function joinSkills(skills: readonly string[]): string {
  const unique = new Map<string, string>();
  for (const skill of skills.map(tidy)) {
    if (skill !== '' && !unique.has(fold(skill))) unique.set(fold(skill), skill);
  }
  return [...unique.values()].join(', ');
}

function phones({ phones: texts, country }: SourceWhalePerson, kind: Kind): Said {
  if (texts === undefined) return {};
  const names = kind === 'candidate' ? ['WorkNumber', 'HomeNumber'] : ['WorkNumber'];
  if (texts.length === 0) {
    return { MobileNumber: '', ...Object.fromEntries(names.map((name) => [name, ''])) };
  }
  const { mobile, others } = sortPhones(texts, country);
  return {
    MobileNumber: mobile,
    ...Object.fromEntries(names.map((name, index) => [name, others[index]])),
  };
}

/** Fields that both kinds have. */
function sharedFields(person: SourceWhalePerson, kind: Kind): Said {
  const { firstName, surname } = personName(person);
  return {
    FirstName: firstName,
    Surname: surname,
    Title: clearable(person.salutation),
    JobTitle: clearable(person.role),
    ...phones(person, kind),
  };
}

/** Fields that only a candidate has. Nothing may go into `CandidateSummary`: the candidate sees it. */
function candidateFields(person: SourceWhalePerson): Said {
  const address = personAddress(person);
  return {
    CurrentCompanyName: neverBlank(person.company),
    ...Object.fromEntries(Object.entries(address).map(([part, text]) => [`Address.${part}`, text])),
    LinkedIn: listed(person.socialLinks, linkedInProfile),
    Skills: listed(person.skills, joinSkills),
    RecruiterSummary: person.summary?.normalize('NFC').trim(),
    Source: neverBlank(person.source),
  };
}

/**
 * What one event says of a person, for a record of this kind. Only what was said. Never `EmailAddress`, the
 * owner or a contact's company: those need more than one event to decide, and are the sync's.
 */
export function personFields(kind: Kind, person: SourceWhalePerson): Fields {
  const shared = sharedFields(person, kind);
  return onlySaid(kind === 'candidate' ? { ...shared, ...candidateFields(person) } : shared);
}

/** The person's valid addresses, normalised, in their order, each once: the first is the primary one. */
export const emailAddresses = (person: SourceWhalePerson): string[] => emailAddressesOf(person.emails ?? []);
