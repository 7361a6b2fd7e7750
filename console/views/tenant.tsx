/** One agency's section Sourcewhale, with its views. */
import type { JSX } from 'preact';
import { Show, useLoad } from '../parts/load.tsx';
import { type Route, tenantLink, type TenantView } from '../route.ts';
import type { Tenant } from '../shapes.ts';
import { Activity } from './activity.tsx';
import { ConnectionTag } from './agencies.tsx';
import { EventView } from './event.tsx';
import { Failed } from './failed.tsx';
import { Overview } from './overview.tsx';
import { ProgressView } from './progress.tsx';
import { SettingsView } from './settings.tsx';

export type TenantRoute = Extract<Route, { domain: string }>;

const REFRESH_EVERY_MS = 15_000;
const TABS: readonly { view: TenantView; label: string }[] = [
  { view: 'overview', label: 'Overview' },
  { view: 'settings', label: 'Settings' },
  { view: 'activity', label: 'Activity' },
  { view: 'progress', label: 'Progress' },
  { view: 'failed', label: 'Failed' },
];

export function TenantSection({ route }: { route: TenantRoute }): JSX.Element {
  const { domain } = route;
  const loaded = useLoad<Tenant>(`/tenants/${encodeURIComponent(domain)}`, REFRESH_EVERY_MS);
  const tenant = loaded.value;
  const tab = route.view === 'event' ? 'activity' : route.view;
  return (
    <>
      <p class="where">Settings › Integrations › Automation</p>
      <div class="title">
        <h1 tabIndex={-1}>Sourcewhale</h1>
        {tenant === undefined ? null : <ConnectionTag tenant={tenant} />}
      </div>
      <p class="domain">{domain}</p>
      {tenant === undefined || tenant.status === 'never-enabled' ? null : (
        <nav class="tabs" aria-label="Sourcewhale">
          <ul>
            {TABS.map(({ view, label }) => (
              <li key={view}>
                <a
                  href={tenantLink(domain, view)}
                  {...(view === tab ? { 'aria-current': 'page' as const } : {})}
                >
                  {label}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      )}
      <Show loaded={loaded} what="the agency">
        {(value) => <View route={route} tenant={value} reload={loaded.reload} />}
      </Show>
    </>
  );
}

function View({
  route,
  tenant,
  reload,
}: {
  route: TenantRoute;
  tenant: Tenant;
  reload: () => void;
}): JSX.Element {
  const { domain } = route;
  if (tenant.status === 'never-enabled') return <Overview tenant={tenant} reload={reload} />;
  switch (route.view) {
    case 'overview':
      return <Overview tenant={tenant} reload={reload} />;
    case 'settings':
      return <SettingsView domain={domain} />;
    case 'activity':
      return <Activity domain={domain} query={route.query} />;
    case 'event':
      return <EventView domain={domain} eventId={route.eventId} />;
    case 'progress':
      return <ProgressView domain={domain} />;
    case 'failed':
      return <Failed domain={domain} />;
  }
}
