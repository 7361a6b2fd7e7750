import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { openWorld, type World } from './console-page.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('the keyboard', () => {
  test('is enough to enable an agency: sign in, fill in, send, copy, continue, and something always has the focus', async () => {
    const firefish = { clientId: 'ff-keyboard', clientSecret: 'ff-keyboard-secret' };
    await world.profile(firefish);
    const page = await world.openAs('operator', '#/agencies/keyboard.firefishsoftware.com', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    // As someone who opens the page by its address: nothing has the focus yet.
    await page.reload();
    await page.getByRole('heading', { name: 'Enable' }).waitFor();
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const { activeElement } = document;
        const label =
          activeElement instanceof HTMLInputElement ? activeElement.labels?.[0]?.textContent : undefined;
        return label ?? activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
      });
    /** Where it arrives a moment after what was pressed: by when the page has drawn what it leads to. */
    const focusComesTo = (what: string): Promise<string> => eventually(focused, (text) => text === what);
    const tabTo = async (what: string): Promise<void> => {
      for (let presses = 0; presses < 30; presses += 1) {
        await page.keyboard.press('Tab');
        if ((await focused()) === what) return;
      }
      throw new Error(`no Tab leads to ${what}`);
    };
    await page.keyboard.press('Tab');
    await focusComesTo('Skip to the content');
    await page.keyboard.press('Enter');
    await focusComesTo('Sourcewhale');

    await tabTo('Firefish API client ID');
    await page.keyboard.type(firefish.clientId);
    await page.keyboard.press('Enter');
    await page.getByText('There is a problem').waitFor();
    await eventually(
      () => page.evaluate(() => document.activeElement?.getAttribute('role')),
      (role) => role === 'alert',
    );
    await tabTo('Fill in: Firefish API client secret');
    await page.keyboard.press('Enter');
    await focusComesTo('Firefish API client secret');
    await page.keyboard.type(firefish.clientSecret);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Sourcewhale is enabled' }).waitFor();
    await focusComesTo('Sourcewhale is enabled');

    await tabTo('Copy Client Secret');
    await page.keyboard.press('Space');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^swsec_/);
    await tabTo('I have copied both');
    await page.keyboard.press('Enter');
    await focusComesTo('Sourcewhale');

    await tabTo('Rotate');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await focusComesTo('Rotate');

    // A new view begins at its heading, with its own title; what has gone leaves the focus behind.
    await page.getByRole('link', { name: 'Activity' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Activity' }).waitFor();
    await focusComesTo('Sourcewhale');
    expect(await page.title()).toBe('Activity – keyboard.firefishsoftware.com – Sourcewhale');
    await page.goBack();
    await tabTo('Disable');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await focusComesTo('Disable');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Enable again' }).waitFor();
    await focusComesTo('Sourcewhale');
  });
});
