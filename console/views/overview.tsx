/** The section Sourcewhale: whether it is connected, its credentials, and what can be done with them. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useConsole } from '../context.ts';
import { CopyField } from '../parts/copy.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { SelectField } from '../parts/form.tsx';
import { reasonWords, StateTag, typeWords, waitingWords } from '../parts/state.tsx';
import { count, When } from '../parts/time.tsx';
import { eventLink, tenantLink } from '../route.ts';
import type { Firefish, Issued, Tenant } from '../shapes.ts';
import {
  EnableForm,
  FirefishCredentialsFields,
  MissingScopes,
  readFirefishCredentials,
  WhatItDoes,
} from './enable.tsx';
import { Steps } from './issued.tsx';
import { TestEvent } from './test-event.tsx';

export function Overview({
  tenant,
  reload,
  onIssued,
}: {
  tenant: Tenant;
  reload: () => void;
  onIssued: (issued: Issued) => void;
}): JSX.Element {
  if (tenant.status !== 'enabled') {
    return (
      <>
        <WhatItDoes />
        <EnableForm tenant={tenant} onIssued={onIssued} />
      </>
    );
  }
  return (
    <>
      {tenant.firefish === undefined ? null : <Trouble firefish={tenant.firefish} />}
      <div class="columns">
        <Connection tenant={tenant} />
        <ClientCredentials tenant={tenant} onIssued={onIssued} />
        <TestEvent domain={tenant.domain} />
        <FirefishAccess tenant={tenant} reload={reload} />
      </div>
      <Disable tenant={tenant} reload={reload} />
    </>
  );
}

/** What is wrong with Firefish just now, and what to do. */
function Trouble({ firefish }: { firefish: Firefish }): JSX.Element | null {
  const { down, downSince, missingScopes } = firefish;
  if (down === 'credentials') {
    return (
      <div class="notice bad">
        <h2>Firefish refuses its API credentials</h2>
        <p>
          {downSince === undefined ? null : (
            <>
              Since <When at={downSince} />.{' '}
            </>
          )}
          Events wait and nothing is lost. Paste the profile’s current credentials under “Firefish API
          credentials”: what waited starts at once.
        </p>
      </div>
    );
  }
  if (down !== undefined) {
    return (
      <div class="notice warn">
        <h2>Firefish does not answer</h2>
        <p>
          {downSince === undefined ? null : (
            <>
              Since <When at={downSince} />.{' '}
            </>
          )}
          Events wait and continue by themselves once it does. Nothing is lost, and there is nothing for you
          to do.
        </p>
      </div>
    );
  }
  return missingScopes.length === 0 ? null : <MissingScopes scopes={missingScopes} />;
}

function Connection({ tenant }: { tenant: Tenant }): JSX.Element {
  const { connectedAt, firefish, lastEvent, events, domain } = tenant;
  return (
    <section class="card" aria-labelledby="connection">
      <h2 id="connection">Connection</h2>
      <dl class="facts">
        <dt>SourceWhale</dt>
        <dd>
          {connectedAt === undefined ? (
            'Not connected yet'
          ) : (
            <>
              Connected since <When at={connectedAt} />
            </>
          )}
        </dd>
        <dt>Last event</dt>
        <dd>
          {lastEvent === undefined ? (
            'None yet'
          ) : (
            <>
              <a href={eventLink(domain, lastEvent.id)}>{typeWords(lastEvent.type)}</a>,{' '}
              <When at={lastEvent.at} /> <StateTag state={lastEvent.state} />
            </>
          )}
        </dd>
        <dt>Firefish</dt>
        <dd>{firefish === undefined ? 'Not checked yet' : <FirefishWords firefish={firefish} />}</dd>
        {events === undefined || events.open === 0 ? null : (
          <>
            <dt>Under way</dt>
            <dd>
              <a href={tenantLink(domain, 'progress')}>
                {events.openIsAtLeast === true ? 'At least ' : ''}
                {count(events.open, 'event')}
              </a>
            </dd>
          </>
        )}
      </dl>
      {connectedAt === undefined ? (
        <>
          <h3>In SourceWhale</h3>
          <Steps domain={domain} />
        </>
      ) : null}
    </section>
  );
}

function FirefishWords({ firefish }: { firefish: Firefish }): JSX.Element {
  if (firefish.down !== undefined) return <>{reasonWords('deferred', firefish.down)}</>;
  if (firefish.waitingFor !== undefined && firefish.waitingUntil !== undefined) {
    return (
      <>
        Waits until <When at={firefish.waitingUntil} seconds />: {waitingWords(firefish.waitingFor)}
      </>
    );
  }
  return (
    <>
      Answers; checked <When at={firefish.checkedAt} />
    </>
  );
}

const OVERLAPS = [
  { value: '24h', label: 'After 24 hours' },
  { value: '7d', label: 'After 7 days' },
  { value: '30m', label: 'After 30 minutes' },
  { value: '0', label: 'At once (it has leaked)' },
];

