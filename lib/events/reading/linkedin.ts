import { cut, removeInvisible } from '../../text/visible.ts';

/** A link to LinkedIn in a text, as far as a link goes: `LinkedIn: https://www.linkedin.com/in/name, …`. */
const LINK = /(?<=^|[\s"'(<:]|\/\/)(?:[a-z0-9-]+\.)*linkedin\.com(?::\d+)?\/[^\s,;|&"'<>()]*/i;
/** A person's profile: `/in/…`, or the old form `/pub/…`. Companies, schools and job pages are not persons. */
const PROFILE = /^\/+(?:(?:mwlite|comm)\/(?:profile\/)?)?(in|pub)\/((?!dir\/)[^/]+(?:\/[^/]+)*)/i;
const MAX_LENGTH = 1_000;

/**
 * `https://www.linkedin.com/in/name` for any spelling of that profile (country host, http, language and tracking behind
 * it). What follows `/in/` keeps its case: members' ids (`ACoAA…`) depend on it. A `/pub/` path stays whole, since only
 * LinkedIn knows which `/in/` it became.
 */
export function normaliseLinkedIn(text: string): string | undefined {
  const [link] = LINK.exec(cut(removeInvisible(text).trim(), MAX_LENGTH)) ?? [];
  const url = link === undefined ? null : URL.parse(`https://${link}`);
  const [, kind = '', path = ''] = PROFILE.exec(url?.pathname ?? '') ?? [];
  const profile = kind.toLowerCase() === 'in' ? path.split('/', 1).join('') : path;
  return profile === '' ? undefined : `https://www.linkedin.com/${kind.toLowerCase()}/${profile}`;
}

/** The first LinkedIn profile among the links, normalised. */
export function linkedInProfile(links: readonly string[]): string | undefined {
  return links.map(normaliseLinkedIn).find((profile) => profile !== undefined);
}
