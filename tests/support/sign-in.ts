/** Signs in to the console as a browser does: authorization code with PKCE, cookies and redirects followed by hand. */
import * as oauth from 'oauth4webapi';

export interface SignedIn {
  accessToken: string;
  idToken: string | undefined;
  claims: oauth.IDToken | undefined;
}

interface PageConfig {
  issuer: string;
  clientId: string;
  scope: string;
}

const INSECURE = { [oauth.allowInsecureRequests]: true };

/** The cookies of one person's browser. */
class Browser {
  readonly #cookies = new Map<string, string>();

  async go(url: URL, form?: Record<string, string>): Promise<Response> {
    const response = await fetch(url, {
      method: form === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}

/**
 * @param login the id of a local user: `operator` or `super-user`
 * @param clockSkew by how many seconds the system's clock is ahead of ours; negative if it is behind
 */
export async function signIn(consoleUrl: string, login: string, clockSkew = 0): Promise<SignedIn> {
  const config = (await (await fetch(`${consoleUrl}/config.json`)).json()) as PageConfig;
  const issuer = new URL(config.issuer);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, INSECURE));
  const [state, nonce, verifier] = [
    oauth.generateRandomState(),
    oauth.generateRandomNonce(),
    oauth.generateRandomCodeVerifier(),
  ];
  const ask = new URL(server.authorization_endpoint!);
  ask.search = new URLSearchParams({
    response_type: 'code',
    client_id: config.clientId,
    redirect_uri: consoleUrl,
    scope: config.scope,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }).toString();
  const back = await pressButton(new Browser(), ask, consoleUrl, login);

  const client = { client_id: config.clientId, [oauth.clockSkew]: clockSkew };
  const parameters = oauth.validateAuthResponse(server, client, back, state);
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    consoleUrl,
    verifier,
    INSECURE,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  return {
    accessToken: tokens.access_token,
    idToken: tokens.id_token,
    claims: oauth.getValidatedIdTokenClaims(tokens),
  };
}

/** From the first request to the address at which the console gets the code. */
async function pressButton(browser: Browser, from: URL, consoleUrl: string, login: string): Promise<URL> {
  let at = from;
  for (let step = 0; step < 10; step += 1) {
    const isSignInPage = at.pathname.startsWith('/interaction/');
    const response = await browser.go(at, isSignInPage ? { login } : undefined);
    const location = response.headers.get('location');
    if (location === null) throw new Error(`sign-in ended at ${at.pathname}: ${await response.text()}`);
    at = new URL(location, at);
    if (at.href.startsWith(consoleUrl)) return at;
  }
  throw new Error('sign-in never came back');
}
