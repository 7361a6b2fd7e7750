/**
 * Searches that are complete, or say that they are not: Firefish answers at most 1,000 rows, in pages whose size it may
 * choose for itself, and never says that it has left something out. LIKE finds too much: of people, by address and by
 * e-mail domain, what it finds is filtered exactly.
 */
import { domainToUnicode } from 'node:url';
import { domainOf, readAddresses } from '../events/reading/addresses.ts';
import type { Kind } from '../events/event.ts';
import type { Urgency, Work } from '../events/urgency.ts';
import { fold } from '../text/visible.ts';
import * as assumed from './assumptions.ts';
import { readPage, readRecord, type SearchPage } from './exchange.ts';
import type { FirefishRecord, FoundRecords } from './port.ts';
import type { Caller } from './tenant-calls.ts';

const { PARAMETER } = assumed;

interface SearchDeps<Row> {
  calls: Caller;
  endpoint: assumed.Endpoint;
  row: (body: unknown) => Row;
}

/** What to search for, over these days (YYYY-MM-DD, both included). */
interface Search {
  query: Record<string, string>;
  /** What else to search for, as each of its calls leaves. */
  leaving?: () => Record<string, string>;
  from: string;
  to: string;
  /** See SearchOptions of the port. */
  exhaustive?: boolean;
}

const DAY_MS = 24 * 3_600_000;
/** A server's own page size is a round number: so many rows of a bare array may not be all. */
const MAY_BE_A_PAGE = new Set([10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750]);
const MAX_PAGES = 200;
/** An exhaustive search is read so often at most: what changes all the time is never read twice alike. */
const MAX_PASSES = 4;

/** From the beginning of time until tomorrow, since the day may have begun already where Firefish is. */
export const overAllTime = (query: Record<string, string>, now: number): Search => ({
  query: { ...query, [PARAMETER.archived]: 'true' },
  from: assumed.BEGINNING_OF_TIME,
  to: assumed.toDay(now + DAY_MS),
});

interface Found<Row> {
  rows: Row[];
  /** `false`: there may be more than this. */
  complete: boolean;
}

interface Pass<Row> extends Found<Row> {
  /** An exhaustive search need not be read again. */
  certain: boolean;
}

/**
 * One search, all its pages.
 * @param pagesAtMost asked after each page; a search that would need more is not complete
 */
async function searchOnce<Row extends { Ref: number }>(
  deps: SearchDeps<Row>,
  search: Search,
  pagesAtMost: () => number = () => MAX_PAGES,
): Promise<Found<Row>> {
  if (search.exhaustive !== true) return readPages(deps, search, pagesAtMost);
  const rows = new Map<number, Row>();
  let before: Pass<Row> | undefined;
  for (let passes = 0; passes < MAX_PASSES; passes += 1) {
    const pass = await readPages(deps, search, pagesAtMost);
    for (const row of pass.rows) rows.set(row.Ref, row);
    if (!pass.complete) break;
    const isSame = before?.rows.length === pass.rows.length && rows.size === pass.rows.length;
    if (pass.certain || isSame) return { rows: [...rows.values()], complete: true };
    before = pass;
  }
  return { rows: [...rows.values()], complete: false };
}

async function readPages<Row extends { Ref: number }>(
  deps: SearchDeps<Row>,
  search: Search,
  pagesAtMost: () => number,
): Promise<Pass<Row>> {
  const rows = new Map<number, Row>();
  const counts = new Set<number>();
  for (let number = 1; number <= MAX_PAGES; number += 1) {
    const before = rows.size;
    const page = await readOnePage(deps, search, number);
    for (const row of page.rows) rows.set(row.Ref, row);
    if (page.totalCount !== undefined) counts.add(page.totalCount);
    const capped = rows.size >= assumed.MAX_ROWS || (page.totalCount ?? 0) >= assumed.MAX_ROWS;
    const isEnd = page.rows.length === 0 || rows.size === before;
    if (capped || isEnd || (search.exhaustive !== true && isLast(page, number, rows.size))) {
      // While pages were read, a row that was deleted moves the next page's first one to where nobody looks.
      const atOnce = number <= 2 && !MAY_BE_A_PAGE.has(rows.size);
      const certain = counts.size === 0 ? atOnce : counts.size === 1 && counts.has(rows.size);
      return { rows: [...rows.values()], complete: !capped, certain };
    }
    if (number >= pagesAtMost()) break;
  }
  return { rows: [...rows.values()], complete: false, certain: false };
}

const readOnePage = <Row>(
  { calls, endpoint, row }: SearchDeps<Row>,
  { query, leaving, from, to }: Search,
  number: number,
): Promise<SearchPage<Row>> =>
  calls.do(
    {
      endpoint,
      query: () => ({
        ...{ ...query, ...leaving?.(), [PARAMETER.from]: from, [PARAMETER.to]: to },
        ...{ [PARAMETER.page]: String(number), [PARAMETER.pageSize]: String(assumed.MAX_ROWS) },
      }),
    },
    (body) => {
      const page = readPage(body);
      return { ...page, rows: page.rows.map(row) };
    },
  );

