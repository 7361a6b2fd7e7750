/**
 * Signing in by OpenID Connect: authorization code with PKCE, as a public client. The access token is stored only for
 * this tab (session storage), so that a reload needs no second sign-in and a closed tab leaves nothing.
 */
import * as oauth from 'oauth4webapi';

/** The page's configuration: `GET /console/config.json`. */
export interface Config {
  issuer: string;
  clientId: string;
  scope: string;
  /** Additional parameters for this provider, such as `audience` or `resource`. */
  parameters: Record<string, string>;
}

export interface Session {
  accessToken: string;
  idToken: string | undefined;
  /** Epoch milliseconds. */
  expiresAt: number;
}

interface Attempt {
  state: string;
  nonce: string;
  verifier: string;
  /** The view that the person wanted to open. */
  hash: string;
  /** Started in a separate tab, for another tab whose session has ended. */
  again: boolean;
}

const SESSION = 'session';
const ATTEMPT = 'sign-in';
const SECOND_MS = 1000;
/** A token that ends within this time is not used any more. */
const MARGIN_MS = 10 * SECOND_MS;
const DEFAULT_LIFE_SECONDS = 600;
const SIGN_OUT_GIVES_UP_MS = 5 * SECOND_MS;

/**
 * Tells other tabs about a new session: a tab whose session has ended continues with it, and keeps what was typed
 * there.
 */
const CHANNEL = 'console-session';
const AGAIN = 'again';

const redirectUri = (): string => `${location.origin}/console`;

/** A provider on this machine uses plain HTTP; any other must not. */
const insecure = (issuer: URL) => ({
  // oauth4webapi marks it as deprecated so that it stands out: here it says which hosts it is for.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  [oauth.allowInsecureRequests]: ['127.0.0.1', 'localhost', '[::1]'].includes(issuer.hostname),
});

async function discover(issuer: URL): Promise<oauth.AuthorizationServer> {
  const response = await oauth.discoveryRequest(issuer, insecure(issuer));
  return oauth.processDiscoveryResponse(issuer, response);
}

/** Only this file writes the two keys, with these values. */
interface Stored {
  [SESSION]: Session;
  [ATTEMPT]: Attempt;
}

function stored<Key extends keyof Stored>(key: Key): Stored[Key] | undefined {
  const text = sessionStorage.getItem(key);
  return text === null ? undefined : (JSON.parse(text) as Stored[Key]);
}

/** The session of this tab, if it has not ended. */
export function currentSession(now: number): Session | undefined {
  const session = stored(SESSION);
  return session !== undefined && session.expiresAt - MARGIN_MS > now ? session : undefined;
}

export const forgetSession = (): void => {
  sessionStorage.removeItem(SESSION);
};

/** Leaves the page for the provider's. @throws if the provider does not answer */
export async function startSignIn(config: Config): Promise<void> {
  const server = await discover(new URL(config.issuer));
  const endpoint = server.authorization_endpoint;
  if (endpoint === undefined) throw new Error('the provider names no authorization endpoint');
  const attempt: Attempt = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    hash: location.hash,
    again: isAgain(),
  };
  sessionStorage.setItem(ATTEMPT, JSON.stringify(attempt));
  const url = new URL(endpoint);
  url.search = new URLSearchParams({
    client_id: config.clientId,
    redirect_uri: redirectUri(),
    response_type: 'code',
    scope: config.scope,
    ...config.parameters,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
  }).toString();
  location.assign(url);
}

/** Whether this tab was opened by `signInAgain`. */
export const isAgain = (): boolean => new URLSearchParams(location.search).has(AGAIN);

/** Signs in in a separate tab, which closes itself: this tab keeps what was typed. */
export function signInAgain(): void {
  window.open(`/console?${AGAIN}`, '_blank');
}

/** Returns a function that stops listening. */
export function onNewSession(listener: (session: Session) => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  // Only pages of this origin can send here, and only finishSignIn does.
  channel.onmessage = ({ data }: MessageEvent<Session>) => {
    sessionStorage.setItem(SESSION, JSON.stringify(data));
    listener(data);
  };
  return () => {
    channel.close();
  };
}

/** Whether the provider has just sent the person back. */
export const isReturning = (): boolean => /[?&](?:code|error)=/.test(location.search);

/**
 * Ends what `startSignIn` began: removes the code from the address, requests the token, and stores it. @throws Error
 * saying why the provider refused
 */
export async function finishSignIn(config: Config, now: () => number): Promise<Session> {
  const returned = new URL(location.href);
  const attempt = stored(ATTEMPT);
  sessionStorage.removeItem(ATTEMPT);
  history.replaceState(null, '', `/console${attempt?.hash ?? ''}`);
  if (attempt === undefined) throw new Error('this tab has not begun to sign in');

  const issuer = new URL(config.issuer);
  const server = await discover(issuer);
  const client = { client_id: config.clientId };
  const answer = oauth.validateAuthResponse(server, client, returned, attempt.state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    answer,
    redirectUri(),
    attempt.verifier,
    { ...insecure(issuer), additionalParameters: config.parameters },
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: attempt.nonce,
    requireIdToken: true,
  });
  const session: Session = {
    accessToken: tokens.access_token,
    idToken: tokens.id_token,
    expiresAt: now() + (tokens.expires_in ?? DEFAULT_LIFE_SECONDS) * SECOND_MS,
  };
  sessionStorage.setItem(SESSION, JSON.stringify(session));
  if (attempt.again) {
    new BroadcastChannel(CHANNEL).postMessage(session);
    window.close();
  }
  return session;
}

/** Whether the server answers or not, the person leaves: the token ends by itself soon. */
async function endToken({ accessToken }: Session): Promise<void> {
  await fetch('/admin/v1/sign-out', {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(SIGN_OUT_GIVES_UP_MS),
  }).catch(() => undefined);
}

/** Ends the session's token, and forgets the session here and at the provider if it offers that. */
export async function signOut(config: Config, session: Session | undefined): Promise<void> {
  if (session !== undefined) await endToken(session);
  forgetSession();
  const server = await discover(new URL(config.issuer)).catch(() => undefined);
  if (server?.end_session_endpoint === undefined) {
    location.assign('/console');
    return;
  }
  const url = new URL(server.end_session_endpoint);
  url.search = new URLSearchParams({
    client_id: config.clientId,
    post_logout_redirect_uri: redirectUri(),
    ...(session?.idToken === undefined ? {} : { id_token_hint: session.idToken }),
  }).toString();
  location.assign(url);
}
