/** Enable: checks Firefish's credentials live, then shows SourceWhale's credentials once. */
import type { ComponentChildren, JSX } from 'preact';
import { NEEDED_SCOPES } from '../../lib/firefish/assumptions.ts';
import { useConsole } from '../context.ts';
import { Form, required, TextField } from '../parts/form.tsx';
import type { Issued, Tenant } from '../shapes.ts';

const LABELS = {
  firefishClientId: 'Firefish API client ID',
  firefishClientSecret: 'Firefish API client secret',
};

export const WhatItDoes = (): JSX.Element => (
  <section class="card" aria-labelledby="what-it-does">
    <h2 id="what-it-does">What it does</h2>
    <ul class="points">
      <li>People that you add, edit or contact in SourceWhale appear in Firefish within seconds.</li>
      <li>
        They are matched by e-mail address with your candidates <em>and</em> contacts, so nobody exists twice.
      </li>
      <li>
        Replies, notes and opt-outs follow. An opt-out is never lost, and never undone by anything but an
        opt-in.
      </li>
      <li>It works in one direction: nothing is sent from Firefish to SourceWhale.</li>
    </ul>
  </section>
);

export function EnableForm({
  tenant,
  onIssued,
}: {
  tenant: Tenant;
  onIssued: (issued: Issued) => void;
}): JSX.Element {
  const { call } = useConsole();
  const again = tenant.status === 'disabled';
  return (
    <section class="card" aria-labelledby="enable">
      <h2 id="enable">{again ? 'Enable again' : 'Enable'}</h2>
      {again ? (
        <p>You get the same Client ID and a new Client Secret. The earlier sync state is kept.</p>
      ) : null}
      <p>
        Sourcewhale writes to Firefish with an API profile of yours. Make one in Firefish under{' '}
        <strong>Settings → Integrations → Custom API profile</strong>, tick these rights, and paste its client
        ID and secret here. They are checked with Firefish before anything is kept.
      </p>
      <Scopes scopes={NEEDED_SCOPES} />
      <FirefishCredentialsForm
        label="Enable"
        busyLabel="Checking with Firefish…"
        onSend={async (credentials) => {
          onIssued(
            await call<Issued>(`/tenants/${encodeURIComponent(tenant.domain)}/enable`, {
              method: 'POST',
              body: credentials,
            }),
          );
        }}
      />
    </section>
  );
}

export interface FirefishCredentials {
  firefishClientId: string;
  firefishClientSecret: string;
}

export const FirefishCredentialsForm = ({
  label,
  busyLabel,
  onSend,
  beside,
}: {
  label: string;
  busyLabel: string;
  onSend: (credentials: FirefishCredentials) => Promise<void>;
  beside?: ComponentChildren;
}): JSX.Element => (
  <Form label={label} busyLabel={busyLabel} beside={beside} onSend={(data) => onSend(required(data, LABELS))}>
    <FirefishCredentialsFields />
  </Form>
);

export const readFirefishCredentials = (data: FormData): FirefishCredentials => required(data, LABELS);

export const FirefishCredentialsFields = (): JSX.Element => (
  <>
    <TextField name="firefishClientId" label={LABELS.firefishClientId} />
    <TextField
      name="firefishClientSecret"
      label={LABELS.firefishClientSecret}
      type="password"
      autocomplete="new-password"
      hint="Editing the profile in Firefish makes a new secret and ends the old one at once."
    />
  </>
);

/** Rights as Firefish names them, with what they are for. */
const SUBJECTS: readonly (readonly [prefix: string, words: string])[] = [
  ['candidates', 'Candidates'],
  ['contacts', 'Contacts'],
  ['companies', 'Companies'],
  ['actions', 'Actions'],
];

export function Scopes({ scopes }: { scopes: readonly string[] }): JSX.Element {
  const of = (prefix: string): string =>
    scopes
      .filter((scope) => scope.startsWith(`${prefix}API-`))
      .map((scope) => scope.slice(scope.indexOf('-') + 1))
      .join(' and ');
  return (
    <ul class="scopes">
      {SUBJECTS.filter(([prefix]) => of(prefix) !== '').map(([prefix, words]) => (
        <li key={prefix}>
          <strong>{words}</strong>: {of(prefix)}{' '}
          <code>{scopes.filter((scope) => scope.startsWith(`${prefix}API-`)).join(' ')}</code>
        </li>
      ))}
    </ul>
  );
}

export const MissingScopes = ({ scopes }: { scopes: readonly string[] }): JSX.Element => (
  <div class="notice warn">
    <h2>Rights are missing in Firefish</h2>
    <p>The API profile lacks rights. Until you add them, some events fail:</p>
    <Scopes scopes={scopes} />
    <p>
      In Firefish, open <strong>Settings → Integrations → Custom API profile</strong>, edit the profile and
      tick these rights. Firefish then makes new credentials and ends the old ones at once: paste the new ones
      here under “Firefish API credentials”.
    </p>
  </div>
);
