/** The Firefish that the local system talks to: the embedded simulator, or the one that was given. */
import { systemClock } from '../lib/clock.ts';
import type { FirefishSimulator } from './firefish-simulator/simulator.ts';
import { messageOf } from './start-error.ts';
import type { Settings } from './settings.ts';

export interface LocalFirefish {
  url: string;
  /** Absent where it is not embedded. */
  simulator?: FirefishSimulator;
  close(): Promise<void>;
}

/** The credentials that the README and the demonstration use. */
export const DEMO_CLIENT_ID = 'ff-demo';
export const DEMO_CLIENT_SECRET = 'ff-demo-secret';
const PROBE_TIMEOUT_MS = 3000;

/** `warn` is told of a Firefish that does not answer: it may come back, and nothing is lost meanwhile. */
export async function openFirefish(
  settings: Settings,
  warn: (message: string) => void,
): Promise<LocalFirefish> {
  const { firefishUrl, firefish } = settings;
  if (firefishUrl !== undefined) {
    await probe(firefishUrl, warn);
    return { url: firefishUrl, close: () => Promise.resolve() };
  }
  const [{ FirefishSimulator }, { startFirefishSimulator }] = await Promise.all([
    import('./firefish-simulator/simulator.ts'),
    import('./firefish-simulator/server.ts'),
  ]);
  const simulator = new FirefishSimulator({
    clock: systemClock,
    rateLimits: firefish.FIREFISH_RATE_LIMITS,
    tokenLimits: firefish.FIREFISH_TOKEN_LIMITS,
  });
  simulator.addProfile({ clientId: DEMO_CLIENT_ID, clientSecret: DEMO_CLIENT_SECRET });
  const server = await startFirefishSimulator(simulator);
  return { url: server.url, simulator, close: () => server.close() };
}

/** Any answer will do: without credentials it is a refusal. */
async function probe(url: string, warn: (message: string) => void): Promise<void> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS), redirect: 'manual' });
    await response.body?.cancel();
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    warn(`FIREFISH_API_URL: ${url} does not answer (${messageOf(cause)}); events will wait until it does`);
  }
}
