/** What failed: grouped, explained, replayed one, many and all, dismissed with a reason. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { type Agency, NARROW, openWorld, personEvent, pushed, WIDE, type World } from './console-page.ts';

let world: World;
let agency: Agency;
let page: Page;
/** More than one request puts back. */
const REFUSED = 105;
/** Until the faults are ended: how many calls a push takes is the sync's business. */
const FOREVER = 10_000;
const WORDS = 'JobTitle is too long (max 12)';

beforeAll(async () => {
  world = await openWorld();
  agency = await world.agency('failing');
  const { firefish, sourceWhale } = agency;
  const fail = { kind: 'status' };
  const search = 'GET /candidates/search';
  await world.fault(firefish, {
    ...fail,
    status: 400,
    body: { Message: WORDS },
    endpoint: search,
    times: FOREVER,
  });
  await pushed(
    sourceWhale,
    Array.from({ length: REFUSED }, () => personEvent('record.created')),
  );
  await world.endFaults(firefish);
  await world.fault(firefish, {
    ...fail,
    status: 403,
    body: { Message: 'No' },
    endpoint: search,
    times: FOREVER,
  });
  await pushed(
    sourceWhale,
    [1, 2, 3].map(() => personEvent('record.created')),
  );
  await world.endFaults(firefish);
  page = await world.openAs('operator', agency.at('failed'));
}, 90_000);
afterAll(() => world.close());

interface Failures {
  total: number;
  groups: { oldestAt: string; newestAt: string }[];
}
const group = (words: string) => page.getByRole('region', { name: new RegExp(words) });
const tab = (name: string | RegExp) =>
  page.getByRole('navigation', { name: 'Sourcewhale' }).getByRole('link', { name });

describe('failed events', () => {
  test('are counted on the tab, and grouped by the reason, with what to do for each reason', async () => {
    await tab(`Failed ${REFUSED + 3} events`).waitFor();
    // On a phone, too, the tabs are in one line.
    await page.setViewportSize(NARROW);
    const tops = page.getByRole('navigation', { name: 'Sourcewhale' }).getByRole('link');
    const lines = await tops.evaluateAll((links) => links.map((link) => link.getBoundingClientRect().top));
    expect(new Set(lines).size).toBe(1);
    await page.setViewportSize(WIDE);
    const refused = group('with 400: JobTitle is too long');
    expect(await refused.textContent()).toContain(`${REFUSED} events`);
    expect(await refused.textContent()).toContain('What to do: Firefish did not accept a value');
    const forbidden = group('with 403');
    expect(await forbidden.textContent()).toContain('3 events');
    expect(await forbidden.textContent()).toContain('What to do: The Firefish profile lacks a right');
    // The largest first.
    expect(await page.getByRole('heading', { level: 3 }).first().textContent()).toContain('JobTitle');
  });

  test('can be replayed one by one, each on its own page', async () => {
    await group('with 403').getByRole('link', { name: 'See them' }).click();
    const row = page.getByRole('row').nth(1);
    await page.getByRole('row').nth(3).waitFor();
    expect(await page.getByRole('row').count()).toBe(1 + 3);
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: 'Why it failed' }).waitFor();
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    await page.getByRole('listitem').filter({ hasText: 'Synced' }).waitFor();
    await tab(`Failed ${REFUSED + 2} events`).waitFor();
    // The button has gone: the focus has not.
    await eventually(
      () => page.evaluate(() => document.activeElement?.tagName),
      (tag) => tag === 'H2',
    );
  });

  test('can be dismissed with a reason, which is required and stays with the event', async () => {
    await tab(/^Failed/).click();
    const forbidden = group('with 403');
    const id = (
      await world.ask<{ groups: { example: string; reason: string }[] }>(
        'operator',
        `/tenants/${agency.domain}/failed`,
      )
    ).groups.find(({ reason }) => reason.includes('403'))!.example;
    await forbidden.getByRole('button', { name: 'Dismiss…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Dismiss these 2 events?' });
    await dialog.getByRole('button', { name: 'Dismiss', exact: true }).click();
    await dialog.getByRole('heading', { name: 'There is a problem' }).waitFor();
    expect(await dialog.getByLabel('Reason').getAttribute('aria-invalid')).toBe('true');
    await dialog.getByLabel('Reason').fill('They left the agency');
    await dialog.getByRole('button', { name: 'Dismiss', exact: true }).click();
    await forbidden.waitFor({ state: 'detached' });
    await page.getByText('2 events dismissed').waitFor({ state: 'attached' });
    await tab(`Failed ${REFUSED} events`).waitFor();

    await page.goto(`${world.url}/console${agency.at(`activity/${id}`)}`);
    await page.getByText('Dismissed: They left the agency.').waitFor();
    await page.getByText('Firefish refused GET /candidates/search with 403: No').first().waitFor();
    await tab(/^Failed/).click();
  });

  test('can be replayed by group, with a progress bar', async () => {
    const refused = group('with 400');
    let requests = 0;
    await page.route('**/replay', async (route) => {
      requests += 1;
      // Long enough for a person, or a test, to see the bar between the two.
      if (requests > 1) await new Promise((resolve) => setTimeout(resolve, 1_000));
      await route.continue();
    });
    await refused.getByRole('button', { name: `Replay these ${REFUSED}` }).click();
    await refused.getByText(`100 of ${REFUSED} events`).waitFor();
    const bar = refused.getByRole('progressbar', { name: 'Replayed' });
    expect(await bar.getAttribute('value')).toBe('100');
    expect(await bar.getAttribute('max')).toBe(String(REFUSED));
    await page.getByText(`${REFUSED} events replayed: they are worked on now`).waitFor({ state: 'attached' });
    await page.getByText(`${REFUSED} events are replayed and worked on now. See the outcome`).waitFor();
    await page.getByRole('heading', { name: 'Nothing has failed' }).waitFor();
    expect(requests).toBe(2);
    await page.unroute('**/replay');
    await page.getByRole('link', { name: 'Failed', exact: true }).waitFor();
    await eventually(
      () => page.evaluate(() => document.activeElement?.textContent),
      (text) => text === 'Failed events',
    );
  });

  test('can be replayed all at once, and are listed again if they fail again', async () => {
    const { domain, firefish, sourceWhale, at } = await world.agency('failing-again');
    const fail = { kind: 'status', status: 400, body: { Message: WORDS } };
    await world.fault(firefish, { ...fail, endpoint: 'GET /contacts/search', times: FOREVER });
    await pushed(
      sourceWhale,
      [1, 2].map(() => personEvent('record.created')),
    );
    await page.goto(`${world.url}/console${at('failed')}`);
    await page.getByText(domain).first().waitFor();
    const failures = (): Promise<Failures> => world.ask('operator', `/tenants/${domain}/failed`);
    const [before] = (await failures()).groups;
    await page.getByRole('button', { name: 'Replay all 2' }).click();
    await page.getByText('2 events replayed').waitFor({ state: 'attached' });
    for (;;) {
      const { total, groups } = await failures();
      if (total === 2 && groups[0]!.oldestAt > before!.newestAt) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await world.endFaults(firefish);
    await page.reload();
    await page.getByRole('button', { name: 'Replay all 2' }).click();
    await page.getByRole('heading', { name: 'Nothing has failed' }).waitFor();
  });
});
