/**
 * The expected fields of a person, computed in a simple way for the spellings of the samples. The demo checks the
 * mapping, so it must not use it.
 */
import type { Kind, SamplePerson } from './samples.ts';
import { folded, text, type Row } from './firefish-state.ts';

/** Expected values by Firefish's field names; numbers as bare digits, the profile by its last part. */
export type Sayings = Record<string, string>;

const tidy = (value = ''): string => value.replace(/\s+/g, ' ').trim();

function names({ name, firstName, lastName }: SamplePerson): Sayings {
  if (name === undefined) return { FirstName: tidy(firstName), Surname: tidy(lastName) };
  const [before = '', after] = name.split(',');
  if (after !== undefined) return { FirstName: tidy(after), Surname: tidy(before) };
  const cut = tidy(name).lastIndexOf(' ');
  return { FirstName: tidy(name).slice(0, cut), Surname: tidy(name).slice(cut + 1) };
}

/**
 * The samples have international numbers and British national ones. A national 07… is also a valid German number, and
 * counts as one if the person's country is Germany.
 */
function digits(number: string, country = ''): string {
  const bare = number.replace(/\D/g, '');
  if (number.startsWith('+')) return bare;
  if (bare.startsWith('00')) return bare.slice(2);
  const code = country === 'Germany' && bare.startsWith('07') ? '49' : '44';
  return bare.startsWith('0') ? `${code}${bare.slice(1)}` : bare;
}

function phones({ phones: numbers = [], country }: SamplePerson): Sayings {
  const read = [
    ...new Set(numbers.map((number) => digits(number, country)).filter((number) => number !== '')),
  ];
  const mobile = read.find((number) => number.startsWith('447'));
  // "ext. 42" cannot be dialled, so other numbers have priority.
  const others = read
    .filter((number) => number !== mobile)
    .sort((a, b) => Number(a.length < 5) - Number(b.length < 5));
  return { MobileNumber: mobile ?? '', WorkNumber: others[0] ?? '', HomeNumber: others[1] ?? '' };
}

function address({ location, city, state, postcode, country }: SamplePerson): Sayings {
  const [town, land] = (location ?? '').split(',');
  return {
    'Address.Town': tidy(city ?? town),
    'Address.County': tidy(state),
    'Address.PostCode': tidy(postcode),
    'Address.Country': tidy(country ?? land),
  };
}

const profileName = (link: string): string | undefined =>
  /linkedin\.com\/(?:in|pub)\/([^/?#]+)/i.exec(link)?.[1];

function candidateOnly(person: SamplePerson): Sayings {
  return {
    ...address(person),
    CurrentCompanyName: tidy(person.company),
    LinkedIn: person.socialLinks?.map(profileName).find((name) => name !== undefined) ?? '',
    Skills: person.skills?.join(', ') ?? '',
  };
}

/**
 * The values of this event for a record of the kind. The samples clear nothing, so an empty value counts as not sent.
 */
export function sayingsOf(kind: Kind, person: SamplePerson): Sayings {
  const said: Sayings = {
    ...names(person),
    JobTitle: tidy(person.role),
    ...phones(person),
    ...(kind === 'candidate' ? candidateOnly(person) : { CompanyName: tidy(person.company) }),
  };
  if (kind === 'contact') delete said.HomeNumber;
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ''));
}

function valueIn(row: Row, field: string): unknown {
  const [whole = field, part] = field.split('.');
  const value = row[whole];
  return part === undefined ? value : (value as Record<string, unknown> | null | undefined)?.[part];
}

/** Whether the record has the value, in any form. */
export function holds(row: Row, field: string, said: string): boolean {
  const there = text(valueIn(row, field));
  if (field.endsWith('Number')) return digits(there) === said;
  if (field === 'LinkedIn') {
    return there.startsWith('https://www.linkedin.com/') && folded(profileName(there)) === folded(said);
  }
  return there === said;
}
