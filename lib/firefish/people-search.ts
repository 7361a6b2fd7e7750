/** People by address and by e-mail domain: LIKE finds too much, so that what it finds is filtered exactly. */
import type { Kind } from '../events/event.ts';
import { domainToUnicode } from 'node:url';
import { domainOf, readAddresses } from '../events/addresses.ts';
import { fold } from '../text/visible.ts';
import { LIKE_CLASS_OPENER, MIN_SEARCH_CHARACTERS, PARAMETER, searchEndpoint } from './assumptions.ts';
import type { FirefishRecord, FoundRecords } from './port.ts';
import { readRecord } from './rows.ts';
import { overAllTime, searchAll, type Caller, type Found, type Search, type SearchDeps } from './search.ts';

export const peopleWith = (calls: Caller, kind: Kind, now: () => number): SearchDeps<FirefishRecord> => ({
  calls,
  endpoint: searchEndpoint(kind),
  row: readRecord,
  now,
});

/** The text of the field, for narrowing a search; it may hold an address in a damaged spelling, or several. */
const textOf = (record: FirefishRecord): string => fold(record.EmailAddress ?? '');

/** In comparison form, as what SourceWhale sends is read. */
export const addressesOf = (record: FirefishRecord): string[] =>
  readAddresses(record.EmailAddress ?? '').addresses;

/** The spellings of the domain that Firefish may hold, which a search by substring does not take for one. */
export function spellingsOf(text: string): string[] {
  const before = text.slice(0, text.lastIndexOf('@'));
  const domain = domainOf(text);
  const unicode = domainToUnicode(domain);
  return unicode === domain || unicode === '' ? [text] : [text, `${before}@${unicode}`];
}

/** All rows that one of these searches finds, each once. */
async function searchEach(
  texts: readonly string[],
  search: (text: string) => Promise<Found<FirefishRecord>>,
): Promise<Found<FirefishRecord>> {
  const rows = new Map<number, FirefishRecord>();
  let complete = true;
  for (const text of texts) {
    const found = await search(text);
    for (const row of found.rows) rows.set(row.Ref, row);
    complete &&= found.complete;
  }
  return { rows: [...rows.values()], complete };
}

/** What LIKE finds at least everything with: the longest part without a `[`, which would begin a character class. */
function searchable(text: string): string {
  const parts = text.split(LIKE_CLASS_OPENER);
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}

export async function searchByEmail(
  calls: Caller,
  now: () => number,
  kind: Kind,
  address: string,
  exhaustive = false,
): Promise<FoundRecords> {
  const wanted = fold(address);
  const texts = spellingsOf(wanted)
    .map(searchable)
    .filter((text) => text.length >= MIN_SEARCH_CHARACTERS);
  const found = await searchEach(texts, (text) => {
    const search = { ...overAllTime({ [PARAMETER.email]: text }, now()), exhaustive };
    return searchAll(peopleWith(calls, kind, now), search);
  });
  return thoseOf(found, (row) => addressesOf(row).includes(wanted));
}

function thoseOf(
  { rows, complete }: Found<FirefishRecord>,
  isMeant: (row: FirefishRecord) => boolean,
): FoundRecords {
  const records: FoundRecords = rows.filter(isMeant);
  if (!complete) records.incomplete = true;
  return records;
}

const atDomain =
  (domain: string) =>
  (row: FirefishRecord): boolean =>
    addressesOf(row).some((address) => domainOf(address) === domain);

export async function searchByDomain(
  calls: Caller,
  now: () => number,
  kind: Kind,
  domain: string,
  exhaustive = false,
): Promise<FoundRecords> {
  const wanted = fold(domain);
  const found = await searchEach(spellingsOf(`@${wanted}`), (text) => {
    const search = { ...overAllTime({ [PARAMETER.email]: text }, now()), exhaustive };
    return searchAll(peopleWith(calls, kind, now), search, beforeTheAt);
  });
  return thoseOf(found, atDomain(wanted));
}

/** What may stand before the @ in an address as mail servers take it: RFC 5322's atom text, and dots. */
const LOCAL_CHARACTERS = Array.from("abcdefghijklmnopqrstuvwxyz0123456789.-_+'!#$&*/=?^`{|}~");
const MAX_NARROWINGS = 4;

/**
 * Within one day: by the character before the @, then by the one before that. Characters that the day's first
 * 1,000 rows show are asked for as well. A `_` may stand for any character (LIKE): that costs searches which
 * find what others have found, and a second `_` beside it could continue forever. What remains: of more than
 * 1,000 people of one domain who were added on one day, those whose address has there a letter outside ASCII
 * that none of the 1,000 has, a `%`, or two `_`.
 */
function beforeTheAt(search: Search, shown: readonly FirefishRecord[]): Search[] | undefined {
  const text = search.query[PARAMETER.email] ?? '';
  if (text.indexOf('@') >= MAX_NARROWINGS) return undefined;
  const characters = new Set([...LOCAL_CHARACTERS, ...shown.map((row) => characterBefore(text, row))]);
  for (const unhelpful of ['_', '%', LIKE_CLASS_OPENER, '']) {
    if (text.startsWith('_') || unhelpful !== '_') characters.delete(unhelpful);
  }
  return [...characters].map((character) => ({
    ...search,
    query: { ...search.query, [PARAMETER.email]: character + text },
  }));
}

function characterBefore(text: string, row: FirefishRecord): string {
  const address = textOf(row);
  const at = address.lastIndexOf(text);
  return at < 1 ? '' : (Array.from(address.slice(0, at)).at(-1) ?? '');
}
