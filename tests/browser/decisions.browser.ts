/** Events whose names contradict: listed with the person that they are about, and decided. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { EventAction } from '../../console/shapes.ts';
import { eventually } from '../support/eventually.ts';
import { type Agency, openWorld, personEvent, pushed, type World } from './console-page.ts';

let world: World;
let agency: Agency;
let page: Page;

const SHARED = { EmailAddress: 'office@client.example' };
const HOME = { EmailAddress: 'home@family.example' };

/** An event about a person with this name and address. */
const about = (id: string, firstName: string, lastName: string, email: string, more: object = {}) => ({
  ...personEvent('record.created', { id }),
  record: {
    ...{ candidateId: `sw_${firstName}`, kind: 'contact' as const, firstName, lastName, emails: [email] },
    company: 'Client Ltd',
  },
  ...more,
});
const note = (id: string, text: string) => ({ type: 'note.added', note: { id, text, channel: 'call' } });

beforeAll(async () => {
  world = await openWorld();
  agency = await world.agency('deciding');
  await world.seed(agency.firefish, {
    candidates: [
      { Ref: 12, FirstName: 'Cy', Surname: 'Fox', ...SHARED },
      { Ref: 20, FirstName: 'Ida', Surname: 'May', EmailAddress: 'ida@twice.example' },
      { Ref: 21, FirstName: 'Ida', Surname: 'May', EmailAddress: 'ida@twice.example' },
    ],
    contacts: [
      { Ref: 7, FirstName: 'Ed', Surname: 'Low', ...SHARED },
      { Ref: 8, FirstName: 'Bo', Surname: 'Hill', ...HOME },
      { Ref: 9, FirstName: 'Ulf', Surname: 'Berg', EmailAddress: 'desk@client.example' },
    ],
  });
  page = await world.openAs('operator', agency.at('decisions'));
}, 60_000);
afterAll(() => world.close());

const tab = (name: string | RegExp) =>
  page.getByRole('navigation', { name: 'Sourcewhale' }).getByRole('link', { name });
/** What is shown of one waiting event. */
const waiting = (id: string) =>
  page.getByRole('region').filter({ has: page.locator('.id').getByText(id, { exact: true }) });
const outcome = (id: string) =>
  world.ask<{ state: string; reason?: string; actions: EventAction[] }>(
    'operator',
    `/tenants/${agency.domain}/events/${id}`,
  );
const ended = (id: string) =>
  eventually(
    () => outcome(id),
    ({ state }) => state === 'synced',
  );
const headingHasFocus = (name: string | RegExp) =>
  eventually(
    () => page.evaluate(() => document.activeElement?.textContent ?? ''),
    (text) => new RegExp(name).test(text),
  );

