/** A large push, as the waiting person sees it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { type Agency, openWorld, personEvent, type World } from './console-page.ts';

let world: World;
let agency: Agency;
let page: Page;
const PUSHED = 120;
/** Firefish is this slow until the page has shown the push: on a busy machine it is over before the page has loaded. */
const SLOW_MS = 3_000;

beforeAll(async () => {
  world = await openWorld();
  agency = await world.agency('pushing');
  page = await world.openAs('operator', agency.at('progress'));
});
afterAll(() => world.close());

const figure = async (label: string): Promise<number> => {
  const value = page.locator('.numbers > div').filter({ hasText: label }).getByRole('definition');
  return Number((await value.textContent())?.replace(',', ''));
};

test('numbers, pace and time left follow a push until it is done, and the last hours show it', async () => {
  await page.getByText('All that SourceWhale sent has been dealt with.').waitFor();
  await world.fault(agency.firefish, {
    endpoint: 'POST /candidates',
    kind: 'slow',
    ms: SLOW_MS,
    times: PUSHED,
  });
  await agency.sourceWhale.push(Array.from({ length: PUSHED }, () => personEvent('record.created')));
  const heading = page.getByRole('heading', { name: new RegExp(`^\\d+ of ${PUSHED} events done$`) });
  const isSeen = async (): Promise<boolean> => {
    await page.reload();
    return heading.waitFor({ timeout: 4_000 }).then(
      () => true,
      () => false,
    );
  };
  // What was loaded too early for the index sees nothing to wait for, and looks again only after a while.
  await eventually(isSeen, (seen) => seen);
  // All numbers are from one answer: none is rendered between two reads of the test.
  await page.context().setOffline(true);
  const done = Number((await heading.textContent())?.split(' ')[0]);
  const ended = (await figure('Synced')) + (await figure('Skipped')) + (await figure('Failed'));
  expect(ended).toBe(done);
  expect(done + (await figure('Still to go'))).toBe(PUSHED);
  const bar = page.getByRole('progressbar', { name: /events done$/ });
  expect([await bar.getAttribute('value'), await bar.getAttribute('max')]).toEqual([
    String(done),
    String(PUSHED),
  ]);
  await page.getByText(/^About .+(?:at the pace of the last minutes|second)/).waitFor();
  await page.context().setOffline(false);

  const later = page.getByRole('heading', {
    name: new RegExp(`^(?!${done} )\\d+ of ${PUSHED} events done$`),
  });
  await later.waitFor();
  await world.endFaults(agency.firefish);
  expect(Number((await later.textContent())?.split(' ')[0])).toBeGreaterThan(done);
  expect(await figure('Events a minute')).toBeGreaterThan(0);
  await page.getByRole('heading', { name: 'Nothing is waiting' }).waitFor({ timeout: 40_000 });
  expect(await page.getByRole('region', { name: 'Nothing is waiting' }).textContent()).toContain(
    `All ${PUSHED} events`,
  );
  await page
    .getByRole('status')
    .filter({ hasText: `All ${PUSHED} events done` })
    .waitFor();
  const calls = page.getByRole('row').filter({ hasText: 'POST /candidates' }).getByRole('cell');
  expect(await calls.allTextContents()).toEqual([`${PUSHED} of 600`, `${PUSHED} of 3,000`]);

  await page.reload();
  const events = page.getByRole('figure', { name: 'Events', exact: true });
  await events.getByText(new RegExp(`^${PUSHED} synced, 0 skipped, 0 failed from`)).waitFor();
  await events.getByText('As a table').click();
  const cells = await events.getByRole('table').getByRole('cell').allTextContents();
  expect(cells.reduce((sum, text) => sum + Number(text), 0)).toBe(PUSHED);
  await page.getByLabel('Show').selectOption('Last hour');
  await events.getByText(new RegExp(`^${PUSHED} synced`)).waitFor();
  await events.getByText('As a table').click();
  // The head, and a row for each quarter.
  expect(await events.getByRole('table').getByRole('row').count()).toBe(1 + 4);
}, 90_000);
