/** One system and one browser for all files; if there is no browser, how to get one, instead of failing every test. */
import { npmStart } from '../e2e/npm-start.ts';
import { signIn } from '../support/sign-in.ts';
import { findChromium, HOW_TO_GET_ONE, serveChromium } from './chromium.ts';

/** How fast it starts is another test's business. */
const READY_WITHIN_MS = 60_000;

/** What the files find in their environment. */
export const SYSTEM_URL = 'CONSOLE_TEST_SYSTEM_URL';
export const SIMULATOR_URL = 'CONSOLE_TEST_SIMULATOR_URL';
export const BROWSER_URL = 'CONSOLE_TEST_BROWSER_URL';
/** Access tokens by user, as JSON: most tests begin signed in. */
export const SESSIONS = 'CONSOLE_TEST_SESSIONS';

/** Each test has its own agencies, within the same minute; what they push must not wait for Firefish. */
const LIMITS = {
  FIREFISH_TOKEN_LIMITS: '100/1m,1000/1h',
  FIREFISH_RATE_LIMITS: '50/1s,600/1m,3000/1h',
};

declare global {
  var closeConsoleTest: (() => Promise<void>) | undefined;
}

export default async function globalSetup(): Promise<void> {
  if (findChromium(process.env) === undefined) {
    console.error(HOW_TO_GET_ONE);
    process.exit(1);
  }
  const system = await npmStart(LIMITS, READY_WITHIN_MS);
  globalThis.closeConsoleTest = () => system.kill();
  const browser = await serveChromium();
  globalThis.closeConsoleTest = async () => {
    await browser.close();
    await system.kill();
  };
  process.env[SYSTEM_URL] = system.url;
  process.env[SIMULATOR_URL] = system.firefishUrl;
  process.env[BROWSER_URL] = browser.wsEndpoint();
  process.env[SESSIONS] = JSON.stringify(await accessTokens(system.url));
}

/** @param clockSkew by how many seconds the system's clock is ahead of ours; negative if it is behind */
export async function accessTokens(url: string, clockSkew = 0): Promise<Record<string, string>> {
  const users = ['operator', 'super-user'];
  const signedIn = await Promise.all(users.map((user) => signIn(`${url}/console`, user, clockSkew)));
  return Object.fromEntries(users.map((user, index) => [user, signedIn[index]?.accessToken ?? '']));
}
