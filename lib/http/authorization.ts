/** The Authorization header, taken apart. Client id and secret are trimmed: people paste them. */

export type Authorization =
  { scheme: 'basic'; clientId: string; secret: string } | { scheme: 'bearer'; token: string };

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** Returns `undefined` for a header that is missing, of another scheme, or malformed. */
export function parseAuthorization(header: string | undefined): Authorization | undefined {
  const match = /^(basic|bearer) +([^ ,]+)$/i.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [, scheme = '', credentials = ''] = match;
  if (scheme.toLowerCase() === 'bearer') {
    return BEARER_TOKEN.test(credentials) ? { scheme: 'bearer', token: credentials } : undefined;
  }
  if (!BASE64.test(credentials)) return undefined;
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) return undefined;
  return { scheme: 'basic', clientId: pair.slice(0, colon).trim(), secret: pair.slice(colon + 1).trim() };
}
