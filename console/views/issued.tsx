/**
 * Client ID and Client Secret, shown once. The secret is only in this view's memory: leaving the view or reloading the
 * page removes it.
 */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { CopyField } from '../parts/copy.tsx';
import { When } from '../parts/time.tsx';
import type { Issued } from '../shapes.ts';
import { MissingScopes } from './enable.tsx';

export function IssuedCredentials({ issued, onDone }: { issued: Issued; onDone: () => void }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    if (copied) return;
    const warn = (event: BeforeUnloadEvent): void => {
      event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => {
      window.removeEventListener('beforeunload', warn);
    };
  }, [copied]);
  return (
    <section class="card issued" aria-labelledby="issued">
      <h2 id="issued" tabIndex={-1} ref={heading}>
        {issued.previousSecretEndsAt === undefined ? 'Sourcewhale is enabled' : 'A new Client Secret'}
      </h2>
      <div class="notice warn">
        <p>
          <strong>The Client Secret is shown only once.</strong> Copy it into SourceWhale now; if it gets
          lost, make a new one with Rotate.
        </p>
      </div>
      <CopyField label="Client ID" value={issued.clientId} />
      <CopyField
        label="Client Secret"
        value={issued.clientSecret}
        onCopied={() => {
          setCopied(true);
        }}
      />
      {issued.previousSecretEndsAt === undefined ? null : (
        <p>
          The previous secret works until <When at={issued.previousSecretEndsAt} />: change it in SourceWhale
          before then.
        </p>
      )}
      <h3>Then, in SourceWhale</h3>
      <Steps domain={issued.domain} />
      {issued.missingScopes === undefined || issued.missingScopes.length === 0 ? null : (
        <MissingScopes scopes={issued.missingScopes} />
      )}
      <div class="actions">
        <button type="button" class="primary" onClick={onDone}>
          I have copied both
        </button>
      </div>
    </section>
  );
}

export const Steps = ({ domain }: { domain: string }): JSX.Element => (
  <ol class="steps">
    <li>
      Open <strong>Integrations → Firefish</strong> and press <strong>Connect</strong>.
    </li>
    <li>
      Paste the <strong>Client ID</strong> and the <strong>Client Secret</strong>, and put{' '}
      <code>https://{domain}/</code> into <strong>Domain</strong>.
    </li>
    <li>
      A green <strong>connected</strong> box appears. Select a few records and choose <strong>Actions</strong>{' '}
      to push them.
    </li>
  </ol>
);
