/** One agency's section Sourcewhale, with its views. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useConsole } from '../context.ts';
import { useKeptFocus } from '../parts/focus.ts';
import { Show, useLoad } from '../parts/load.tsx';
import { type Route, tenantLink, type TenantView } from '../route.ts';
import { number } from '../parts/time.tsx';
import type { Issued, Listed, Tenant } from '../shapes.ts';
import { Activity } from './activity.tsx';
import { ConnectionTag } from './agencies.tsx';
import { Decisions } from './decisions.tsx';
import { EventView } from './event.tsx';
import { Failed } from './failed.tsx';
import { IssuedCredentials } from './issued.tsx';
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
  { view: 'decisions', label: 'Decisions' },
];

export function TenantSection({ route }: { route: TenantRoute }): JSX.Element {
  const { me } = useConsole();
  const { domain } = route;
  const loaded = useLoad<Tenant>(`/tenants/${encodeURIComponent(domain)}`, {
    everyMs: () => REFRESH_EVERY_MS,
    // The numbers on the tabs agree with the list that was opened just now.
    of: route.view,
  });
  const [issued, setIssued] = useState<Issued>();
  const tenant = loaded.value;
  // The Disable button disappears when it is done, and so does the form that enables.
  const title = useKeptFocus(tenant?.status);
  const tab = route.view === 'event' ? 'activity' : route.view;
  return (
    <>
      <p class="where">
        {me.role === 'operator' ? (
          <>
            <a href="#/agencies">Agencies</a> › {domain}
          </>
        ) : (
          'Settings › Integrations › Automation'
        )}
      </p>
      <div class="title">
        <h1 tabIndex={-1} ref={title}>
          Sourcewhale
        </h1>
        {tenant === undefined ? null : <ConnectionTag tenant={tenant} />}
      </div>
      {me.role === 'operator' ? null : <p class="domain">{domain}</p>}
      {issued === undefined ? (
        <>
          {tenant === undefined || tenant.status === 'never-enabled' ? null : (
            <Tabs domain={domain} tab={tab} tenant={tenant} />
          )}
          <Show loaded={loaded} what="the agency">
            {(value) => (
              <View
                route={route}
                tenant={value}
                reload={loaded.reload}
                onIssued={(made) => {
                  setIssued(made);
                  loaded.reload();
                }}
              />
            )}
          </Show>
        </>
      ) : (
        <IssuedCredentials
          issued={issued}
          onDone={() => {
            setIssued(undefined);
            title.current?.focus();
          }}
        />
      )}
    </>
  );
}

const Tabs = ({ domain, tab, tenant }: { domain: string; tab: TenantView; tenant: Tenant }): JSX.Element => (
  <nav class="tabs" aria-label="Sourcewhale">
    <ul>
      {TABS.map(({ view, label }) => (
        <li key={view}>
          <a href={tenantLink(domain, view)} {...(view === tab ? { 'aria-current': 'page' as const } : {})}>
            {label}
            {view === 'failed' ? <Count of={tenant.failed} kind="failed" /> : null}
            {view === 'decisions' ? <Count of={tenant.decisions} kind="waiting" /> : null}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);

const Count = ({ of, kind }: { of: Listed | undefined; kind: 'failed' | 'waiting' }): JSX.Element | null =>
  of === undefined || of.count === 0 ? null : (
    <>
      {' '}
      <span class={`count ${kind}`}>
        {number(of.count)}
        {of.isAtLeast === true ? '+' : ''}
        <span class="sr"> {of.count === 1 ? 'event' : 'events'}</span>
      </span>
    </>
  );

interface ViewProps {
  route: TenantRoute;
  tenant: Tenant;
  reload: () => void;
  onIssued: (issued: Issued) => void;
}

function View({ route, ...section }: ViewProps): JSX.Element {
  const { domain } = route;
  const { reload } = section;
  if (section.tenant.status === 'never-enabled') return <Overview {...section} />;
  switch (route.view) {
    case 'overview':
      return <Overview {...section} />;
    case 'settings':
      return <SettingsView domain={domain} />;
    case 'activity':
      return <Activity domain={domain} query={route.query} />;
    case 'event':
      return <EventView domain={domain} eventId={route.eventId} onChanged={reload} />;
    case 'progress':
      return <ProgressView domain={domain} />;
    case 'failed':
      return <Failed domain={domain} onChanged={reload} />;
    case 'decisions':
      return <Decisions domain={domain} onChanged={reload} />;
  }
}