function ClientCredentials({
  tenant,
  onIssued,
}: {
  tenant: Tenant;
  onIssued: (issued: Issued) => void;
}): JSX.Element {
  const { call } = useConsole();
  const [asking, setAsking] = useState(false);
  return (
    <section class="card" aria-labelledby="credentials">
      <h2 id="credentials">Client ID and Client Secret</h2>
      <p>
        What SourceWhale signs in with. The secret was shown once, when it was made; it can’t be shown again.
      </p>
      {tenant.clientId === undefined ? null : <CopyField label="Client ID" value={tenant.clientId} />}
      <ul class="secrets">
        {(tenant.secrets ?? []).map((secret) => (
          <li key={secret.createdAt}>
            Secret made <When at={secret.createdAt} />
            {secret.endsAt === undefined ? null : (
              <>
                , works until <When at={secret.endsAt} />
              </>
            )}
          </li>
        ))}
      </ul>
      <div class="actions">
        <button
          type="button"
          onClick={() => {
            setAsking(true);
          }}
        >
          Rotate
        </button>
      </div>
      {asking ? (
        <Dialog
          title="Rotate the Client Secret"
          label="Make a new secret"
          busyLabel="Making it…"
          onClose={() => {
            setAsking(false);
          }}
          onSend={async (data) => {
            const issued = await call<Issued>(`/tenants/${encodeURIComponent(tenant.domain)}/rotate`, {
              method: 'POST',
              body: { overlap: data.get('overlap') },
            });
            setAsking(false);
            onIssued(issued);
          }}
        >
          <p>
            You get a second secret. Both work until the old one ends, so that no request is refused while you
            change it in SourceWhale. The Client ID stays.
          </p>
          <SelectField name="overlap" label="The old secret ends" choices={OVERLAPS} value="24h" />
          <p class="hint">
            “At once” means within a minute: SourceWhale is refused until it has the new secret.
          </p>
        </Dialog>
      ) : null}
    </section>
  );
}

function FirefishAccess({ tenant, reload }: { tenant: Tenant; reload: () => void }): JSX.Element {
  const { call, announce } = useConsole();
  const [asking, setAsking] = useState(false);
  return (
    <section class="card" aria-labelledby="firefish-access">
      <h2 id="firefish-access">Firefish API credentials</h2>
      <p>
        What Sourcewhale writes to Firefish with. Editing the profile in Firefish ends them at once: then
        paste the new ones here.
      </p>
      <div class="actions">
        <button
          type="button"
          onClick={() => {
            setAsking(true);
          }}
        >
          Replace
        </button>
      </div>
      {asking ? (
        <Dialog
          title="Replace the Firefish API credentials"
          label="Check and replace"
          busyLabel="Checking with Firefish…"
          onClose={() => {
            setAsking(false);
          }}
          onSend={async (data) => {
            const { missingScopes } = await call<{ missingScopes: string[] }>(
              `/tenants/${encodeURIComponent(tenant.domain)}/firefish-credentials`,
              { method: 'POST', body: readFirefishCredentials(data) },
            );
            announce(
              missingScopes.length === 0
                ? 'Replaced. What waited for them starts now.'
                : 'Replaced, but rights are missing.',
            );
            setAsking(false);
            reload();
          }}
        >
          <p>Firefish checks them first. If it refuses them, nothing changes.</p>
          <FirefishCredentialsFields />
        </Dialog>
      ) : null}
    </section>
  );
}

function Disable({ tenant, reload }: { tenant: Tenant; reload: () => void }): JSX.Element {
  const { call, announce } = useConsole();
  const [asking, setAsking] = useState(false);
  return (
    <section class="card" aria-labelledby="disable">
      <h2 id="disable">Disable</h2>
      <p>SourceWhale’s requests are refused, and nothing more is written to Firefish.</p>
      <div class="actions">
        <button
          type="button"
          class="danger"
          onClick={() => {
            setAsking(true);
          }}
        >
          Disable
        </button>
      </div>
      {asking ? (
        <Dialog
          title="Disable Sourcewhale?"
          label="Disable"
          busyLabel="Disabling…"
          danger
          onClose={() => {
            setAsking(false);
          }}
          onSend={async () => {
            await call(`/tenants/${encodeURIComponent(tenant.domain)}/disable`, { method: 'POST', body: {} });
            announce('Sourcewhale is disabled');
            setAsking(false);
            reload();
          }}
        >
          <ul class="points">
            <li>The Client ID and Client Secret stop working within a minute.</li>
            <li>
              Events that still wait
              {tenant.events === undefined || tenant.events.open === 0
                ? ''
                : ` (${count(tenant.events.open, 'event')} now)`}{' '}
              end as skipped: they won’t reach Firefish.
            </li>
            <li>Records in Firefish stay as they are. Opt-outs stay in force.</li>
            <li>You can enable it again: same Client ID, a new Client Secret.</li>
          </ul>
        </Dialog>
      ) : null}
    </section>
  );
}
