import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  ACME,
  connect,
  enable,
  FIREFISH,
  openWorld,
  personEvent,
  signIn,
  type World,
} from './console-page.ts';

let world: World;
let page: Page;
beforeAll(async () => {
  world = await openWorld();
  page = await world.open({ permissions: ['clipboard-read', 'clipboard-write'] });
});
afterAll(() => world.close());

const heading = (name: string | RegExp) => page.getByRole('heading', { name });

/** One agency's way, in the order in which it is gone. */
describe('from Enable to a replayed event', () => {
  let clientId = '';
  let clientSecret = '';

  test('a super user signs in and stands before Enable', async () => {
    await signIn(page, 'super-user');
    await heading('Sourcewhale').waitFor();
    await page.getByText(ACME).first().waitFor();
    expect(await page.getByText('Not enabled').isVisible()).toBe(true);
    expect(page.url()).toBe(`${world.url}/console`);
  });

  test('what is left out, and what Firefish refuses, is said, and nothing typed is lost', async () => {
    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await heading('There is a problem').waitFor();
    expect(await page.getByText('Fill in: Firefish API client secret').count()).toBe(2);

    await page.getByLabel('Firefish API client ID').fill(FIREFISH.clientId);
    await page.getByLabel('Firefish API client secret').fill('not-it');
    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await page.getByText(/Firefish refused the client id or secret/).waitFor();
    expect(await page.getByLabel('Firefish API client ID').inputValue()).toBe(FIREFISH.clientId);
    expect(await page.getByLabel('Firefish API client secret').inputValue()).toBe('not-it');
  });

  test('Enable shows Client ID and Client Secret, to be copied', async () => {
    ({ clientId, clientSecret } = await enable(page));
    expect(clientId).toMatch(/^sw_/);
    expect(clientSecret).toMatch(/^swsec_/);

    await page.getByRole('button', { name: 'Copy Client ID' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(clientId);
    await page.getByRole('button', { name: 'Copy Client Secret' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(clientSecret);
    await page.getByText('Client Secret copied').waitFor({ state: 'attached' });
  });

  test('after a reload the secret is nowhere: not in the page, not in storage, not in the history', async () => {
    expect(await page.content()).toContain('Client Secret');
    await page.reload();
    await heading('Connection').waitFor();
    const kept = await page.evaluate(() =>
      JSON.stringify([
        document.documentElement.outerHTML,
        [...document.querySelectorAll('input')].map(({ value }) => value),
        { ...localStorage },
        { ...sessionStorage },
        location.href,
        history.state,
        document.cookie,
      ]),
    );
    expect(kept).toContain(clientId);
    expect(kept).not.toContain(clientSecret);
    expect(kept).not.toContain(FIREFISH.clientSecret);
    expect(await page.evaluate(async () => (await indexedDB.databases()).length)).toBe(0);
    expect(await page.evaluate(async () => (await caches.keys()).length)).toBe(0);
    await page.goBack();
    expect(await page.content()).not.toContain(clientSecret);
    await page.goForward();
    await heading('Connection').waitFor();
  });

  test('once SourceWhale has connected, the page says so by itself', async () => {
    await page.getByText('Not connected yet').first().waitFor();
    await connect(world, { clientId, clientSecret });
    await page.reload();
    await page.getByText(/Connected since/).waitFor();
  });

  test('a pushed event shows in Activity with its story', async () => {
    const sourceWhale = await connect(world, { clientId, clientSecret });
    await page.getByRole('link', { name: 'Activity' }).click();
    await heading('Nothing has come in yet').waitFor();
    await sourceWhale.push([personEvent('record.created', { id: 'pushed-1' })]);
    await page.reload();
    const row = page.getByRole('row').filter({ hasText: 'pushed-1' });
    await row.getByText('Synced').waitFor();
    await row.getByRole('link', { name: 'Person created' }).click();
    await heading('What happened').waitFor();
    await page
      .getByRole('listitem')
      .filter({ hasText: /Candidate \d+ created/ })
      .first()
      .waitFor();
  });

  test('what Firefish refuses stands under Failed with its words, and a replay mends it', async () => {
    const sourceWhale = await connect(world, { clientId, clientSecret });
    await world.fault({
      kind: 'status',
      status: 400,
      body: { Message: 'The Surname is too long.' },
      endpoint: 'POST /candidates',
      times: 2,
    });
    await sourceWhale.push([
      personEvent('record.created', { id: 'refused-1' }),
      personEvent('record.created', { id: 'refused-2' }),
    ]);
    await page.getByRole('link', { name: 'Failed' }).click();
    await page
      .getByText(/The Surname is too long/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: /^Replay these 2/ }).click();
    await heading('Nothing has failed').waitFor();
    await page.getByText('2 events put back').waitFor({ state: 'attached' });

    await page.getByRole('link', { name: 'Activity' }).click();
    await page.getByRole('row').filter({ hasText: 'refused-1' }).getByText('Synced').waitFor();
    await page.getByRole('row').filter({ hasText: 'refused-2' }).getByText('Synced').waitFor();
  });
});

test('rights that the Firefish profile lacks are named, with where to tick them, and go once it has them', async () => {
  const lacking = { clientId: 'ff-lacking', clientSecret: 'lacking-secret' };
  const scopes = ['candidatesAPI-read', 'candidatesAPI-write', 'contactsAPI-read', 'contactsAPI-write'];
  await world.profile(lacking, [...scopes, 'companiesAPI-read', 'actionsAPI-read']);
  const operator = await world.openAs('operator', '#/agencies/lacking.firefishsoftware.com');
  await enable(operator, lacking);
  const notice = operator.locator('.notice').filter({ hasText: 'Rights are missing in Firefish' });
  await notice.getByText('companiesAPI-write', { exact: true }).waitFor();
  expect(await notice.textContent()).toContain('Settings → Integrations → Custom API profile');
  expect(await notice.textContent()).not.toContain('candidatesAPI');

  await operator.getByRole('button', { name: 'I have copied both' }).click();
  await notice.waitFor();
  await operator.getByRole('button', { name: 'Replace' }).click();
  const dialog = operator.getByRole('dialog');
  await dialog.getByLabel('Firefish API client ID').fill(FIREFISH.clientId);
  await dialog.getByLabel('Firefish API client secret').fill(FIREFISH.clientSecret);
  await dialog.getByRole('button', { name: 'Check and replace' }).click();
  await notice.waitFor({ state: 'detached' });
});

test('a test event goes all the way, each step is shown, and Disable ends what SourceWhale may do', async () => {
  const domain = 'all-the-way.firefishsoftware.com';
  const operator = await world.openAs('operator', `#/agencies/${domain}`);
  const credentials = await enable(operator);
  await connect(world, credentials, domain);
  await operator.getByRole('button', { name: 'I have copied both' }).click();
  await operator.getByRole('button', { name: 'Send a test event' }).click();
  const steps = operator.getByRole('region', { name: 'Test event' }).getByRole('listitem');
  await steps.filter({ hasText: 'Synced' }).waitFor();
  expect(await steps.count()).toBeGreaterThanOrEqual(5);

  await operator.getByRole('button', { name: 'Disable', exact: true }).click();
  await operator.getByRole('dialog').getByRole('button', { name: 'Disable', exact: true }).click();
  await operator.getByRole('heading', { name: 'Enable again' }).waitFor();
});
