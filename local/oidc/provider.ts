/**
 * The OpenID Connect provider of one machine: `oidc-provider`, certified, with two users and one client, the console.
 * For development only: anyone who reaches it signs in by a click.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';
import { readBody } from '../http/read-body.ts';
import { MemoryAdapter } from './memory-adapter.ts';
import { signInPage } from './sign-in-page.ts';
import { USERS } from './users.ts';

const RESOURCE = 'urn:sourcewhale-firefish:admin';
const SCOPES = 'openid profile email';
/** The scope of access tokens for the API, as in serverless.yml. */
const API_SCOPE = 'openid';
/** As short as docs/console.md asks of any provider. */
const TOKEN_SECONDS = 1800;
const SESSION_SECONDS = 12 * 3600;
const MAX_FORM_BYTES = 1000;
const INTERACTION_PATH = /^\/interaction\/[\w-]+$/;

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface ProviderOptions {
  issuer: string;
  /** `aud` of the access tokens. */
  audience: string;
  clientId: string;
  /** The console's allowed origins, such as `http://127.0.0.1:4000`. */
  consoleOrigins: readonly string[];
}

export async function makeProvider(options: ProviderOptions): Promise<Handler> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'local' };
  const provider = new Provider(options.issuer, { ...configuration(options), jwks: { keys: [key] } });
  const serve = provider.callback();
  return async (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (INTERACTION_PATH.test(path)) await signIn(provider, request, response);
    else await serve(request, response);
  };
}

function configuration({ audience, clientId, consoleOrigins }: ProviderOptions): Configuration {
  const pages = consoleOrigins.map((origin) => `${origin}/console`);
  return {
    adapter: MemoryAdapter,
    clients: [
      {
        client_id: clientId,
        client_name: 'Console',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: pages,
        post_logout_redirect_uris: pages,
      },
    ],
    clientBasedCORS: (_context, origin) => consoleOrigins.includes(origin),
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    findAccount: (_context, id) => {
      const user = USERS.find((one) => one.id === id);
      if (user === undefined) return undefined;
      const { name, email } = user;
      return { accountId: id, claims: () => ({ sub: id, name, email }) };
    },
    extraTokenClaims: (_context, token) => {
      const user = 'accountId' in token ? USERS.find(({ id }) => id === token.accountId) : undefined;
      return user && { ...user.claims, name: user.name, email: user.email };
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: API_SCOPE,
          audience,
          accessTokenTTL: TOKEN_SECONDS,
          accessTokenFormat: 'jwt',
        }),
      },
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    // The console is the provider's own client, so people are not asked for consent.
    loadExistingGrant: async ({ oidc }) => {
      const { session, client } = oidc;
      if (session?.accountId === undefined || client === undefined) return undefined;
      const grant = new oidc.provider.Grant({ accountId: session.accountId, clientId: client.clientId });
      grant.addOIDCScope(SCOPES);
      grant.addResourceScope(RESOURCE, API_SCOPE);
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    ttl: {
      AccessToken: TOKEN_SECONDS,
      Grant: SESSION_SECONDS,
      IdToken: TOKEN_SECONDS,
      Interaction: TOKEN_SECONDS,
      Session: SESSION_SECONDS,
    },
  };
}

async function signIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    response.end(signInPage());
    return;
  }
  const form = new URLSearchParams((await readBody(request, MAX_FORM_BYTES)).toString('utf8'));
  const accountId = form.get('login') ?? '';
  if (USERS.some(({ id }) => id === accountId)) {
    await provider.interactionFinished(request, response, { login: { accountId } });
    return;
  }
  response.writeHead(400, { 'content-type': 'text/plain' });
  response.end('there is no such user: go back and press a button');
}
