import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { axeFindings, NARROW, openWorld, overflow, WIDE, type World } from './console-page.ts';
import { structureFindings } from './structure.ts';
import { walk } from './walk.ts';

/** The axe rules that depend on the layout. */
const LAID_OUT = ['color-contrast', 'target-size', 'scrollable-region-focusable', 'link-in-text-block'];

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('axe finds no problem on any view, on a phone and on a desktop, in light and dark mode, and no view is wider than a phone', async () => {
  const findings: Record<string, string[]> = {};
  const widths: Record<string, number> = {};
  let looks = 0;
  await walk({
    world,
    domain: 'reading.firefishsoftware.com',
    user: 'operator',
    pushed: 20,
    visit: async (name, page) => {
      const look = async (where: string, rules?: string[]): Promise<void> => {
        const found = await axeFindings(page, rules);
        if (found.length > 0) findings[`${name} ${where}`] = found;
        looks += 1;
      };
      const over = async (where: string): Promise<void> => {
        const pixels = await overflow(page);
        if (pixels > 0) widths[`${name} ${where}`] = pixels;
      };
      await page.setViewportSize(NARROW);
      await look('on a phone');
      await over('on a phone');
      const unsaid = await structureFindings(page);
      if (unsaid.length > 0) findings[`${name}, unseen`] = unsaid;
      // On a desktop it is the same page with another layout.
      await page.setViewportSize(WIDE);
      await look('on a desk', LAID_OUT);
      await over('on a desk');
      await page.emulateMedia({ colorScheme: 'dark' });
      await look('in the dark', ['color-contrast']);
      await page.emulateMedia({ colorScheme: null });
    },
  });
  expect(findings).toEqual({});
  expect(widths).toEqual({});
  expect(looks).toBeGreaterThanOrEqual(60);
}, 240_000);
