/** `Retry-After`: seconds or an HTTP date (RFC 9110, section 10.2.3). */

const DAY_MS = 24 * 3_600_000;

/**
 * Milliseconds from now that a 429 asks us to wait, at most a day; `undefined` where it does not say. A date
 * is read against the answer's own `Date` where it has one, since our clock may differ from Firefish's.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const said = headers.get('retry-after')?.trim();
  if (said === undefined || said === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(said)) return Math.min(Math.ceil(Number(said) * 1000), DAY_MS);
  const until = Date.parse(said);
  if (Number.isNaN(until)) return undefined;
  const theirNow = Date.parse(headers.get('date') ?? '');
  // HTTP dates are cut to whole seconds, so that either may mean almost a second later.
  const wait = until + 1000 - (Number.isNaN(theirNow) ? now : theirNow);
  return Math.min(Math.max(wait, 0), DAY_MS);
}
