import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ACME, openWorld, signIn, type World } from './console-page.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const OTHER = 'other.firefishsoftware.com';

/** Asks the API with the session that the page has, as a curious person would from the browser's console. */
const ask = (page: Page, path: string, method = 'GET'): Promise<number> =>
  page.evaluate(
    async ([url, verb]) => {
      const session = JSON.parse(sessionStorage.getItem('session') ?? '{}') as { accessToken?: string };
      const response = await fetch(`/admin/v1${url}`, {
        method: verb,
        headers: {
          ...(session.accessToken === undefined ? {} : { authorization: `Bearer ${session.accessToken}` }),
          ...(verb === 'GET' ? {} : { 'content-type': 'application/json' }),
        },
        ...(verb === 'GET' ? {} : { body: '{}' }),
      });
      return response.status;
    },
    [path, method] as const,
  );

const READS = ['', '/settings', '/events', '/events/e1', '/progress', '/history', '/failed'];
const WRITES = [
  'enable',
  'rotate',
  'disable',
  'firefish-credentials',
  'check-firefish',
  'test-event',
  'events/search',
  'replay',
  'dismiss',
  'erase',
  'export',
];

describe('each role before each door', () => {
  test('who has not signed in sees the sign-in alone, and every door of the API is shut', async () => {
    const page = await world.open();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await page.goto(`${world.url}/console#/agencies/${ACME}/failed`);
    expect(await page.getByRole('heading').allTextContents()).toEqual(['Sourcewhale in Firefish']);
    expect(await ask(page, '/me')).toBe(401);
    expect(await ask(page, '/tenants')).toBe(401);
    for (const path of READS) expect([path, await ask(page, `/tenants/${ACME}${path}`)]).toEqual([path, 401]);
    for (const path of WRITES) {
      expect([path, await ask(page, `/tenants/${ACME}/${path}`, 'POST')]).toEqual([path, 401]);
    }
  });

  test('a super user stands before their own agency, and before no other one, by page or by request', async () => {
    const page = await world.openAs('super-user');
    await page.getByText(ACME).first().waitFor();
    expect(await page.getByRole('link', { name: 'Agencies' }).count()).toBe(0);

    await page.goto(`${world.url}/console#/agencies`);
    await page.getByRole('link', { name: ACME }).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    expect(await page.getByRole('link', { name: 'Add an agency' }).count()).toBe(0);

    await page.goto(`${world.url}/console#/agencies/${OTHER}`);
    await page.getByText('Could not load the agency.').waitFor();
    for (const path of READS)
      expect([path, await ask(page, `/tenants/${OTHER}${path}`)]).toEqual([path, 404]);
    for (const path of WRITES) {
      expect([path, await ask(page, `/tenants/${OTHER}/${path}`, 'POST')]).toEqual([path, 404]);
    }
  });

  test('an operator sees every agency, and may add one', async () => {
    const page = await world.openAs('operator');
    await page.getByRole('heading', { name: 'Agencies' }).waitFor();
    await page.getByRole('link', { name: 'Add an agency' }).click();
    await page.getByLabel('Firefish address').fill(`https://${OTHER}/some/page`);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('Not enabled').waitFor();
    expect(page.url()).toContain(`#/agencies/${OTHER}`);
    expect(await ask(page, `/tenants/${ACME}`)).toBe(200);
  });

  test('signing out ends it: neither a reload nor the back button shows anything', async () => {
    const page = await world.openAs('super-user');
    await page.getByText(ACME).first().waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    // The provider's own question.
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await page.goBack();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.getByText(ACME).count()).toBe(0);
    await signIn(page, 'operator');
    await page.getByRole('heading', { name: 'Agencies' }).waitFor();
  });
});
