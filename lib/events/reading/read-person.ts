/** Reads `record`: the person that an event is about. */
import { defined } from '../../defined.ts';
import { exactCompanyName, isNoCompany } from '../../names/company-name.ts';
import { decodeEntities } from '../../text/entities.ts';
import { fold, tidy, tidyLines } from '../../text/visible.ts';
import { readAddresses } from './addresses.ts';
import { type Clearable, KINDS, type Kind, type NamedPerson, type Person, type PersonIds } from '../event.ts';
import { linkedInProfile, normaliseLinkedIn } from './linkedin.ts';
import { readName, type ReadName } from './names.ts';
import { MAX_PHONE_LENGTH, phoneTexts } from './phone-texts.ts';
import {
  type ListItem,
  MAX_LINE,
  MAX_LIST,
  MAX_TEXT,
  type Raw,
  type Reading,
  textOf,
  member,
} from './reading.ts';
import { RECORD_FIELDS, type RecordUse, USED_FIELDS } from './record-fields.ts';

const PATH = 'record';
const UNREADABLE = 'is not a readable e-mail address, and was dropped';

interface SaidAddresses {
  addresses: string[];
  cleared: boolean;
  /** Paths of what could not be read. */
  unreadable: string[];
}

/** `emails`, then `email`. An unreadable address does not cause a rejection as long as another one is readable. */
function saidAddresses(reading: Reading, raw: Raw): SaidAddresses {
  const unreadable: string[] = [];
  const skip = (path: string): void => void unreadable.push(path);
  const listed = reading.list(raw, 'emails', PATH, skip);
  const single = reading.list(raw, 'email', PATH, skip);
  const items = [...(listed ?? []), ...(single ?? [])];
  const addresses = new Set<string>();
  for (const { path, text } of items) {
    const read = readAddresses(text);
    for (const address of read.addresses) addresses.add(address);
    if (read.unreadable.length > 0) unreadable.push(path);
  }
  if (addresses.size > MAX_LIST)
    reading.warn(`${PATH}.emails`, `has more than ${MAX_LIST} addresses: the rest was cut`);
  return {
    addresses: [...addresses].slice(0, MAX_LIST),
    cleared: items.length === 0 && unreadable.length === 0 && (listed === null || single === null),
    unreadable,
  };
}

function readKind(reading: Reading, raw: Raw, isNeeded: boolean): Kind | undefined {
  const value = member(raw, 'kind');
  const word = fold(reading.whole(value, `${PATH}.kind`) ?? '');
  const kind = KINDS.find((one) => one === word);
  if (kind !== undefined || (value === undefined && !isNeeded)) return kind;
  const message = `must be one of ${KINDS.join(', ')}`;
  if (isNeeded) reading.error(`${PATH}.kind`, value === undefined ? `is missing: ${message}` : message);
  else reading.warn(`${PATH}.kind`, `${message}; it was ignored`);
  return undefined;
}

/** @param otherAddress whether the event names the person by an address elsewhere */
function readIds(
  reading: Reading,
  raw: Raw,
  otherAddress: boolean,
  needsKind: boolean,
): PersonIds & { emailsCleared?: true } {
  const before = reading.errors.length;
  const candidateId = reading.id(raw, 'candidateId', PATH);
  const hasWrongId = reading.errors.length > before;
  const kind = readKind(reading, raw, needsKind);
  const { addresses, cleared, unreadable } = saidAddresses(reading, raw);
  const isNobody = candidateId === undefined && addresses.length === 0 && !otherAddress;
  if (isNobody && !hasWrongId) {
    const needed = 'the event needs a candidateId or a readable e-mail address';
    if (unreadable.length === 0) reading.error(`${PATH}.candidateId`, `is missing: ${needed}`);
    for (const path of unreadable) reading.error(path, `is not a readable e-mail address; ${needed}`);
  } else {
    for (const path of unreadable) reading.warn(path, UNREADABLE);
  }
  return { ...defined({ candidateId, kind }), emails: addresses, ...(cleared && { emailsCleared: true }) };
}

function saidName(reading: Reading, raw: Raw): ReadName {
  const said = (name: string): string | undefined => reading.text(raw, name, PATH, MAX_LINE);
  const [name, unparsed] = [said('name'), said('unparsedName')];
  const halves = { firstName: said('firstName'), lastName: said('lastName') };
  const read = readName({ ...halves, name });
  const isComplete = unparsed === undefined || (read.firstName !== undefined && read.surname !== undefined);
  const saysName = !isComplete && name !== undefined && Object.keys(readName({ name })).length > 0;
  return isComplete || saysName ? read : readName({ ...halves, name: unparsed });
}

const nameOf = ({ firstName, surname, oneWord }: ReadName): Omit<NamedPerson, keyof PersonIds> =>
  defined({ firstName, lastName: surname, oneWordName: oneWord });

function companyOf(reading: Reading, raw: Raw): string | undefined {
  const names = ['company', 'unparsedCompany'].map((name) => reading.text(raw, name, PATH, MAX_LINE));
  return names
    .filter((name) => name !== undefined)
    .map(exactCompanyName)
    .find((name) => name !== '' && !isNoCompany(name));
}

