/** The view before sign-in. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Config, startSignIn } from '../sign-in.ts';
import { useSlow } from '../parts/load.tsx';
import { Mark } from '../parts/mark.tsx';

export function SignIn({ config, failure }: { config: Config; failure: string | undefined }): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(failure);
  const slow = useSlow(busy);
  const start = async (): Promise<void> => {
    setBusy(true);
    try {
      await startSignIn(config);
    } catch {
      setProblem('The sign-in service did not answer. Try again in a moment.');
      setBusy(false);
    }
  };
  return (
    <div class="sign-in">
      <Mark size={40} />
      <h1 tabIndex={-1}>Sourcewhale in Firefish</h1>
      <p class="lead">
        Changes to people in SourceWhale appear in Firefish within seconds. Sign in to connect your agency,
        and to see what has synced.
      </p>
      {problem === undefined ? null : (
        <div class="notice bad" role="alert">
          <p>{problem}</p>
        </div>
      )}
      {config.issuer === '' ? (
        <div class="notice warn">
          <p>
            <strong>Sign-in is not set up here.</strong> The operator of this service sets{' '}
            <code>oidcIssuer</code>; see docs/console.md.
          </p>
        </div>
      ) : (
        <button type="button" class="primary" aria-disabled={busy} onClick={() => void start()}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      )}
      <p class="hint" role="status">
        {slow ? 'Still waiting for the sign-in service: the connection is slow.' : ''}
      </p>
    </div>
  );
}
