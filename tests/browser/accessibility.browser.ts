import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { axeFindings, NARROW, openWorld, overflow, WIDE, type World } from './console-page.ts';
import { walk } from './walk.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('axe finds nothing on any view, on a phone and on a desk, in light and dark; nothing runs over the side of a phone', async () => {
  const findings: Record<string, string[]> = {};
  const widths: Record<string, number> = {};
  let looks = 0;
  await walk({
    world,
    domain: 'reading.firefishsoftware.com',
    user: 'operator',
    pushed: 20,
    visit: async (name, page) => {
      for (const size of [NARROW, WIDE]) {
        await page.setViewportSize(size);
        const found = await axeFindings(page);
        if (found.length > 0) findings[`${name} at ${size.width}`] = found;
        const over = await overflow(page);
        if (over > 0) widths[`${name} at ${size.width}`] = over;
        looks += 1;
      }
      await page.emulateMedia({ colorScheme: 'dark' });
      const dark = await axeFindings(page, ['color-contrast']);
      if (dark.length > 0) findings[`${name} in the dark`] = dark;
      await page.emulateMedia({ colorScheme: null });
    },
  });
  expect(findings).toEqual({});
  expect(widths).toEqual({});
  expect(looks).toBeGreaterThanOrEqual(40);
}, 240_000);
