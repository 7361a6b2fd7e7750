/** The query of a search: reads and checks it, and decides whether a record matches. */
import { badRequest } from '../answers.ts';
import { like } from './like.ts';
import type { Quirks } from '../quirks.ts';
import type { Collection, SimAction, SimRecord } from './records.ts';
import type { Switches } from '../switches.ts';

export const SEARCH_ROWS_AT_MOST = 1000;
/** Unknown of Firefish: the rows of a page without `page-size`. */
const USUAL_PAGE_SIZE = 100;
const SEVEN_DAYS_MS = 7 * 86_400_000;
const LAG_MS = 60_000;

const DATES = ['from-date', 'to-date'];
const PAGING = ['page', 'page-size'];
const RECORD_PARAMETERS = ['name', ...DATES, 'use-updated-dates', 'include-archived', ...PAGING];

const PARAMETERS: Record<Collection | 'actions', readonly string[]> = {
  candidates: ['email-address', ...RECORD_PARAMETERS],
  contacts: ['email-address', 'company-ref', ...RECORD_PARAMETERS],
  companies: RECORD_PARAMETERS,
  actions: ['candidate-ref', 'contact-ref', 'company-ref', ...DATES, ...PAGING],
};

const camelCase = (name: string): string =>
  name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

export interface Paging {
  /** From 1. */
  page: number;
  pageSize: number;
  /** Whether the query names either. */
  isAsked: boolean;
}

/** The query's values by their kebab-case names, which are not case-sensitive. @throws Refused (400) */
export class SearchQuery {
  readonly #values = new Map<string, string>();
  readonly #quirks: Quirks;

  constructor(
    searched: Collection | 'actions',
    query: URLSearchParams,
    quirks: Quirks,
    { unknownParameters }: Switches,
  ) {
    this.#quirks = quirks;
    const wireName = (known: string) => (quirks.queryIsCamelCase ? camelCase(known) : known).toLowerCase();
    const names = new Map(PARAMETERS[searched].map((known) => [wireName(known), known]));
    for (const [sent, value] of query) {
      const name = names.get(sent.toLowerCase());
      if (name !== undefined) this.#values.set(name, value);
      // By default, because a misspelt filter that is ignored finds everyone.
      else if (unknownParameters === 'refused') throw badRequest(`The parameter ${sent} is not known.`);
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  flag(name: string): boolean {
    const value = this.get(name)?.toLowerCase() ?? 'false';
    if (value !== 'true' && value !== 'false') throw badRequest(`${name} must be true or false.`);
    return value === 'true';
  }

  number(name: string, least: number): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (!/^\d+$/.test(value) || Number(value) < least) {
      throw badRequest(`${name} must be a whole number from ${least} on.`);
    }
    return Number(value);
  }

  /** The value as YYYY-MM-DD. */
  date(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const instant = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(instant) || !new Date(instant).toISOString().startsWith(value)) {
      throw badRequest(`${name} must be a date, YYYY-MM-DD.`);
    }
    return value;
  }

  /** Whether a text matches this parameter; `undefined` if the parameter is not there. */
  text(name: string): ((value: unknown) => boolean) | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    if (text.length < 2) throw badRequest(`${name} must have two characters at least.`);
    if (this.#quirks.searchIsExact) return (value) => value === text;
    const matches = like(text, { wildcards: !this.#quirks.wildcardsAreLiteral });
    return (value) => typeof value === 'string' && matches(value);
  }

  /** Whether an ISO instant lies within the dates, by default within the last seven days. Days are UTC's. */
  within(now: number): (instant: string) => boolean {
    const [from, to] = [this.date('from-date'), this.date('to-date')];
    if (from === undefined && to === undefined) {
      if (this.#quirks.noSevenDayDefault) return () => true;
      const since = new Date(now - SEVEN_DAYS_MS).toISOString();
      return (instant) => instant >= since;
    }
    const toExcluded = this.#quirks.toDateExcluded ?? false;
    return (instant) => {
      const day = instant.slice(0, 10);
      return (from ?? '') <= day && (to === undefined || day < to || (day === to && !toExcluded));
    };
  }

  paging(): Paging {
    const first = this.#quirks.pagesFromZero ? 0 : 1;
    const pageSize = this.number('page-size', 1) ?? USUAL_PAGE_SIZE;
    if (pageSize > SEARCH_ROWS_AT_MOST) throw badRequest(`page-size must be ${SEARCH_ROWS_AT_MOST} at most.`);
    const isAsked = this.#values.has('page') || this.#values.has('page-size');
    return { page: (this.number('page', first) ?? first) - first + 1, pageSize, isAsked };
  }
}

/** A company's name, or a person's first name and surname with a space between. */
const nameOf = (record: SimRecord): string =>
  [record['Name'], record['FirstName'], record['Surname']]
    .filter((name) => typeof name === 'string')
    .join(' ');

/** @throws Refused (400) */
export function matchingRecords(
  query: SearchQuery,
  now: number,
  quirks: Quirks,
): (record: SimRecord) => boolean {
  const email = query.text('email-address');
  const name = query.text('name');
  const companyRef = query.number('company-ref', 0);
  const dated = query.flag('use-updated-dates') ? 'Updated' : 'Created';
  const within = query.within(now);
  const archivedToo = query.flag('include-archived') || quirks.archivedAlwaysIncluded;
  const seenUntil = quirks.searchLagsBehind ? new Date(now - LAG_MS).toISOString() : undefined;
  return (record) =>
    (email === undefined || email(record['EmailAddress'])) &&
    (name === undefined || name(nameOf(record))) &&
    (companyRef === undefined || record['CompanyRef'] === companyRef) &&
    (archivedToo || !record.IsArchived) &&
    within(record[dated]) &&
    (seenUntil === undefined || record.Created <= seenUntil);
}

/** @throws Refused (400) */
export function matchingActions(query: SearchQuery, now: number): (action: SimAction) => boolean {
  const candidate = query.number('candidate-ref', 0);
  const contact = query.number('contact-ref', 0);
  const company = query.number('company-ref', 0);
  const within = query.within(now);
  return (action) =>
    (candidate === undefined || action.CandidateRef === candidate) &&
    (contact === undefined || action.ContactRef === contact) &&
    (company === undefined || action.CompanyRef === company) &&
    within(action.ActionDate);
}