describe('events whose names contradict', () => {
  test('are none at first, and the page says when there are some', async () => {
    await page.getByRole('heading', { name: 'Nothing waits for a decision' }).waitFor();
    await page.getByText(/e-mail address and another name.* wait here for 30 days/).waitFor();
    expect(await tab('Decisions').textContent()).toBe('Decisions');
  });

  test('are counted on the tab, and listed with the person, the time and the records', async () => {
    await pushed(agency.sourceWhale, [
      about('di-1', 'Di', 'Oak', SHARED.EmailAddress),
      about('di-2', 'Di', 'Oak', SHARED.EmailAddress, note('n1', 'Rang.')),
      about('al', 'Al', 'Ray', HOME.EmailAddress),
      about('mo', 'Mo', 'Tan', HOME.EmailAddress),
      about('ida', 'Ida', 'May', 'ida@twice.example', { type: 'record.synced' }),
    ]);
    await tab('Overview').click();
    // At once, and not with the next refresh.
    await tab('Decisions 4 events').waitFor({ timeout: 8_000 });
    await tab(/^Decisions/).click();
    await waiting('di-1').waitFor();
    const first = await waiting('di-1').textContent();
    expect(first).toContain('Person created');
    expect(first).toMatch(/Waits since \d\d:\d\d/);
    expect(first).toContain('In SourceWhale: Di Oak, office@client.example, id sw_Di');
    expect(await waiting('di-1').getByRole('listitem').allTextContents()).toEqual([
      'Candidate 12Find it in Firefish: Candidate 12',
      'Contact 7Find it in Firefish: Contact 7',
    ]);
    expect(await waiting('di-2').textContent()).toContain('Note added');
    expect(await waiting('al').getByRole('radio').count()).toBe(0);
    await page.getByText(/“Same person” links .* “Someone else” creates a separate record/).waitFor();
  });

  test('lead to their own pages, where they can be decided too', async () => {
    await waiting('al').getByRole('link', { name: 'Person created' }).click();
    const why = page.locator('.notice').filter({ hasText: 'Why it was skipped' });
    await why.getByText('The records with this e-mail address have another name.').waitFor();
    await why.getByText('In SourceWhale: Al Ray, home@family.example').waitFor();
    await page.getByText('Records with one of the addresses have another name: contact 8.').waitFor();
    await why.getByRole('button', { name: 'Someone else' }).click();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Contact' })
      .filter({ hasText: 'created' })
      .first()
      .waitFor();
    await headingHasFocus('^Person created');
    const { actions } = await ended('al');
    expect(actions).toMatchObject([{ entity: 'contact', operation: 'created' }]);
    // The name is shown for the decision alone.
    expect(await page.getByText('Al Ray').count()).toBe(0);
    await tab('Decisions 3 events').waitFor();
  });

  test('ask which record it is if several conflict, and all events of the person continue', async () => {
    await tab(/^Decisions/).click();
    const card = waiting('di-1');
    await card.getByRole('button', { name: 'Same person', exact: true }).click();
    await card.getByRole('heading', { name: 'There is a problem' }).waitFor();
    await card.getByRole('button', { name: 'Choose the record that is the same person' }).click();
    const choices = card.getByRole('group', { name: 'Which record is the same person?' });
    expect(
      await choices.getByLabel('Candidate 12').evaluate((element) => element === document.activeElement),
    ).toBe(true);
    expect((await outcome('di-1')).reason).toBe('name-conflict');

    await page.keyboard.press('ArrowDown');
    expect(await choices.getByLabel('Contact 7').isChecked()).toBe(true);
    await card.getByRole('button', { name: 'Same person', exact: true }).click();
    await page.getByText('Decided: the same person as Contact 7. See the outcome').waitFor();
    await waiting('di-2').waitFor({ state: 'detached' });
    await headingHasFocus('^Decisions$');
    expect((await ended('di-1')).actions).toMatchObject([
      { entity: 'contact', ref: 7, operation: 'updated' },
    ]);
    expect((await ended('di-2')).actions).toMatchObject([{ entity: 'contact', ref: 7, operation: 'noted' }]);
    await tab('Decisions 1 event').waitFor();
  });

  test('can be decided with the keyboard alone', async () => {
    await waiting('mo').getByRole('link', { name: 'Person created' }).focus();
    await page.keyboard.press('Tab');
    await headingHasFocus('^Find it in Firefish');
    await page.keyboard.press('Tab');
    await headingHasFocus('^Same person');
    await page.keyboard.press('Enter');
    await page
      .getByText('Decided: the same person as Contact 8. What waits is worked on now.')
      .waitFor({ state: 'attached' });
    await page.getByRole('heading', { name: 'Nothing waits for a decision' }).waitFor();
    await headingHasFocus('^Decisions$');
    expect((await ended('mo')).actions).toMatchObject([{ entity: 'contact', ref: 8, operation: 'updated' }]);
    await page.getByRole('link', { name: 'See the outcome' }).click();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
  });

  test('that another person has decided meanwhile say so', async () => {
    await pushed(agency.sourceWhale, [about('pia', 'Pia', 'Lund', 'desk@client.example')]);
    await page.goto(`${world.url}/console${agency.at('activity/pia')}`);
    await page.getByRole('button', { name: 'Someone else' }).waitFor();
    await world.ask('operator', `/tenants/${agency.domain}/decide`, { event: 'pia', as: 'someone-else' });
    await ended('pia');
    await page.getByRole('button', { name: 'Same person', exact: true }).click();
    await page.getByText('event pia does not wait for a decision').waitFor();
  });

  test('are shown by the hundred', async () => {
    const { domain, firefish, sourceWhale, at } = await world.agency('deciding-more');
    await world.seed(firefish, { candidates: [{ Ref: 1, FirstName: 'Cy', Surname: 'Fox', ...SHARED }] });
    await pushed(
      sourceWhale,
      Array.from({ length: 102 }, (_, n) =>
        about(`n${n}`, 'Di', 'Oak', SHARED.EmailAddress, note(`n${n}`, 'Rang.')),
      ),
    );
    await page.goto(`${world.url}/console${at('decisions')}`);
    await page.getByText(domain).first().waitFor();
    const acts = page.getByRole('button', { name: 'Someone else' });
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('2 more events').waitFor({ state: 'attached' });
    expect(await acts.count()).toBe(102);
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
    // They are one person's: one decision ends the wait of all.
    await acts.last().click();
    await headingHasFocus('^Decisions$');
    await page.getByRole('heading', { name: 'Nothing waits for a decision' }).waitFor();
  });

  test('are asked about again for as long as the decision is still to be done', async () => {
    await pushed(agency.sourceWhale, [about('eva', 'Eva', 'Holm', SHARED.EmailAddress)]);
    const answers = [{ pending: 'one' }, { pending: 'one' }];
    const asked: unknown[] = [];
    await page.route('**/decide', (route) => {
      asked.push(route.request().postDataJSON());
      const json = answers.pop();
      return json === undefined ? route.continue() : route.fulfill({ json });
    });
    await page.goto(`${world.url}/console${agency.at('activity/eva')}`);
    await page.getByRole('button', { name: 'Someone else' }).click();
    await eventually(
      () => Promise.resolve(asked.length),
      (times) => times === 3,
    );
    expect(new Set(asked.map((body) => JSON.stringify(body))).size).toBe(1);
    await page
      .getByRole('listitem')
      .filter({ hasText: /Contact \d+ created/ })
      .first()
      .waitFor();
    await page.unroute('**/decide');
    expect((await ended('eva')).actions).toMatchObject([{ operation: 'created' }]);
  });
});

test('what was ambiguous is listed on demand, with the records and the one that was used', async () => {
  await page.goto(`${world.url}/console${agency.at('decisions')}`);
  const part = page.getByRole('region', { name: 'Ambiguous in the last 30 days' });
  await part.getByText('Show them').click();
  const row = part.getByRole('row').filter({ hasText: 'Pushed by hand' });
  await row.waitFor();
  expect(await row.getByRole('cell').allTextContents()).toEqual([
    'Candidate 20, Candidate 21',
    expect.stringMatching(/^Candidate 2[01]$/),
  ]);
  await row.getByRole('link', { name: 'Pushed by hand' }).click();
  await page.getByText(/Several records match, and fixed rules chose one: candidates 20, 21;/).waitFor();
  await page.getByRole('heading', { name: 'What happened' }).waitFor();
});
