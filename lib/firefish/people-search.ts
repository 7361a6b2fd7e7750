/** People by address and by e-mail domain: LIKE finds too much, so that what it finds is filtered exactly. */
import type { Kind } from '../events/event.ts';
import { emailDomain } from '../mapping/email-address.ts';
import { fold } from '../mapping/tidy.ts';
import { LIKE_CLASS_OPENER, MIN_SEARCH_CHARACTERS, PARAMETER, searchEndpoint } from './assumptions.ts';
import type { Calls } from './calls.ts';
import type { FirefishRecord } from './port.ts';
import { readRecord } from './rows.ts';
import { overAllTime, searchAll, type Search, type SearchDeps } from './search.ts';

export const peopleWith = (calls: Calls, kind: Kind, now: () => number): SearchDeps<FirefishRecord> => ({
  calls,
  endpoint: searchEndpoint(kind),
  row: readRecord,
  now,
});

const addressOf = (record: FirefishRecord): string => fold(record.EmailAddress ?? '');

/** What LIKE finds at least everything with: the longest part without a `[`, which would begin a character class. */
function searchable(text: string): string {
  const parts = text.split(LIKE_CLASS_OPENER);
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}

export async function searchByEmail(
  calls: Calls,
  now: () => number,
  kind: Kind,
  address: string,
): Promise<FirefishRecord[]> {
  const wanted = fold(address);
  const text = searchable(wanted);
  if (text.length < MIN_SEARCH_CHARACTERS) return [];
  const search = overAllTime({ [PARAMETER.email]: text }, now());
  const rows = await searchAll(peopleWith(calls, kind, now), search);
  return rows.filter((row) => addressOf(row) === wanted);
}

const domainSearch = (domain: string, now: number): Search =>
  overAllTime({ [PARAMETER.email]: `@${domain}` }, now);

const atDomain =
  (domain: string) =>
  (row: FirefishRecord): boolean =>
    addressOf(row).includes('@') && emailDomain(addressOf(row)) === domain;

export async function searchByDomain(
  calls: Calls,
  now: () => number,
  kind: Kind,
  domain: string,
): Promise<FirefishRecord[]> {
  const wanted = fold(domain);
  const rows = await searchAll(peopleWith(calls, kind, now), domainSearch(wanted, now()), beforeTheAt);
  return rows.filter(atDomain(wanted));
}

/** What may stand before the @ in an address as mail servers take it: RFC 5322's atom text, and dots. */
const LOCAL_CHARACTERS = Array.from("abcdefghijklmnopqrstuvwxyz0123456789.-_+'!#$&*/=?^`{|}~");
const MAX_NARROWINGS = 4;

/**
 * Within one day: by the character before the @, then by the one before that. Characters that the day's first
 * 1,000 rows show are asked for as well. A `_` may stand for any character (LIKE): that costs searches which
 * find what others have found, and a second `_` beside it could go on for ever. What remains: of more than
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
  const address = addressOf(row);
  const at = address.lastIndexOf(text);
  return at < 1 ? '' : (Array.from(address.slice(0, at)).at(-1) ?? '');
}