/** Whether one answer is believed to be the last. @param found rows so far */
function isLast(page: SearchPage, number: number, found: number): boolean {
  if (page.totalCount !== undefined || page.totalPages !== undefined) {
    return found >= (page.totalCount ?? 0) && number >= (page.totalPages ?? 0);
  }
  // A further page of a bare array is asked for only where this one looks as if it had been cut.
  return !MAY_BE_A_PAGE.has(page.rows.length);
}

/**
 * Every row, whatever their number: a search that reaches the cap is done again over halves of its days and,
 * where one day alone holds too many, with what `narrow` makes of it.
 * @param narrow answers searches that together find all that the given one does, or `undefined` where it can't;
 * `shown` is what the given one did show
 */
export async function searchAll<Row extends { Ref: number }>(
  deps: SearchDeps<Row>,
  search: Search,
  narrow: (search: Search, shown: readonly Row[]) => Search[] | undefined = () => undefined,
): Promise<Found<Row>> {
  const rows = new Map<number, Row>();
  let complete = true;
  const open = [search];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const found = await searchOnce(deps, next);
    for (const row of found.rows) rows.set(row.Ref, row);
    if (found.complete) continue;
    const parts = next.from < next.to ? halves(next) : narrow(next, found.rows);
    if (parts !== undefined) {
      open.push(...parts);
      continue;
    }
    // The rest of that day may show by the day of its last change: not for certain, since that may be unset.
    if (complete && next.exhaustive === true) {
      open.push({ ...search, query: { ...search.query, [PARAMETER.byUpdate]: 'true' } });
    }
    complete = false;
  }
  return { rows: [...rows.values()], complete };
}

/** Most records are young, yet halving is enough: a quarter of a century has under 10,000 days. */
function halves(search: Search): Search[] {
  const from = Date.parse(search.from);
  const days = Math.round((Date.parse(search.to) - from) / DAY_MS);
  const middle = from + Math.floor(days / 2) * DAY_MS;
  return [
    { ...search, to: assumed.toDay(middle) },
    { ...search, from: assumed.toDay(middle + DAY_MS) },
  ];
}

/** In comparison form, as what SourceWhale sends is read. */
export const addressesOf = (record: FirefishRecord): string[] =>
  readAddresses(record.EmailAddress ?? '').addresses;

/** By address what there is; `undefined` where one search does not show it all. */
type Shown = Map<string, FirefishRecord[]> | undefined;

/** Those who have asked for one domain and not been sent for yet; the call is as urgent as the most urgent of them. */
interface Party {
  addresses: Set<string>;
  works: Work[];
  found?: Promise<Shown>;
}

/**
 * Searches by address that wait in line at the same time share one call where they are of one e-mail domain. Which askers
 * a call serves is settled as it leaves, never earlier: each of them has asked before, and so has claimed the person
 * before Firefish looks. An answer from before that could miss a record that was made meanwhile.
 */
export class PeopleSearch {
  readonly #callsFor: (work: Work) => Caller;
  readonly #now: () => number;
  readonly #waiting = new Map<string, Party>();
  /** Domains, by kind, that one search can't show. */
  readonly #tooLarge = new Set<string>();

  constructor(callsFor: (work: Work) => Caller, now: () => number) {
    this.#callsFor = callsFor;
    this.#now = now;
  }

  /** Every record of the kind with exactly this address, archived ones included, over all time. */
  async byEmail(work: Work, kind: Kind, text: string, exhaustive = false): Promise<FoundRecords> {
    const address = fold(text);
    const domain = domainOf(address);
    const name = `${kind} ${domain}`;
    const isAlone =
      exhaustive ||
      address.includes(assumed.LIKE_CLASS_OPENER) ||
      spellingsOf(address).length > 1 ||
      this.#tooLarge.has(name);
    const shared = isAlone ? undefined : await this.#join(kind, domain, address, work);
    const records = shared?.get(address);
    if (records !== undefined) return records;
    const texts = spellingsOf(address)
      .map(searchable)
      .filter((part) => part.length >= assumed.MIN_SEARCH_CHARACTERS);
    const found = await this.#each(this.#deps(work, kind), texts, exhaustive);
    return thoseOf(found, (row) => addressesOf(row).includes(address));
  }

  async byDomain(work: Work, kind: Kind, domain: string, exhaustive = false): Promise<FoundRecords> {
    const wanted = fold(domain);
    const texts = spellingsOf(`@${wanted}`);
    const found = await this.#each(this.#deps(work, kind), texts, exhaustive, beforeTheAt);
    return thoseOf(found, (row) => addressesOf(row).some((address) => domainOf(address) === wanted));
  }

  #deps(work: Work, kind: Kind): SearchDeps<FirefishRecord> {
    return { calls: this.#callsFor(work), endpoint: assumed.searchEndpoint(kind), row: readRecord };
  }

