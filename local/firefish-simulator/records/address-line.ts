/** A request line split the way the limits count: method and path template, without the base path. */

const BASE_PATH = '/api/v1.0/';

export interface AddressLine {
  /** `PATCH /candidates/{ref}`; for a path outside the API, method and path as they are. */
  endpoint: string;
  /** NaN if the path has none, or none that is a number. */
  ref: number;
}

/** Paths are not case-sensitive. */
export function addressLine(method: string, pathname: string): AddressLine {
  const lower = pathname.toLowerCase();
  if (!lower.startsWith(BASE_PATH)) return { endpoint: `${method} ${lower}`, ref: Number.NaN };
  const path = lower.slice(BASE_PATH.length - 1).replace(/\/$/, '');
  const [, collection = '', second, ...rest] = path.split('/');
  if (second === undefined || second === 'search') return { endpoint: `${method} ${path}`, ref: Number.NaN };
  const ref = /^\d{1,9}$/.test(second) ? Number(second) : Number.NaN;
  return { endpoint: [`${method} /${collection}`, '{ref}', ...rest].join('/'), ref };
}
