/** The current view: it is in the address after `#`, so that links, reload and "back" work. */
export type TenantView = 'overview' | 'settings' | 'activity' | 'progress' | 'failed' | 'decisions';

export type Route =
  | { view: 'home' }
  | { view: 'agencies' }
  | { view: 'enable' }
  | { view: TenantView; domain: string; query: URLSearchParams }
  | { view: 'event'; domain: string; eventId: string }
  | { view: 'unknown' };

const TENANT_VIEWS: readonly string[] = [
  'overview',
  'settings',
  'activity',
  'progress',
  'failed',
  'decisions',
];
const isTenantView = (text: string): text is TenantView => TENANT_VIEWS.includes(text);

/** @param hash of the address, such as `#/agencies/acme.example/activity?state=failed` */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const [place, domain, view = 'overview', eventId] = path.split('/').map(decodeSafely);
  if (place === '' || place === undefined) return { view: 'home' };
  if (place === 'enable') return { view: 'enable' };
  if (place !== 'agencies') return { view: 'unknown' };
  if (domain === undefined || domain === '') return { view: 'agencies' };
  if (view === 'activity' && eventId !== undefined) return { view: 'event', domain, eventId };
  return isTenantView(view) ? { view, domain, query: new URLSearchParams(search) } : { view: 'unknown' };
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function tenantLink(domain: string, view: TenantView, query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString();
  const base = `#/agencies/${encodeURIComponent(domain)}`;
  return `${base}${view === 'overview' ? '' : `/${view}`}${search === '' ? '' : `?${search}`}`;
}

export const eventLink = (domain: string, eventId: string): string =>
  `${tenantLink(domain, 'activity')}/${encodeURIComponent(eventId)}`;
