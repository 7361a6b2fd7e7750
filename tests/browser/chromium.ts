/** The browser that the tests drive: Debian's chromium, or the one that CHROMIUM_PATH names. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserServer, chromium, type LaunchOptions } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** A browser only for these tests: nothing in the background, nothing over the network. */
const ARGUMENTS = [
  '--disable-gpu',
  // Plain grey edges of letters: pictures of the page stay small.
  '--disable-lcd-text',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const HOW_TO_GET_ONE =
  'There is no Chromium here. On Debian: apt-get install -y chromium. Elsewhere: set CHROMIUM_PATH to the program of a Chromium or Chrome.';

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Where it is; undefined if there is none. */
export function findChromium({ CHROMIUM_PATH, PATH }: NodeJS.ProcessEnv): string | undefined {
  if (CHROMIUM_PATH !== undefined && CHROMIUM_PATH !== '') {
    return isProgram(CHROMIUM_PATH) ? CHROMIUM_PATH : undefined;
  }
  const places = (PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return places.find(isProgram);
}

/**
 * With a new, empty profile, which is deleted when the browser is closed. Everyone who knows its address can control
 * it.
 */
export const serveChromium = (): Promise<BrowserServer> => chromium.launchServer(options());

export const launchChromium = (): Promise<Browser> => chromium.launch(options());

function options(): LaunchOptions {
  const executablePath = findChromium(process.env);
  if (executablePath === undefined) throw new Error(HOW_TO_GET_ONE);
  // Chromium's sandbox refuses to run as root, as containers do.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return { executablePath, headless: true, args: [...ARGUMENTS, ...asRoot] };
}
