/** The Client Secret from issue to end, in the page and in SourceWhale's requests. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { enable, openWorld, type World } from './console-page.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** What SourceWhale is answered with this secret. */
const knock = async (clientId: string, clientSecret: string): Promise<number> => {
  const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  return (await fetch(`${world.url}/v1/connection`, { headers: { authorization } })).status;
};

/** Presses Rotate, and returns what is shown once. */
async function rotate(page: Page, oldOneEnds: string): Promise<string> {
  await page.getByRole('button', { name: 'Rotate', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Rotate the Client Secret' });
  await dialog.getByText('Both work until the old one ends').waitFor();
  await dialog.getByLabel('The old secret ends').selectOption(oldOneEnds);
  await dialog.getByRole('button', { name: 'Make a new secret' }).click();
  await page.getByRole('heading', { name: 'A new Client Secret' }).waitFor();
  return page.getByLabel('Client Secret', { exact: true }).inputValue();
}

describe('Rotate', () => {
  test('creates a second secret, which is shown once; both work during the overlap, and the page says until when', async () => {
    const { credentials, at } = await world.agency('rotated');
    const page = await world.openAs('operator', at());
    const fresh = await rotate(page, 'After 24 hours');
    expect(fresh).toMatch(/^swsec_/);
    expect(fresh).not.toBe(credentials.clientSecret);
    expect(await page.getByLabel('Client ID', { exact: true }).inputValue()).toBe(credentials.clientId);
    expect(await page.getByText(/The previous secret works until \d/).isVisible()).toBe(true);
    expect(await knock(credentials.clientId, fresh)).toBe(200);
    expect(await knock(credentials.clientId, credentials.clientSecret)).toBe(200);

    await page.getByRole('button', { name: 'I have copied both' }).click();
    const secrets = page.getByRole('region', { name: 'Client ID and Client Secret' }).getByRole('listitem');
    await secrets.nth(1).waitFor();
    expect(await secrets.filter({ hasText: 'works until' }).count()).toBe(1);
    await page.reload();
    await secrets.nth(1).waitFor();
    expect(await page.content()).not.toContain(fresh);
  });

  test('without an overlap ends the old secret at once', async () => {
    const { credentials, at } = await world.agency('leaked');
    const page = await world.openAs('operator', at());
    // Credentials are cached for half a minute after their use, so nothing has used them yet: connecting was before.
    const first = await rotate(page, 'At once (it has leaked)');
    await page.getByRole('button', { name: 'I have copied both' }).click();
    const second = await rotate(page, 'At once (it has leaked)');
    expect(await knock(credentials.clientId, second)).toBe(200);
    expect(await knock(credentials.clientId, first)).toBe(401);
  });
});

test('Disable explains its effect and does it; Enable then issues the same Client ID and a new secret', async () => {
  const { credentials, domain, firefish, at } = await world.agency('on-and-off');
  const page = await world.openAs('operator', at());
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Disable Sourcewhale?' });
  expect(await dialog.getByRole('listitem').allTextContents()).toEqual([
    expect.stringContaining('stop working within a minute'),
    expect.stringContaining('end as skipped'),
    expect.stringContaining('Opt-outs stay in force'),
    expect.stringContaining('same Client ID'),
  ]);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect((await world.ask<{ status: string }>('operator', `/tenants/${domain}`)).status).toBe('enabled');

  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await dialog.getByRole('button', { name: 'Disable', exact: true }).click();
  await page.getByRole('heading', { name: 'Enable again' }).waitFor();
  await page.getByText('Disabled', { exact: true }).waitFor();
  expect((await world.ask<{ status: string }>('operator', `/tenants/${domain}`)).status).toBe('disabled');

  const again = await enable(page, firefish);
  expect(again.clientId).toBe(credentials.clientId);
  expect(again.clientSecret).not.toBe(credentials.clientSecret);
  expect(await knock(again.clientId, again.clientSecret)).toBe(200);
  expect(await knock(credentials.clientId, credentials.clientSecret)).toBe(401);
});
