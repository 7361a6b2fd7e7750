/** `npm run screenshots`: takes pictures of every view of the running system, at two widths, into docs/console. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { npmStart } from '../e2e/npm-start.ts';
import { launchChromium } from './chromium.ts';
import { ACME, makeWorld, NARROW, personEvent, pushed, type User, WIDE, type World } from './console-page.ts';
import { accessTokens } from './global-setup.ts';
import { shrinkPng } from './shrink-png.ts';
import { walk } from './walk.ts';

const FOLDER = join(import.meta.dirname, '../../docs/console');
const MAX_BYTES = 150_000;
/** Below that a list only continues. */
const MOST_PIXELS = 2_000;
/** What was pushed since the morning: how many minutes ago, and how many people. */
const MORNING = [
  [340, 8],
  [318, 45],
  [301, 70],
  [287, 90],
  [262, 40],
  [240, 25],
  [221, 95],
  [206, 60],
  [171, 20],
  [140, 65],
  [118, 80],
  [95, 30],
  [62, 50],
  [33, 75],
] as const;

/** The system's clock is behind ours by as much as this file says. */
const shiftFile = join(mkdtempSync(join(tmpdir(), 'console-pictures-')), 'shift');
const setClock = async (minutesAgo: number): Promise<void> => {
  writeFileSync(shiftFile, String(1 - minutesAgo * 60_000));
  // It reads the file now and then.
  await new Promise((resolve) => setTimeout(resolve, 300));
};

await setClock(0);
const system = await npmStart(
  {
    NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'shifted-clock.ts')).href}`,
    CLOCK_SHIFT_FILE: shiftFile,
  },
  60_000,
);
try {
  const browser = await launchChromium();
  try {
    for (const file of readdirSync(FOLDER)) if (file.endsWith('.png')) rmSync(join(FOLDER, file));
    await pictures(browser);
  } finally {
    await browser.close();
  }
} finally {
  await system.kill();
  rmSync(dirname(shiftFile), { recursive: true });
}

/** As for a customer: an agency with the events of a morning, and others beside it. */
async function pictures(browser: Browser): Promise<void> {
  const tokens: Record<string, string> = {};
  // A token lasts half an hour and may not be from the future: it is renewed after the clock has been set.
  const renewTokens = async (minutesAgo: number): Promise<void> => {
    Object.assign(tokens, await accessTokens(system.url, -minutesAgo * 60));
  };
  let isMorning = false;
  const world = withCurrentTokens(
    makeWorld({ url: system.url, simulator: system.firefishUrl ?? '', tokens }, browser),
    (user) => (isMorning ? undefined : tokens[user]),
  );
  const start = MORNING[0][0] + 1;
  await setClock(start);
  await renewTokens(start);
  await world.agency('birch-and-partners');
  const castle = await world.agency('castle-search');
  const { domain } = await world.agency('north-sea-talent');
  await walk({
    world,
    domain: ACME,
    user: 'super-user',
    pushed: 800,
    lookAt: 210,
    morning: async (sourceWhale) => {
      isMorning = true;
      for (const [minutesAgo, people] of MORNING) {
        await setClock(minutesAgo);
        const occurredAt = new Date(Date.now() - minutesAgo * 60_000).toISOString();
        await pushed(
          sourceWhale,
          Array.from({ length: people }, () => personEvent('record.created', { occurredAt })),
        );
        await renewTokens(minutesAgo);
      }
      await world.ask('operator', `/tenants/${domain}/disable`, {});
      await setClock(0);
      await renewTokens(0);
      isMorning = false;
      // One of the others is in trouble.
      await world.fault(castle.firefish, { kind: 'status', status: 401, times: 100 });
      await castle.sourceWhale.push([personEvent('record.created')]);
    },
    visit: takePictures,
  });
}

/** Its pages send the newest token of their user; without one they send nothing, as an expired token signs them out. */
function withCurrentTokens(world: World, tokenOf: (user: User) => string | undefined): World {
  return {
    ...world,
    async openAs(user, ...given) {
      const page = await world.openAs(user, ...given);
      await page.route(`${world.url}/admin/v1/**`, (route) => {
        const token = tokenOf(user);
        if (token === undefined) return route.abort();
        return route.continue({
          headers: { ...route.request().headers(), authorization: `Bearer ${token}` },
        });
      });
      return page;
    },
  };
}

async function takePictures(name: string, page: Page): Promise<void> {
  for (const size of [WIDE, NARROW]) {
    await page.setViewportSize(size);
    // Opening and loading elements get a moment to finish.
    await page.waitForTimeout(name === 'progress' ? 3500 : 300);
    const path = join(FOLDER, `${name}-${size.width}.png`);
    // A dialog is in the window, whatever is below.
    const fullPage = (await page.getByRole('dialog').count()) === 0;
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    const clip = { x: 0, y: 0, width: size.width, height: Math.min(height, MOST_PIXELS) };
    const picture = shrinkPng(
      await page.screenshot({ ...(fullPage ? { fullPage, clip } : {}), animations: 'disabled' }),
    );
    writeFileSync(path, picture);
    const { length: bytes } = picture;
    console.log(`${path.slice(path.indexOf('docs/'))} ${(bytes / 1000).toFixed(0)} kB`);
    if (bytes > MAX_BYTES) throw new Error(`${path} is larger than ${MAX_BYTES} bytes`);
  }
}
