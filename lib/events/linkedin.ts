import { cut, removeInvisible } from '../text/visible.ts';

/** A person's profile: `/in/…`, or the old form `/pub/…`. Companies, schools and job pages are not persons. */
const PROFILE = /^\/(in|pub)\/((?!dir\/)[^/]+(?:\/[^/]+)*)/i;
const HOST = /(?:^|\.)linkedin\.com$/i;
const MAX_LENGTH = 1_000;

function asUrl(link: string): URL | undefined {
  const trimmed = cut(removeInvisible(link).trim(), MAX_LENGTH);
  return URL.parse(/^https?:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`) ?? undefined;
}

/**
 * `https://www.linkedin.com/in/name` for any spelling of that profile (country host, http, language and tracking behind
 * it). What follows `/in/` keeps its case: members' ids (`ACoAA…`) depend on it. A `/pub/` path stays whole, since only
 * LinkedIn knows which `/in/` it became.
 */
export function normaliseLinkedIn(link: string): string | undefined {
  const url = asUrl(link);
  if (url === undefined || !HOST.test(url.hostname)) return undefined;
  const [, kind = '', path = ''] = PROFILE.exec(url.pathname) ?? [];
  const profile = kind.toLowerCase() === 'in' ? path.split('/', 1).join('') : path;
  return profile === '' ? undefined : `https://www.linkedin.com/${kind.toLowerCase()}/${profile}`;
}

/** The first LinkedIn profile among the links, normalised. */
export function linkedInProfile(links: readonly string[]): string | undefined {
  return links.map(normaliseLinkedIn).find((profile) => profile !== undefined);
}
