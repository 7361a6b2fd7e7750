/** A request line taken apart the way the limits count: method and path template, without the base path. */

const BASE_PATH = '/api/v1.0';

export interface AddressLine {
  /** `PATCH /candidates/{ref}`; of a path that is not the API's, method and path as they are. */
  endpoint: string;
  /** NaN where the path has none, or none that is a number. */
  ref: number;
}

export function addressLine(method: string, pathname: string): AddressLine {
  if (!pathname.startsWith(`${BASE_PATH}/`)) return { endpoint: `${method} ${pathname}`, ref: Number.NaN };
  const path = pathname.slice(BASE_PATH.length).replace(/\/$/, '');
  const [, collection = '', second, ...rest] = path.split('/');
  if (second === undefined || second === 'search') return { endpoint: `${method} ${path}`, ref: Number.NaN };
  const ref = /^\d{1,9}$/.test(second) ? Number(second) : Number.NaN;
  return { endpoint: [`${method} /${collection}`, '{ref}', ...rest].join('/'), ref };
}
