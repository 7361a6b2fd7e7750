/** The console: the signed-in person, the current view, and the state of the network. */
import { type JSX, render } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { makeCall, wordsOf } from './api.ts';
import { type Console, ConsoleContext } from './context.ts';
import { useSlow } from './parts/load.tsx';
import { parseRoute, type Route } from './route.ts';
import { Shell } from './shell.tsx';
import {
  type Config,
  currentSession,
  finishSignIn,
  forgetSession,
  isAgain,
  isReturning,
  onNewSession,
  type Session,
  signOut,
  startSignIn,
} from './sign-in.ts';
import type { Me } from './shapes.ts';
import { AddAgency, Agencies } from './views/agencies.tsx';
import { SignIn } from './views/sign-in.tsx';
import { TenantSection } from './views/tenant.tsx';

const now = (): number => Date.now();

/** What is known before anything is shown. */
interface Start {
  config: Config;
  session: Session | undefined;
  failure: string | undefined;
}

async function begin(): Promise<Start> {
  const response = await fetch('/console/config.json', { cache: 'no-store' });
  if (!response.ok) throw new Error(`config.json answered ${response.status}`);
  const config = (await response.json()) as Config;
  if (isAgain()) await startSignIn(config);
  if (!isReturning()) return { config, session: currentSession(now()), failure: undefined };
  try {
    return { config, session: await finishSignIn(config, now), failure: undefined };
  } catch (error) {
    console.error(error);
    return { config, session: undefined, failure: 'Signing in did not work. Try again.' };
  }
}

function App(): JSX.Element {
  const [start, setStart] = useState<Start>();
  const [problem, setProblem] = useState(false);
  const slow = useSlow(start === undefined && !problem);
  const load = useCallback(() => {
    setProblem(false);
    begin().then(setStart, () => {
      setProblem(true);
    });
  }, []);
  useEffect(load, [load]);
  if (problem) {
    return (
      <main class="sign-in">
        <h1>The console can’t be reached</h1>
        <p role="alert">
          {navigator.onLine ? 'The server did not answer.' : 'You are offline.'} Try again in a moment.
        </p>
        <button type="button" class="primary" onClick={load}>
          Try again
        </button>
      </main>
    );
  }
  if (start === undefined) {
    return (
      <p class="first-paint" role="status">
        {slow ? 'Still loading: the connection is slow.' : 'Loading…'}
      </p>
    );
  }
  const { config, session, failure } = start;
  if (session === undefined) {
    return (
      <main>
        <SignIn config={config} failure={failure} />
      </main>
    );
  }
  return <SignedIn config={config} session={session} />;
}

function SignedIn({ config, session: first }: { config: Config; session: Session }): JSX.Element {
  const [session, setSession] = useState(first);
  const [ended, setEnded] = useState(false);
  const [said, setSaid] = useState('');
  const [me, setMe] = useState<Me>();
  const [problem, setProblem] = useState<string>();
  const call = useMemo(
    () =>
      makeCall(
        () => session.accessToken,
        () => {
          forgetSession();
          setEnded(true);
        },
      ),
    [session],
  );
  const loadMe = useCallback(() => {
    setProblem(undefined);
    call<Me>('/me').then(setMe, (error: unknown) => {
      setProblem(wordsOf(error));
    });
  }, [call]);
  useEffect(loadMe, [loadMe]);
  useEffect(() => {
    if (!ended) return;
    return onNewSession((fresh) => {
      setSession(fresh);
      setEnded(false);
    });
  }, [ended]);
  const slow = useSlow(me === undefined && problem === undefined);
  const given = useMemo<Console | undefined>(
    () => (me === undefined ? undefined : { call, me, announce: setSaid }),
    [call, me],
  );
  const leave = (): void => {
    void signOut(config, session);
  };
  if (given === undefined && ended) {
    return (
      <main>
        <SignIn config={config} failure="Your sign-in has ended. Sign in again." />
      </main>
    );
  }
  if (given === undefined) {
    return (
      <main class="sign-in">
        {problem === undefined ? (
          <p role="status">{slow ? 'Still loading: the connection is slow.' : 'Loading…'}</p>
        ) : (
          <>
            <h1>You are signed in, but you have no access</h1>
            <p role="alert">{problem}</p>
            <div class="actions">
              <button type="button" class="primary" onClick={loadMe}>
                Try again
              </button>
              <button type="button" onClick={leave}>
                Sign out
              </button>
            </div>
          </>
        )}
      </main>
    );
  }
  return (
    <ConsoleContext.Provider value={given}>
      <Shell ended={ended} said={said} onSignOut={leave}>
        <Routed me={given.me} />
      </Shell>
    </ConsoleContext.Provider>
  );
}

function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => {
      setHash(location.hash);
    };
    window.addEventListener('hashchange', changed);
    // It may have changed between the first drawing and now.
    changed();
    return () => {
      window.removeEventListener('hashchange', changed);
    };
  }, []);
  return useMemo(() => parseRoute(hash), [hash]);
}

const TITLES: Record<Route['view'], string> = {
  home: 'Agencies',
  agencies: 'Agencies',
  enable: 'Add an agency',
  overview: 'Overview',
  settings: 'Settings',
  activity: 'Activity',
  event: 'Event',
  progress: 'Progress',
  failed: 'Failed',
  decisions: 'Decisions',
  unknown: 'Not found',
};

function Routed({ me }: { me: Me }): JSX.Element {
  const asked = useRoute();
  // A person with one agency has nothing to choose from.
  const [own, ...others] = me.domains;
  const route: Route =
    asked.view === 'home' && me.role === 'super-user' && own !== undefined && others.length === 0
      ? { view: 'overview', domain: own, query: new URLSearchParams() }
      : asked;
  useFocusOnArrival(route);
  switch (route.view) {
    case 'home':
    case 'agencies':
      return <Agencies />;
    case 'enable':
      return <AddAgency />;
    case 'unknown':
      return (
        <>
          <h1 tabIndex={-1}>There is no such page</h1>
          <p>
            <a href="#/">Back to the start</a>
          </p>
        </>
      );
    case 'overview':
    case 'settings':
    case 'activity':
    case 'event':
    case 'progress':
    case 'decisions':
    case 'failed':
      return <TenantSection key={route.domain} route={route} />;
  }
}

/** A new view starts at its heading, also for a screen reader; a changed filter does not. */
function useFocusOnArrival(route: Route): void {
  const place = `${route.view} ${'domain' in route ? route.domain : ''} ${'eventId' in route ? route.eventId : ''}`;
  const first = useRef(true);
  useEffect(() => {
    const where = 'domain' in route ? `${route.domain} – Sourcewhale` : 'Sourcewhale';
    document.title = `${TITLES[route.view]} – ${where}`;
    if (!first.current) {
      window.scrollTo(0, 0);
      document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [place]);
}

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no place for the console');
root.replaceChildren();
render(<App />, root);
