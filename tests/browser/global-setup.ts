/** One system and one browser for all files; where there is no browser, how to get one, instead of failing every test. */
import { npmStart } from '../e2e/npm-start.ts';
import { findChromium, HOW_TO_GET_ONE, serveChromium } from './chromium.ts';

/** How fast it starts is another test's business. */
const READY_WITHIN_MS = 60_000;

/** What the files find in their environment. */
export const SYSTEM_URL = 'CONSOLE_TEST_SYSTEM_URL';
export const SIMULATOR_URL = 'CONSOLE_TEST_SIMULATOR_URL';
export const BROWSER_URL = 'CONSOLE_TEST_BROWSER_URL';

declare global {
  var closeConsoleTest: (() => Promise<void>) | undefined;
}

export default async function globalSetup(): Promise<void> {
  if (findChromium(process.env) === undefined) {
    console.error(HOW_TO_GET_ONE);
    process.exit(1);
  }
  // Each file enables agencies of its own, within the same minute.
  const system = await npmStart({ FIREFISH_TOKEN_LIMITS: '100/1m,1000/1h' }, READY_WITHIN_MS);
  globalThis.closeConsoleTest = () => system.kill();
  const browser = await serveChromium();
  globalThis.closeConsoleTest = async () => {
    await browser.close();
    await system.kill();
  };
  process.env[SYSTEM_URL] = system.url;
  process.env[SIMULATOR_URL] = system.firefishUrl;
  process.env[BROWSER_URL] = browser.wsEndpoint();
}
