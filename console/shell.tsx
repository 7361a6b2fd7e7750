/** The frame of every view: the header, the link that skips it, the network's state, and the announcements. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useConsole } from './context.ts';
import { Mark } from './parts/mark.tsx';
import { signInAgain } from './sign-in.ts';

export function Shell({
  ended,
  said,
  onSignOut,
  children,
}: {
  /** Whether the server no longer accepts the session. */
  ended: boolean;
  /** The last that was announced. */
  said: string;
  onSignOut: () => void;
  children: ComponentChildren;
}): JSX.Element {
  const { me } = useConsole();
  const online = useOnline();
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>('main h1')?.focus();
        }}
      >
        Skip to the content
      </a>
      <header>
        <div class="head">
          <a class="brand" href="#/">
            <Mark size={24} />
            <span>Sourcewhale in Firefish</span>
          </a>
          <div class="who">
            <span>
              <span class="sr">Signed in as </span>
              {me.name ?? me.email ?? me.subject}
              {me.role === 'operator' ? <span class="role"> · operator</span> : null}
            </span>
            <button type="button" class="link" onClick={onSignOut}>
              Sign out
            </button>
          </div>
        </div>
      </header>
      {online ? null : (
        <p class="banner" role="alert">
          You are offline. What you see may be old; what you typed stays. This page continues by itself once
          the network is back.
        </p>
      )}
      {ended ? <Ended /> : null}
      <main id="main">{children}</main>
      <div class="sr" role="status" aria-live="polite">
        {said}
      </div>
    </>
  );
}

function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const changed = (): void => {
      setOnline(navigator.onLine);
    };
    window.addEventListener('online', changed);
    window.addEventListener('offline', changed);
    // It may have changed between the first drawing and now.
    changed();
    return () => {
      window.removeEventListener('online', changed);
      window.removeEventListener('offline', changed);
    };
  }, []);
  return online;
}

const Ended = (): JSX.Element => (
  <div class="banner" role="alert">
    <p>Your sign-in has ended. What you typed stays: sign in again in a new tab, then continue here.</p>
    <button type="button" onClick={signInAgain}>
      Sign in again
    </button>
  </div>
);
