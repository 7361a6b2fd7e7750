/**
 * Searches that are complete or fail: Firefish answers at most 1,000 rows, in pages whose size it may choose
 * for itself, and never says that it has left something out.
 */
import { BEGINNING_OF_TIME, MAX_ROWS, PARAMETER, toDay, type Endpoint } from './assumptions.ts';
import type { Calls } from './calls.ts';
import { UnavailableError } from './errors.ts';
import { readPage, type SearchPage } from './rows.ts';

export interface SearchDeps<Row> {
  calls: Calls;
  endpoint: Endpoint;
  row: (body: unknown) => Row;
  /** Epoch milliseconds. */
  now: () => number;
}

/** What to search for, over these days (YYYY-MM-DD, both included). */
export interface Search {
  query: Record<string, string>;
  /** What else to search for, as each of its calls leaves. */
  leaving?: () => Record<string, string>;
  from: string;
  to: string;
}

const DAY_MS = 24 * 3_600_000;
/** A server's own page size is a round number: so many rows of a bare array may not be all. */
const MAY_BE_A_PAGE = new Set([10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750]);
const MAX_PAGES = 200;

/** From the beginning of time until tomorrow, since the day may have begun already where Firefish is. */
export const overAllTime = (query: Record<string, string>, now: number): Search => ({
  query: { ...query, [PARAMETER.archived]: 'true' },
  from: BEGINNING_OF_TIME,
  to: toDay(now + DAY_MS),
});

export interface Found<Row> {
  rows: Row[];
  /** `false`: the search has reached the cap, so that there may be more than it can show. */
  complete: boolean;
}

/**
 * One search, all its pages.
 * @param pagesAtMost asked after each page; a search that would need more is not complete
 */
export async function searchOnce<Row extends { Ref: number }>(
  deps: SearchDeps<Row>,
  { query, leaving, from, to }: Search,
  pagesAtMost?: () => number,
): Promise<Found<Row>> {
  const rows = new Map<number, Row>();
  for (let number = 1; number <= MAX_PAGES; number += 1) {
    const before = rows.size;
    const page = await deps.calls.do(
      {
        endpoint: deps.endpoint,
        query: () => ({
          ...query,
          ...leaving?.(),
          [PARAMETER.from]: from,
          [PARAMETER.to]: to,
          [PARAMETER.page]: String(number),
          [PARAMETER.pageSize]: String(MAX_ROWS),
        }),
      },
      (body) => {
        const found = readPage(body);
        return { ...found, rows: found.rows.map(deps.row) };
      },
    );
    for (const row of page.rows) rows.set(row.Ref, row);
    const capped = rows.size >= MAX_ROWS || (page.totalCount ?? 0) >= MAX_ROWS;
    if (capped || isLast(page, number, rows.size, rows.size - before)) {
      return { rows: [...rows.values()], complete: !capped };
    }
    if (pagesAtMost !== undefined && number >= pagesAtMost()) break;
  }
  if (pagesAtMost !== undefined) return { rows: [...rows.values()], complete: false };
  throw new UnavailableError('the search did not come to an end', { endpoint: deps.endpoint.name });
}

/** @param found rows so far; @param added rows that this page has added to them */
function isLast(page: SearchPage, number: number, found: number, added: number): boolean {
  if (page.rows.length === 0 || added === 0) return true;
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
 * @throws UnavailableError where that does not end: part of the rows would look like all of them
 */
export async function searchAll<Row extends { Ref: number }>(
  deps: SearchDeps<Row>,
  search: Search,
  narrow: (search: Search, shown: readonly Row[]) => Search[] | undefined = () => undefined,
): Promise<Row[]> {
  const rows = new Map<number, Row>();
  const open = [search];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const found = await searchOnce(deps, next);
    for (const row of found.rows) rows.set(row.Ref, row);
    if (found.complete) continue;
    const parts = next.from < next.to ? halves(next) : narrow(next, found.rows);
    if (parts === undefined) {
      throw new UnavailableError('more rows than a search can show', { endpoint: deps.endpoint.name });
    }
    open.push(...parts);
  }
  return [...rows.values()];
}

/** Most records are young, yet halving is enough: a quarter of a century has under 10,000 days. */
function halves(search: Search): Search[] {
  const from = Date.parse(search.from);
  const days = Math.round((Date.parse(search.to) - from) / DAY_MS);
  const middle = from + Math.floor(days / 2) * DAY_MS;
  return [
    { ...search, to: toDay(middle) },
    { ...search, from: toDay(middle + DAY_MS) },
  ];
}
