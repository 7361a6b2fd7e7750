/** The operator's list: which agencies are in trouble, and since when. Their alert begins once, and ends. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { type Agency, NARROW, openWorld, overflow, personEvent, pushed, type World } from './console-page.ts';

let world: World;
let page: Page;
let refused: Agency;
let failing: Agency;
const FOREVER = 10_000;
/** A tenant's timer row is due up to two minutes after its events came; the sweep of that minute looks at the tenant. */
const SWEPT_WITHIN_MS = 190_000;

beforeAll(async () => {
  world = await openWorld();
  [refused, failing] = await Promise.all([world.agency('trouble-refused'), world.agency('trouble-failing')]);
  await world.agency('trouble-free');
  page = await world.openAs('operator', '#/agencies');
});
afterAll(() => world.close());

const row = ({ domain }: Pick<Agency, 'domain'>) => page.getByRole('row').filter({ hasText: domain });
const show = async (what: string): Promise<void> => {
  await page.reload();
  await page.getByLabel('Find by address').fill('trouble-');
  await page.getByLabel('Show').selectOption(what);
};
const alertsOf = async ({ domain }: Agency): Promise<{ told: boolean }[]> =>
  (await world.ask<{ alerts: { told: boolean }[] }>('operator', `/tenants/${domain}`)).alerts;

test('an agency in trouble has a text and a link to what can be done, and other agencies have none', async () => {
  const refuse = { kind: 'status', status: 401, times: FOREVER };
  await world.fault(refused.firefish, refuse);
  await world.fault(failing.firefish, { ...refuse, status: 400, endpoint: 'GET /candidates/search' });
  await refused.sourceWhale.push([personEvent('record.created')]);
  await pushed(failing.sourceWhale, [personEvent('record.created')]);
  await eventually(
    () => world.ask<{ firefish: { down?: string } }>('operator', `/tenants/${refused.domain}`),
    ({ firefish }) => firefish.down === 'credentials',
  );
  await show('All agencies');
  await row(failing).getByRole('link', { name: 'Events have failed' }).waitFor();
  await row(refused).getByRole('link', { name: 'Credentials refused' }).waitFor();
  expect(await row(refused).getByText('Events have failed').count()).toBe(0);
  await row({ domain: 'trouble-free' }).getByText('None', { exact: true }).waitFor();
  await page.setViewportSize(NARROW);
  expect(await overflow(page)).toBe(0);

  await row(failing).getByRole('link', { name: 'Events have failed' }).click();
  await page.getByRole('heading', { name: 'Failed events' }).waitFor();
  await page.goBack();
  await row(refused).getByRole('link', { name: 'Credentials refused' }).click();
  await page.getByRole('heading', { name: 'Firefish refuses its API credentials' }).waitFor();
  await page.goBack();
});

test('the list can show only agencies with an open alert, until the alert is over', async () => {
  const alert = (kind: string) => [{ alert: kind, since: expect.any(String), told: true }];
  const told = (alerts: readonly { told: boolean }[]): boolean => alerts.some((one) => one.told);
  expect(await eventually(() => alertsOf(refused), told, SWEPT_WITHIN_MS)).toEqual(
    alert('credentials-refused'),
  );
  expect(await eventually(() => alertsOf(failing), told, SWEPT_WITHIN_MS)).toEqual(alert('events-failed'));
  await show('Those in trouble');
  await eventually(
    () => page.getByRole('rowheader').allTextContents(),
    (domains) => domains.join() === [failing.domain, refused.domain].join(),
  );

  await world.endFaults(refused.firefish);
  const { clientId, clientSecret } = refused.firefish;
  await world.ask('operator', `/tenants/${refused.domain}/firefish-credentials`, {
    firefishClientId: clientId,
    firefishClientSecret: clientSecret,
  });
  await show('All agencies');
  await row(refused).getByText('None', { exact: true }).waitFor();
}, 240_000);
