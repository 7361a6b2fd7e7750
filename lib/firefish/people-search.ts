/**
 * People by address and by e-mail domain: LIKE finds too much, so that what it finds is filtered exactly. Searches by
 * address that wait in line at the same time share one call where they are of one e-mail domain.
 *
 * Which askers a call serves is settled as it leaves, never earlier: each of them has asked before, and so has claimed
 * the person before Firefish looks. An answer from before that could miss a record that was made meanwhile.
 */
import { domainToUnicode } from 'node:url';
import { domainOf, readAddresses } from '../events/addresses.ts';
import type { Kind } from '../events/event.ts';
import type { Urgency, Work } from '../events/urgency.ts';
import { fold } from '../text/visible.ts';
import { LIKE_CLASS_OPENER, MIN_SEARCH_CHARACTERS, PARAMETER, searchEndpoint } from './assumptions.ts';
import type { FirefishRecord, FoundRecords } from './port.ts';
import { readRecord } from './exchange.ts';
import { overAllTime, searchAll, searchOnce, type Found, type Search, type SearchDeps } from './search.ts';
import type { Caller } from './tenant-calls.ts';

/** In comparison form, as what SourceWhale sends is read. */
export const addressesOf = (record: FirefishRecord): string[] =>
  readAddresses(record.EmailAddress ?? '').addresses;

/** Those who have asked for one domain and not been sent for yet; the call is as urgent as the most urgent of them. */
interface Party {
  addresses: Set<string>;
  works: Work[];
  found: Promise<Map<string, FirefishRecord[]> | undefined>;
}

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
      domain === address ||
      address.includes(LIKE_CLASS_OPENER) ||
      spellingsOf(address).length > 1 ||
      this.#tooLarge.has(name);
    const shared = isAlone ? undefined : await this.#join(kind, domain, address, work);
    const records = shared?.get(address);
    if (records !== undefined) return records;
    const texts = spellingsOf(address)
      .map(searchable)
      .filter((part) => part.length >= MIN_SEARCH_CHARACTERS);
    const found = await this.#each(texts, (query) =>
      searchAll(this.#deps(work, kind), { ...this.#overAllTime(query), exhaustive }),
    );
    return thoseOf(found, (row) => addressesOf(row).includes(address));
  }

  async byDomain(work: Work, kind: Kind, domain: string, exhaustive = false): Promise<FoundRecords> {
    const wanted = fold(domain);
    const found = await this.#each(spellingsOf(`@${wanted}`), (query) =>
      searchAll(this.#deps(work, kind), { ...this.#overAllTime(query), exhaustive }, beforeTheAt),
    );
    return thoseOf(found, (row) => addressesOf(row).some((address) => domainOf(address) === wanted));
  }

  #deps(work: Work, kind: Kind): SearchDeps<FirefishRecord> {
    return { calls: this.#callsFor(work), endpoint: searchEndpoint(kind), row: readRecord };
  }

  #overAllTime(query: Record<string, string>): Search {
    return overAllTime(query, this.#now());
  }

  /** All rows that one of these searches finds, each once. */
  async #each(
    texts: readonly string[],
    search: (query: Record<string, string>) => Promise<Found<FirefishRecord>>,
  ): Promise<Found<FirefishRecord>> {
    const rows = new Map<number, FirefishRecord>();
    let complete = true;
    for (const text of texts) {
      const found = await search({ [PARAMETER.email]: text });
      for (const row of found.rows) rows.set(row.Ref, row);
      complete &&= found.complete;
    }
    return { rows: [...rows.values()], complete };
  }

  async #join(kind: Kind, domain: string, address: string, work: Work): Promise<Awaited<Party['found']>> {
    const name = `${kind} ${domain}`;
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) {
      waiting.addresses.add(address);
      waiting.works.push(work);
      return waiting.found;
    }
    const [addresses, works] = [new Set([address]), [work]];
    const found = this.#search(kind, domain, addresses, works);
    this.#waiting.set(name, { addresses, works, found });
    try {
      return await found;
    } finally {
      // Where the call could not leave at all.
      if (this.#waiting.get(name)?.found === found) this.#waiting.delete(name);
    }
  }

  /** By address what there is; `undefined` where one search does not show it all. */
  async #search(
    kind: Kind,
    domain: string,
    addresses: Set<string>,
    works: readonly Work[],
  ): Promise<Awaited<Party['found']>> {
    const name = `${kind} ${domain}`;
    const leaving = (): Record<string, string> => {
      if (this.#waiting.get(name)?.addresses === addresses) this.#waiting.delete(name);
      const [first = '', ...others] = addresses;
      return { [PARAMETER.email]: others.length === 0 ? first : `@${domain}` };
    };
    const search = { ...this.#overAllTime({}), leaving };
    const found = await searchOnce(this.#deps(mostUrgent(works), kind), search, () => addresses.size);
    if (!found.complete) {
      if (addresses.size > 1) this.#tooLarge.add(name);
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
  const parts = text.split(LIKE_CLASS_OPENER);
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
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

/** Of the field as it is, which may hold an address in a damaged spelling, or several. */
function characterBefore(text: string, { EmailAddress }: FirefishRecord): string {
  const field = fold(EmailAddress ?? '');
  const at = field.lastIndexOf(text);
  return at < 1 ? '' : (Array.from(field.slice(0, at)).at(-1) ?? '');
}
