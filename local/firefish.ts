/** The Firefish that the local system talks to: the embedded simulator, or the one that was given. */
import type { FirefishConfig } from '../lib/config.ts';
import { embeddedSimulator } from './firefish-simulator/embedded.ts';
import { DEMO_PROFILE } from './firefish-simulator/first-use.ts';
import { startFirefishSimulator } from './firefish-simulator/server.ts';
import type { FirefishSimulator } from './firefish-simulator/simulator.ts';
import { messageOf, StartError } from './start-error.ts';
import type { Settings } from './stack/settings.ts';

export interface LocalFirefish {
  url: string;
  /** Absent if it is not embedded. */
  simulator?: FirefishSimulator;
  close(): Promise<void>;
}

/** The credentials that the README and the demonstration use. */
export const { clientId: DEMO_CLIENT_ID, clientSecret: DEMO_CLIENT_SECRET } = DEMO_PROFILE;
const PROBE_TIMEOUT_MS = 3000;

/**
 * `warn` is called if the given Firefish does not answer: it may come back, and nothing is lost in between.
 * @param directory where the simulator's data stay between runs; undefined: in memory
 */
export async function openFirefish(
  { firefishUrl, firefish }: Settings,
  directory: string | undefined,
  warn: (message: string) => void,
): Promise<LocalFirefish> {
  if (firefishUrl !== undefined) {
    await probe(firefishUrl, warn);
    return { url: firefishUrl, close: () => Promise.resolve() };
  }
  const simulator = openSimulator(firefish, directory);
  const server = await startFirefishSimulator(simulator);
  return { url: server.url, simulator, close: () => server.close() };
}

function openSimulator(firefish: FirefishConfig, directory: string | undefined): FirefishSimulator {
  try {
    return embeddedSimulator(firefish, directory);
  } catch (error) {
    throw new StartError(
      `DATA_DIR: the simulator's data in ${String(directory)} can't be used (${messageOf(error)}); move them away to begin again`,
      { cause: error },
    );
  }
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
