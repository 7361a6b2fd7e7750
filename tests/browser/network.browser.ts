import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ACME, enable, FIREFISH, openWorld, type World } from './console-page.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  const page = await world.openAs('super-user');
  await enable(page);
});
afterAll(() => world.close());

const at = (view: string): string => `#/agencies/${ACME}${view}`;
const saved = (page: Page) => page.getByText(/✓ Saved/);

describe('a bad network', () => {
  test('a slow answer is said to be slow', async () => {
    const page = await world.openAs('super-user');
    await page.getByRole('heading', { name: 'Connection' }).waitFor();
    await page.route('**/admin/v1/tenants/*/failed', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 4000));
      await route.continue();
    });
    await page.getByRole('link', { name: 'Failed' }).click();
    await page.getByText('Loading the failed events…').waitFor();
    await page.getByText('Still loading the failed events: the connection is slow.').waitFor();
    await page.getByRole('heading', { name: 'Nothing has failed' }).waitFor();
  });

  test('what was typed survives a request that fails, and can be sent once the network is back', async () => {
    const page = await world.openAs('super-user', at('/settings'));
    await page.getByLabel('Default source').fill('SourceWhale campaign');
    await page.getByLabel('Leave a note for an opt-out as well').check();
    await page.context().setOffline(true);
    await page.getByText('You are offline. What you see may be old').waitFor();
    await page.getByRole('button', { name: 'Save settings' }).click();
    await page.getByText('You are offline. What you typed is still here').waitFor();
    expect(await page.getByRole('alert').filter({ hasText: 'There is a problem' }).count()).toBe(1);
    expect(await page.getByLabel('Default source').inputValue()).toBe('SourceWhale campaign');

    await page.context().setOffline(false);
    await page.getByText('You are offline').first().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Save settings' }).click();
    await saved(page).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Adding people' }).waitFor();
    expect(await page.getByLabel('Default source').inputValue()).toBe('SourceWhale campaign');
    expect(await page.getByLabel('Leave a note for an opt-out as well').isChecked()).toBe(true);
  });

  test('a live view keeps what it has, says that it is old, and goes on by itself', async () => {
    const page = await world.openAs('super-user', at('/failed'));
    await page.getByRole('heading', { name: 'Nothing has failed' }).waitFor();
    await page.context().setOffline(true);
    await page.getByText('Not up to date.').first().waitFor();
    expect(await page.getByRole('heading', { name: 'Nothing has failed' }).isVisible()).toBe(true);
    await page.context().setOffline(false);
    await page.getByText('Not up to date.').first().waitFor({ state: 'detached' });
  });

  test('a server that fails is said to have failed, with a way to try again', async () => {
    const page = await world.openAs('super-user');
    await page.getByRole('heading', { name: 'Connection' }).waitFor();
    await page.route('**/admin/v1/tenants/*/settings', (route) =>
      route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }),
    );
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText('Could not load the settings.').waitFor();
    await page.unroute('**/admin/v1/tenants/*/settings');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Adding people' }).waitFor();
  });

  test('a session that ends half way through a form is renewed in another tab, and the form sent', async () => {
    const page = await world.openAs('super-user', at('/settings'));
    await page.getByLabel('Default source').fill('Typed before the end');
    await page.route('**/admin/v1/**', (route) =>
      route.fulfill({ status: 401, json: { message: 'Unauthorized' } }),
    );
    await page.getByRole('button', { name: 'Save settings' }).click();
    await page.getByText('Your sign-in has ended.').waitFor();
    await page.unroute('**/admin/v1/**');
    const [tab] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('button', { name: 'Sign in again' }).click(),
    ]);
    // The provider may know them still and ask nothing; the tab closes itself.
    const choice = tab.locator('button[name="login"][value="super-user"]');
    await Promise.race([tab.waitForEvent('close'), choice.click().catch(() => undefined)]);
    await page.getByText('Your sign-in has ended.').waitFor({ state: 'detached' });
    expect(await page.getByLabel('Default source').inputValue()).toBe('Typed before the end');
    await page.getByRole('button', { name: 'Save settings' }).click();
    await saved(page).waitFor();
  });
});

describe('the keyboard alone', () => {
  test('enables an agency: sign in, fill in, send, copy, go on, with the focus always on something', async () => {
    const page = await world.openAs('operator', '#/agencies/keyboard.firefishsoftware.com', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByRole('heading', { name: 'Enable' }).waitFor();
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const { activeElement } = document;
        const label =
          activeElement instanceof HTMLInputElement ? activeElement.labels?.[0]?.textContent : undefined;
        return label ?? activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
      });
    const tabTo = async (what: string): Promise<void> => {
      for (let presses = 0; presses < 30; presses += 1) {
        await page.keyboard.press('Tab');
        if ((await focused()) === what) return;
      }
      throw new Error(`no Tab leads to ${what}`);
    };
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('Sourcewhale');

    await tabTo('Firefish API client ID');
    await page.keyboard.type(FIREFISH.clientId);
    await page.keyboard.press('Enter');
    await page.getByText('There is a problem').waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert');
    await tabTo('Fill in: Firefish API client secret');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('Firefish API client secret');
    await page.keyboard.type(FIREFISH.clientSecret);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Sourcewhale is enabled' }).waitFor();
    expect(await focused()).toBe('Sourcewhale is enabled');

    await tabTo('Copy Client Secret');
    await page.keyboard.press('Space');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^swsec_/);
    await tabTo('I have copied both');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('Sourcewhale');

    await tabTo('Rotate');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused()).toBe('Rotate');
  });
});
