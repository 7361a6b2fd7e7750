/** A person's profile: `/in/…`, or the `/pub/…` of old. Companies, schools and job pages are no person. */
const PROFILE = /^\/(in|pub)\/((?!dir\/)[^/]+(?:\/[^/]+)*)/i;
const HOST = /(?:^|\.)linkedin\.com$/i;

function asUrl(link: string): URL | undefined {
  const trimmed = link.trim();
  return URL.parse(/^https?:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`) ?? undefined;
}

/**
 * `https://www.linkedin.com/in/name` for any spelling of that profile (country host, http, capitals, language
 * and tracking behind it). A `/pub/` path stays whole, since LinkedIn alone knows which `/in/` it became.
 */
export function normaliseLinkedIn(link: string): string | undefined {
  const url = asUrl(link);
  if (url === undefined || !HOST.test(url.hostname)) return undefined;
  const [, kind = '', path = ''] = PROFILE.exec(url.pathname) ?? [];
  const profile = kind.toLowerCase() === 'in' ? path.split('/', 1).join('') : path;
  return profile === '' ? undefined : `https://www.linkedin.com/${kind}/${profile}`.toLowerCase();
}

/** The first LinkedIn profile among the links, normalised. */
export function linkedInProfile(links: readonly string[]): string | undefined {
  return links.map(normaliseLinkedIn).find((profile) => profile !== undefined);
}
