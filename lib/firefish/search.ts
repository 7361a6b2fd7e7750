/**
 * Searches that are complete, or say that they are not: Firefish answers at most 1,000 rows, in pages whose size it may
 * choose for itself, and never says that it has left something out.
 */
import { BEGINNING_OF_TIME, MAX_ROWS, PARAMETER, toDay, type Endpoint } from './assumptions.ts';
import { readPage, type SearchPage } from './exchange.ts';
import type { Caller } from './tenant-calls.ts';

export interface SearchDeps<Row> {
  calls: Caller;
  endpoint: Endpoint;
  row: (body: unknown) => Row;
}

/** What to search for, over these days (YYYY-MM-DD, both included). */
export interface Search {
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
  from: BEGINNING_OF_TIME,
  to: toDay(now + DAY_MS),
});

export interface Found<Row> {
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
export async function searchOnce<Row extends { Ref: number }>(
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
    const capped = rows.size >= MAX_ROWS || (page.totalCount ?? 0) >= MAX_ROWS;
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
        ...{ [PARAMETER.page]: String(number), [PARAMETER.pageSize]: String(MAX_ROWS) },
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
    { ...search, to: toDay(middle) },
    { ...search, from: toDay(middle + DAY_MS) },
  ];
}
