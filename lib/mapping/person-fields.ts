/**
 * What one event says of a person, in Firefish's names: the table of docs/mapping.md. An absent key is "not said",
 * `''` means "cleared". A name, an e-mail address and a company are never blanked.
 */
import { defined } from '../defined.ts';
import type { Clearable, Kind, Person } from '../events/event.ts';
import { personAddress } from './addresses.ts';
import type { Fields } from './fields.ts';
import { sortPhones } from './phones.ts';

type Said = Record<string, string | undefined>;

/** As it is written: a cleared field is empty. */
const written = (said: Clearable<string> | undefined): string | undefined => (said === null ? '' : said);

function phones({ phones: texts, country }: Person, kind: Kind): Said {
  if (texts === undefined) return {};
  const names = kind === 'candidate' ? ['WorkNumber', 'HomeNumber'] : ['WorkNumber'];
  if (texts === null) {
    return { MobileNumber: '', ...Object.fromEntries(names.map((name) => [name, ''])) };
  }
  const { mobile, others } = sortPhones(texts, country ?? undefined);
  return {
    MobileNumber: mobile,
    ...Object.fromEntries(names.map((name, index) => [name, others[index]])),
  };
}

/** Fields that both kinds have. */
const sharedFields = (person: Person, kind: Kind): Said => ({
  FirstName: person.firstName,
  Surname: person.lastName,
  Title: written(person.title),
  JobTitle: written(person.role),
  ...phones(person, kind),
});

/**
 * Fields that only a candidate has. Nothing may go into `CandidateSummary`: the candidate sees it. Firefish's type of
 * `Skills` is unknown: one text, as recruiters type it.
 */
const candidateFields = (person: Person): Said => ({
  CurrentCompanyName: person.company,
  ...Object.fromEntries(
    Object.entries(personAddress(person)).map(([part, text]) => [`Address.${part}`, text]),
  ),
  LinkedIn: written(person.linkedIn),
  Skills: person.skills === null ? '' : person.skills?.join(', '),
  RecruiterSummary: written(person.summary),
  Source: person.source,
});

/**
 * What one event says of a person, for a record of this kind. Only what was said. Never `EmailAddress`, the
 * owner or a contact's company: those need more than one event to decide.
 */
export function personFields(kind: Kind, person: Person): Fields {
  const shared = sharedFields(person, kind);
  return defined(kind === 'candidate' ? { ...shared, ...candidateFields(person) } : shared);
}