/** Two fields of one meaning, as one list: the list, and one more entry. */
function joinLists(
  list: Clearable<ListItem[]> | undefined,
  one: Clearable<ListItem[]> | undefined,
): Clearable<ListItem[]> | undefined {
  const items = [...(list ?? []), ...(one ?? [])];
  return items.length > 0 ? items : list === undefined ? one : list;
}

function phonesOf(reading: Reading, raw: Raw): Clearable<string[]> | undefined {
  const items = joinLists(reading.list(raw, 'phones', PATH), reading.list(raw, 'phone', PATH));
  if (items === undefined || items === null) return items;
  const phones = items.flatMap(({ path, text }) => {
    const numbers = phoneTexts(text).filter((number) => number.length <= MAX_PHONE_LENGTH);
    if (numbers.length === 0) reading.warn(path, 'is not a telephone number, and was dropped');
    return numbers;
  });
  return phones.length === 0 ? undefined : phones;
}

function linkedInOf(reading: Reading, raw: Raw): Clearable<string> | undefined {
  const own = reading.list(raw, 'linkedinUrl', PATH);
  for (const { path, text } of own ?? []) {
    if (normaliseLinkedIn(text) === undefined)
      reading.warn(path, 'is not a LinkedIn profile, and was dropped');
  }
  const links = joinLists(reading.list(raw, 'socialLinks', PATH), own);
  if (links === undefined || links === null) return links;
  return linkedInProfile(links.map(({ text }) => text));
}

function skillsOf(reading: Reading, raw: Raw): Clearable<string[]> | undefined {
  const items = reading.list(raw, 'skills', PATH);
  if (items === undefined || items === null) return items;
  const unique = new Map(
    items
      .map(({ text }) => tidy(decodeEntities(text)))
      .filter(Boolean)
      .reverse()
      .map((skill) => [fold(skill), skill]),
  );
  return unique.size === 0 ? undefined : [...unique.values()].reverse();
}

function summaryOf(reading: Reading, raw: Raw): Clearable<string> | undefined {
  const text = reading.text(raw, 'summary', PATH, MAX_TEXT);
  return text === undefined ? undefined : tidyLines(text) || null;
}

const LINES = ['role', 'location', 'city', 'state', 'postcode', 'country'] as const;

/** Members that the type does not use: never a reason to reject, at most a warning. */
function warnOfIgnored(reading: Reading, raw: Raw, use: RecordUse): void {
  for (const [name, form] of Object.entries(RECORD_FIELDS)) {
    const value = member(raw, name);
    if (value === undefined || form === 'other' || USED_FIELDS[use].has(name)) continue;
    const path = `${PATH}.${name}`;
    const text = textOf(value);
    if (text !== undefined) {
      const max = form === 'text' ? MAX_TEXT : MAX_LINE;
      if (text.length > max) reading.warn(path, `is longer than ${max.toLocaleString('en-US')} characters`);
    } else if (form !== 'list') reading.warn(path, 'is not a text, and was ignored');
    else if (!Array.isArray(value) || !value.every((one) => one === null || textOf(one) !== undefined)) {
      reading.warn(path, 'is not a list of texts, and was ignored');
    }
  }
}

export function readPersonIds(reading: Reading, raw: Raw, otherAddress: boolean): PersonIds {
  const { emailsCleared: _, ...ids } = readIds(reading, raw, otherAddress, false);
  warnOfIgnored(reading, raw, 'ids');
  return ids;
}

export function readNamedPerson(reading: Reading, raw: Raw): NamedPerson {
  const { emailsCleared: _, ...ids } = readIds(reading, raw, false, false);
  const name = nameOf(saidName(reading, raw));
  warnOfIgnored(reading, raw, 'named');
  return { ...ids, ...name };
}

/** The person of a `phone.flagged`. Its country is the one of national numbers. */
export function readPhoneOwner(reading: Reading, raw: Raw): PersonIds & { country?: string } {
  const { emailsCleared: _, ...ids } = readIds(reading, raw, false, false);
  const country = reading.whole(member(raw, 'country'), `${PATH}.country`);
  warnOfIgnored(reading, raw, 'phone');
  return { ...ids, ...(country !== undefined && { country: tidy(country) }) };
}

/** `undefined` if the kind is missing, which is an error by then. */
export function readPerson(reading: Reading, raw: Raw): Person | undefined {
  const { kind, ...ids } = readIds(reading, raw, false, true);
  const name = saidName(reading, raw);
  const lines = Object.fromEntries(LINES.map((field) => [field, reading.fact(raw, field, PATH)])) as Record<
    (typeof LINES)[number],
    Clearable<string> | undefined
  >;
  const salutation = reading.fact(raw, 'salutation', PATH);
  const fields = {
    // A `salutation` wins over the title in the name.
    title: salutation ?? name.title ?? salutation,
    company: companyOf(reading, raw),
    phones: phonesOf(reading, raw),
    linkedIn: linkedInOf(reading, raw),
    ...lines,
    summary: summaryOf(reading, raw),
    skills: skillsOf(reading, raw),
    source: reading.fact(raw, 'source', PATH) ?? undefined,
  };
  warnOfIgnored(reading, raw, 'person');
  return kind === undefined ? undefined : { ...ids, kind, ...nameOf(name), ...defined(fields) };
}