  /** All rows that one of these searches finds, each once. */
  async #each(
    deps: SearchDeps<FirefishRecord>,
    texts: readonly string[],
    exhaustive: boolean,
    narrow?: typeof beforeTheAt,
  ): Promise<Found<FirefishRecord>> {
    const rows = new Map<number, FirefishRecord>();
    let complete = true;
    for (const text of texts) {
      const search = { ...overAllTime({ [PARAMETER.email]: text }, this.#now()), exhaustive };
      const found = await searchAll(deps, search, narrow);
      for (const row of found.rows) rows.set(row.Ref, row);
      complete &&= found.complete;
    }
    return { rows: [...rows.values()], complete };
  }

  #join(kind: Kind, domain: string, address: string, work: Work): Promise<Shown> {
    const name = `${kind} ${domain}`;
    const party = this.#waiting.get(name) ?? { addresses: new Set(), works: [] };
    party.addresses.add(address);
    party.works.push(work);
    this.#waiting.set(name, party);
    const close = (): void => {
      if (this.#waiting.get(name) === party) this.#waiting.delete(name);
    };
    // Closed afterwards where the call could not leave at all.
    return (party.found ??= this.#search(kind, domain, party, close).finally(close));
  }

  /** @param close called as the call leaves: who asks later is not served by it */
  async #search(kind: Kind, domain: string, { addresses, works }: Party, close: () => void): Promise<Shown> {
    const leaving = (): Record<string, string> => {
      close();
      const [first = '', ...others] = addresses;
      return { [PARAMETER.email]: others.length === 0 ? first : `@${domain}` };
    };
    const search = { ...overAllTime({}, this.#now()), leaving };
    const found = await searchOnce(this.#deps(mostUrgent(works), kind), search, () => addresses.size);
    if (!found.complete) {
      if (addresses.size > 1) this.#tooLarge.add(`${kind} ${domain}`);
      return undefined;
    }
    const having = (address: string): FirefishRecord[] =>
      found.rows.filter((row) => addressesOf(row).includes(address));
    return new Map([...addresses].map((address) => [address, having(address)]));
  }
}

const mostUrgent = (works: readonly Work[]): Work => ({
  get urgency() {
    return works.reduce<Urgency>((most, { urgency }) => (urgency < most ? urgency : most), 4);
  },
});

function thoseOf(
  { rows, complete }: Found<FirefishRecord>,
  isMeant: (row: FirefishRecord) => boolean,
): FoundRecords {
  const records: FoundRecords = rows.filter(isMeant);
  if (!complete) records.incomplete = true;
  return records;
}

/** With the spellings of its domain that Firefish may hold, which a search by substring does not take for one. */
function spellingsOf(text: string): string[] {
  const before = text.slice(0, text.lastIndexOf('@'));
  const domain = domainOf(text);
  const unicode = domainToUnicode(domain);
  return unicode === domain || unicode === '' ? [text] : [text, `${before}@${unicode}`];
}

/** What LIKE finds at least everything with: the longest part without a `[`, which would begin a character class. */
function searchable(text: string): string {
  const parts = text.split(assumed.LIKE_CLASS_OPENER);
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}

/** What may stand before the @ in an address as mail servers take it: RFC 5322's atom text, and dots. */
const LOCAL_CHARACTERS = Array.from("abcdefghijklmnopqrstuvwxyz0123456789.-_+'!#$&*/=?^`{|}~");
const MAX_NARROWINGS = 4;

/**
 * Within one day: by the character before the @, then by the one before that; also by those that the day's first 1,000
 * rows show. A `_` may stand for any character (LIKE): a second one beside it could continue forever. What remains: of
 * more than 1,000 people of one domain who were added on one day, those whose address has there a letter outside ASCII
 * that none of the 1,000 has, a `%`, or two `_`.
 */
function beforeTheAt(search: Search, shown: readonly FirefishRecord[]): Search[] | undefined {
  const text = search.query[PARAMETER.email] ?? '';
  if (text.indexOf('@') >= MAX_NARROWINGS) return undefined;
  const characters = new Set([...LOCAL_CHARACTERS, ...shown.map((row) => characterBefore(text, row))]);
  for (const unhelpful of ['_', '%', assumed.LIKE_CLASS_OPENER, '']) {
    if (text.startsWith('_') || unhelpful !== '_') characters.delete(unhelpful);
  }
  return [...characters].map((character) => ({
    ...search,
    query: { ...search.query, [PARAMETER.email]: character + text },
  }));
}

/** Of the field as it is, which may hold an address in a damaged spelling, or several. */
function characterBefore(text: string, { EmailAddress }: FirefishRecord): string {
  const field = fold(EmailAddress ?? '');
  const at = field.lastIndexOf(text);
  return at < 1 ? '' : (Array.from(field.slice(0, at)).at(-1) ?? '');
}
