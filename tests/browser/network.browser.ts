import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type Agency, openWorld, signIn, type World } from './console-page.ts';

let world: World;
let at: Agency['at'];
beforeAll(async () => {
  world = await openWorld();
  ({ at } = await world.agency('network'));
});
afterAll(() => world.close());

const saved = (page: Page) => page.getByText(/✓ Saved/);

describe('a bad network', () => {
  test('a slow answer is reported as slow', async () => {
    const page = await world.openAs('operator', at());
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

  test('typed input survives a failed request, and can be sent when the network is back', async () => {
    const page = await world.openAs('operator', at('settings'));
    await page.getByLabel('Default source').fill('SourceWhale campaign');
    await page.getByLabel('Leave a note for an opt-out as well').check();
    await page.context().setOffline(true);
    await page.getByText('You are offline. What you see may be old').waitFor();
    await page.getByRole('button', { name: 'Save settings' }).click();
    await page.getByText('You are offline. What you typed is still here').waitFor();
    expect(await page.getByRole('alert').filter({ hasText: 'There is a problem' }).count()).toBe(1);
    expect(await page.getByLabel('Default source').inputValue()).toBe('SourceWhale campaign');

    await page.context().setOffline(false);
    await page.getByText('What you see may be old').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Save settings' }).click();
    await saved(page).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Adding people' }).waitFor();
    expect(await page.getByLabel('Default source').inputValue()).toBe('SourceWhale campaign');
    expect(await page.getByLabel('Leave a note for an opt-out as well').isChecked()).toBe(true);
  });

  test('a live view keeps its content, says that it is old, and continues by itself', async () => {
    const page = await world.openAs('operator', at('failed'));
    await page.getByRole('heading', { name: 'Nothing has failed' }).waitFor();
    await page.context().setOffline(true);
    await page.getByText('Not up to date.').first().waitFor();
    expect(await page.getByRole('heading', { name: 'Nothing has failed' }).isVisible()).toBe(true);
    await page.context().setOffline(false);
    await page.getByText('Not up to date.').first().waitFor({ state: 'detached' });
  });

  test('if the server fails, the page says so and offers to try again', async () => {
    const page = await world.openAs('operator', at());
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

  test('if the server refuses the session when the page is loaded, the person can sign in again', async () => {
    const page = await world.openAs('operator', at());
    await page.getByRole('heading', { name: 'Connection' }).waitFor();
    await page.route('**/admin/v1/**', (route) =>
      route.fulfill({ status: 401, json: { message: 'Unauthorized' } }),
    );
    await page.reload();
    await page.getByText('Your sign-in has ended. Sign in again.').waitFor();
    await page.unroute('**/admin/v1/**');
    await signIn(page, 'operator');
    await page.getByRole('heading', { name: 'Connection' }).waitFor();
  });

  test('if the session ends while a form is open, the person can sign in again in another tab and send the form', async () => {
    const page = await world.openAs('operator', at('settings'));
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
    // The provider may still know the person and ask nothing; the tab closes itself.
    const choice = tab.locator('button[name="login"][value="operator"]');
    await Promise.race([tab.waitForEvent('close'), choice.click().catch(() => undefined)]);
    await page.getByText('Your sign-in has ended.').waitFor({ state: 'detached' });
    expect(await page.getByLabel('Default source').inputValue()).toBe('Typed before the end');
    await page.getByRole('button', { name: 'Save settings' }).click();
    await saved(page).waitFor();
  });
});

test('a place that is asked for while the page is drawn for the first time is shown', async () => {
  const page = await world.openAs('operator');
  await page.addInitScript(() => {
    // Called before the page listens to anything: the header was just rendered.
    const observer = new MutationObserver(() => {
      if (document.querySelector('header') === null) return;
      observer.disconnect();
      location.hash = '#/enable';
    });
    observer.observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  await page.getByRole('heading', { name: 'Add an agency' }).waitFor();
});
