/**
 * The server of the embedded OpenID Connect provider. The provider takes most of a second and forty megabytes to load,
 * so it is loaded when someone signs in.
 */
import { createServer } from 'node:http';
import { refuseForeign } from '../http/callers.ts';
import { listen } from '../http/listen.ts';
import { messageOf } from '../start-error.ts';

export interface OidcServer {
  issuer: string;
  /** The console's addresses: nobody is sent anywhere else. */
  setConsole(url: string): void;
  close(): Promise<void>;
}

export async function openOidcServer(
  audience: string,
  clientId: string,
  onError: (message: string) => void,
): Promise<OidcServer> {
  let consoleUrl: string | undefined;
  let issuer = '';
  type Serve = Awaited<ReturnType<typeof import('./provider.ts').makeProvider>>;
  let provider: Promise<Serve> | undefined;
  const consoleOrigins = (): string[] => {
    const { port } = new URL(consoleUrl ?? issuer);
    return [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  };
  const make = async (): Promise<Serve> => {
    const { makeProvider } = await import('./provider.ts');
    return makeProvider({ issuer, audience, clientId, consoleOrigins: consoleOrigins() });
  };
  const server = createServer((request, response) => {
    provider ??= make();
    provider
      .then((serve) => serve(request, response))
      .catch((error: unknown) => {
        onError(`sign-in: ${messageOf(error)}`);
        response.destroy();
      });
  });
  // Only the console's page sends people here to sign in, and requests tokens.
  refuseForeign(server, () => ({ origins: consoleOrigins(), isNavigable: true }));
  const running = await listen(server, 0);
  issuer = running.url;
  return {
    issuer,
    setConsole: (url) => {
      consoleUrl = url;
    },
    close: () => running.close(),
  };
}
