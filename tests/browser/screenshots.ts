/** `npm run screenshots`: pictures of every view at two widths, made of the running system, into docs/console. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { npmStart } from '../e2e/npm-start.ts';
import { launchChromium } from './chromium.ts';
import { ACME, makeWorld, NARROW, WIDE } from './console-page.ts';
import { accessTokens } from './global-setup.ts';
import { shrinkPng } from './shrink-png.ts';
import { walk } from './walk.ts';

const FOLDER = join(import.meta.dirname, '../../docs/console');
const MAX_BYTES = 150_000;

const system = await npmStart({}, 60_000);
try {
  const browser = await launchChromium();
  try {
    for (const file of readdirSync(FOLDER)) if (file.endsWith('.png')) rmSync(join(FOLDER, file));
    await walk({
      world: makeWorld(
        { url: system.url, simulator: system.firefishUrl ?? '', tokens: await accessTokens(system.url) },
        browser,
      ),
      domain: ACME,
      user: 'super-user',
      pushed: 400,
      visit: takePictures,
    });
  } finally {
    await browser.close();
  }
} finally {
  await system.kill();
}

async function takePictures(name: string, page: Page): Promise<void> {
  for (const size of [WIDE, NARROW]) {
    await page.setViewportSize(size);
    // What opens or loads has a moment to stand still.
    await page.waitForTimeout(name === 'progress' ? 5000 : 300);
    const path = join(FOLDER, `${name}-${size.width}.png`);
    // A dialog stands in the window, whatever is below.
    const fullPage = (await page.getByRole('dialog').count()) === 0;
    const picture = shrinkPng(await page.screenshot({ fullPage, animations: 'disabled' }));
    writeFileSync(path, picture);
    const { length: bytes } = picture;
    console.log(`${path.slice(path.indexOf('docs/'))} ${(bytes / 1000).toFixed(0)} kB`);
    if (bytes > MAX_BYTES) throw new Error(`${path} is larger than ${MAX_BYTES} bytes`);
  }
}
