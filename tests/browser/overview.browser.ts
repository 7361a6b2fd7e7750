/** What an agency's overview says and does, besides its credentials. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { enable, openWorld, type World } from './console-page.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('missing rights of the Firefish profile are named, with where to tick them, and disappear when the profile has them', async () => {
  const lacking = { clientId: 'ff-lacking', clientSecret: 'lacking-secret' };
  const scopes = ['candidatesAPI-read', 'candidatesAPI-write', 'contactsAPI-read', 'contactsAPI-write'];
  await world.profile(lacking, [...scopes, 'companiesAPI-read', 'actionsAPI-read']);
  const operator = await world.openAs('operator', '#/agencies/lacking.firefishsoftware.com');
  await enable(operator, lacking);
  const complete = { clientId: 'ff-complete', clientSecret: 'complete-secret' };
  await world.profile(complete);
  const notice = operator.locator('.notice').filter({ hasText: 'Rights are missing in Firefish' });
  await notice.getByText('companiesAPI-write', { exact: true }).waitFor();
  expect(await notice.textContent()).toContain('Settings → Integrations → Custom API profile');
  expect(await notice.textContent()).not.toContain('candidatesAPI');

  await operator.getByRole('button', { name: 'I have copied both' }).click();
  await notice.waitFor();
  await operator.getByRole('button', { name: 'Replace' }).click();
  const dialog = operator.getByRole('dialog');
  await dialog.getByLabel('Firefish API client ID').fill(complete.clientId);
  await dialog.getByLabel('Firefish API client secret').fill(complete.clientSecret);
  await dialog.getByRole('button', { name: 'Check and replace' }).click();
  await notice.waitFor({ state: 'detached' });
});

test('a test event reaches Firefish, and each step is shown when it happens', async () => {
  const { at, domain, firefish } = await world.agency('all-the-way');
  const operator = await world.openAs('operator', at());
  // Firefish answers late: there is something to see meanwhile.
  const slow = { kind: 'slow', ms: 1_500 };
  await world.fault(firefish, { ...slow, endpoint: 'GET /contacts/search' });
  await world.fault(firefish, { ...slow, endpoint: 'POST /candidates' });
  await operator.getByRole('button', { name: 'Send a test event' }).click();
  const region = operator.getByRole('region', { name: 'Test event' });
  const steps = region.getByRole('listitem');
  await region.locator('[aria-current=step]').filter({ hasText: 'Taken up' }).waitFor();
  expect(await steps.allTextContents()).toEqual([
    expect.stringContaining('Done: Received'),
    '✓Done: Queued',
    '●Now: Taken up',
    '○To come: Looked up in Firefish',
    '○To come: Written to Firefish',
    '○To come: Done',
  ]);
  await steps.filter({ hasText: 'Synced' }).waitFor();
  expect(await steps.filter({ hasText: 'Candidate 1 created (EmailAddress' }).count()).toBe(1);
  expect(await steps.filter({ hasText: 'Done: ' }).count()).toBe(6);
  await operator.getByRole('button', { name: 'Send another' }).waitFor();

  // The overview says so too, and both lead to its story.
  await operator.reload();
  const last = operator
    .getByRole('region', { name: 'Connection' })
    .getByRole('link', { name: 'Pushed by hand' });
  await last.click();
  await operator.getByRole('heading', { name: 'What happened' }).waitFor();
  expect(operator.url()).toContain(`#/agencies/${domain}/activity/test-`);
});
