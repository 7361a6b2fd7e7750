/** The console on one machine: its page, and the sign-in provider. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from './stack/deployment.ts';
import type { Authorizer } from './http/jwt-authorizer.ts';
import { openOidcServer } from './oidc/server.ts';
import type { Environment } from './stack/settings.ts';

export interface SignIn {
  /** What to set for the functions. */
  environment: Environment;
  /** By their names in serverless.yml. */
  authorizers: ReadonlyMap<string, Authorizer>;
  /** Sets the console's address as soon as it is known. */
  serve(url: string): void;
}

/** The one authorizer of serverless.yml. */
const AUTHORIZER = 'console';
/** The embedded provider's only client, and the `aud` of its tokens. */
const CLIENT_ID = 'console';
export const AUDIENCE = 'sourcewhale-firefish-console';

interface Closers {
  add(close: () => unknown): void;
}

/** A provider that the environment names (OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_AUDIENCE) is used instead of the embedded one. */
export async function openConsole(
  given: Environment,
  { functions }: Deployment,
  onError: (message: string) => void,
  closers: Closers,
): Promise<SignIn> {
  // A deployment without a console needs no sign-in.
  if (!functions.some(({ name }) => name === 'console-page')) {
    return { environment: {}, authorizers: new Map(), serve: () => undefined };
  }
  const page = openPage(closers);
  const authorizer = (issuer: string, audience: string): SignIn['authorizers'] =>
    new Map([[AUTHORIZER, lazyAuthorizer({ issuer, audience }, onError)]]);
  const { OIDC_ISSUER: issuer = '', OIDC_AUDIENCE: audience = '' } = given;
  if (issuer !== '') {
    const environment = { CONSOLE_DIRECTORY: await page };
    return {
      environment: { ...environment, OIDC_ISSUER: issuer },
      authorizers: authorizer(issuer, audience),
      serve: () => undefined,
    };
  }
  const [server, directory] = await Promise.all([openOidcServer(AUDIENCE, CLIENT_ID, onError), page]);
  closers.add(() => server.close());
  return {
    environment: { CONSOLE_DIRECTORY: directory, OIDC_ISSUER: server.issuer, OIDC_CLIENT_ID: CLIENT_ID },
    authorizers: authorizer(server.issuer, AUDIENCE),
    serve: (url) => {
      server.setConsole(url);
    },
  };
}

/** The page is built again at each start, which takes no longer than reading it. */
async function openPage(closers: Closers): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'console-'));
  closers.add(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const [{ buildConsolePage }, esbuild] = await Promise.all([import('../build.ts'), import('esbuild')]);
  await buildConsolePage(directory);
  // Its process would not end before this one.
  await esbuild.stop();
  return directory;
}

/** jose is loaded when the first token comes. */
function lazyAuthorizer(
  provider: { issuer: string; audience: string },
  onError: (message: string) => void,
): Authorizer {
  let loaded: Promise<Authorizer> | undefined;
  return async (authorization) => {
    loaded ??= import('./http/jwt-authorizer.ts').then(({ jwtAuthorizer }) =>
      jwtAuthorizer(provider, onError),
    );
    return (await loaded)(authorization);
  };
}
