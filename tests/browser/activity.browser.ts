/** "Did it sync? Why not?": the list, its filters, the search, and one event's story. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { type Agency, openWorld, personEvent, type PersonEvent, pushed, type World } from './console-page.ts';

let world: World;
let agency: Agency;
let page: Page;
/** Ann is created in Firefish, then edited; this many events have no address. */
let ann: PersonEvent;
let edited: PersonEvent;
const ADDRESSLESS = 60;
const HOUR_MS = 3_600_000;

beforeAll(async () => {
  world = await openWorld();
  agency = await world.agency('active');
  const { sourceWhale } = agency;
  const nobodies = Array.from({ length: ADDRESSLESS }, () => {
    const event = personEvent('record.created');
    return { ...event, record: { ...event.record, emails: [] } };
  });
  await pushed(sourceWhale, nobodies);
  ann = personEvent('record.created');
  await pushed(sourceWhale, [ann]);
  edited = personEvent('record.updated', { record: { ...ann.record, role: 'Head of buying' } });
  await pushed(sourceWhale, [edited]);
  page = await world.openAs('operator', agency.at('activity'));
});
afterAll(() => world.close());

const rows = () => page.getByRole('table', { name: 'Events, newest first' }).getByRole('row');
const choose = (filter: string, choice: string): Promise<unknown> =>
  page.getByRole('group', { name: 'Filter' }).getByLabel(filter).selectOption(choice);

describe('the list', () => {
  test('shows the newest events first, and continues with older events until there are no more', async () => {
    await rows().nth(50).waitFor();
    expect(await rows().nth(1).textContent()).toContain(edited.id);
    expect(await rows().count()).toBe(1 + 50);
    await page.getByRole('button', { name: 'Older events' }).click();
    await rows()
      .nth(ADDRESSLESS + 2)
      .waitFor();
    const ids = await rows().locator('.id').allTextContents();
    expect(new Set(ids).size).toBe(ADDRESSLESS + 2);
    expect(ids.at(-1)).not.toBe(ids[0]);
    expect(await page.getByRole('button', { name: 'Older events' }).count()).toBe(0);
    await page.getByText('12 more events').waitFor({ state: 'attached' });
  });

  test("can be filtered by state, by type and by time, and the page's address keeps the filter", async () => {
    await choose('State', 'Synced');
    await page.getByRole('row').filter({ hasText: ann.id }).waitFor();
    await rows().nth(3).waitFor({ state: 'detached' });
    await choose('What', 'Person edited');
    await page.getByRole('row').filter({ hasText: ann.id }).waitFor({ state: 'detached' });
    await rows().nth(1).waitFor();
    expect(await rows().count()).toBe(2);
    await choose('Time', 'Last hour');
    await page.reload();
    await rows().nth(1).waitFor();
    expect(await rows().nth(1).textContent()).toContain(edited.id);
    expect(await page.getByLabel('State').inputValue()).toBe('synced');
    expect(await page.getByLabel('Time').inputValue()).toBe('1');

    await choose('State', 'Failed');
    await page.getByRole('heading', { name: 'No event like that' }).waitFor();
    await page.getByRole('link', { name: 'Clear' }).click();
    await rows().nth(50).waitFor();
    // An hour that is over before anything came holds nothing.
    await page.clock.install({ time: Date.now() + 2 * HOUR_MS });
    await page.reload();
    await choose('Time', 'Last hour');
    await page.getByRole('heading', { name: 'No event like that' }).waitFor();
    await choose('Time', 'Last 24 hours');
    await rows().nth(50).waitFor();
  });
});

describe('the search', () => {
  const find = async (by: string, text: string): Promise<string[]> => {
    await page.getByLabel('Find by').selectOption(by);
    await page.getByLabel('Look for').fill(text);
    await page.getByRole('button', { name: 'Find', exact: true }).click();
    const found = page.getByRole('region', { name: 'Found' });
    await found.getByText(`for ${by}: ${text}`).first().waitFor();
    return found.locator('.id').allTextContents();
  };

  test('finds a person by e-mail address, SourceWhale id and Firefish ref, and an event by its id', async () => {
    page = await world.openAs('operator', agency.at('activity'));
    const [email = ''] = ann.record.emails ?? [];
    expect(await find('E-mail address', email)).toEqual([edited.id, ann.id]);
    expect(page.url()).not.toContain('client.example');
    expect(await find('SourceWhale id', ann.record.candidateId)).toEqual([edited.id, ann.id]);
    // The agency's first record.
    expect(await find('Firefish candidate ref', '1')).toEqual([edited.id, ann.id]);
    expect(await find('Event id', ann.id)).toEqual([ann.id]);
    expect(await find('Firefish contact ref', '1')).toEqual([]);
    await page.getByRole('button', { name: 'Show all events' }).click();
    await rows().nth(50).waitFor();
  });

  test('finds a contact and a company by their Firefish refs, each only among its kind', async () => {
    const { domain, sourceWhale, at } = await world.agency('active-companies');
    const person = personEvent('record.created');
    const contact = {
      ...person,
      record: { ...person.record, kind: 'contact' as const, company: 'Client Ltd' },
    };
    const company = (id: string, name: string) => ({
      ...{ id: `${person.id}-${id}`, type: 'company.created', occurredAt: new Date().toISOString() },
      company: { id: `co-${id}`, name },
    });
    const [theirs, others] = [company('theirs', 'Harbour Ltd'), company('others', 'Hill Ltd')];
    for (const event of [contact, theirs, others]) await pushed(sourceWhale, [event]);
    const refOf = async (id: string): Promise<string> => {
      const { actions } = await world.ask<{ actions: { ref: number }[] }>(
        'operator',
        `/tenants/${domain}/events/${id}`,
      );
      return String(actions[0]?.ref);
    };
    page = await world.openAs('operator', at('activity'));
    expect(await find('Firefish contact ref', await refOf(contact.id))).toEqual([contact.id]);
    expect(await find('Firefish company ref', await refOf(theirs.id))).toEqual([theirs.id]);
    expect(await find('Firefish company ref', await refOf(others.id))).toEqual([others.id]);
    expect(await find('Firefish company ref', '999999')).toEqual([]);
    await page.getByText(/People are found by their own refs/).waitFor();
    expect(await find('Firefish candidate ref', await refOf(contact.id))).toEqual([]);
  });

  test('says at once what it cannot search for', async () => {
    page = await world.openAs('operator', agency.at('activity'));
    await page.getByLabel('Find by').selectOption('Firefish candidate ref');
    await page.getByLabel('Look for').fill('twelve');
    await page.getByRole('button', { name: 'Find', exact: true }).click();
    await page.getByRole('heading', { name: 'There is a problem' }).waitFor();
    expect(await page.getByLabel('Look for').getAttribute('aria-invalid')).toBe('true');
    // The server's own word on what no form can know.
    await page.getByLabel('Find by').selectOption('E-mail address');
    await page.getByLabel('Look for').fill('no address');
    await page.getByRole('button', { name: 'Find', exact: true }).click();
    await page.getByText(/well-formed/).waitFor();
  });
});

describe('the page of one event', () => {
  test('says how the person was found, which fields changed, and where the record is', async () => {
    await page.goto(`${world.url}/console${agency.at(`activity/${edited.id}`)}`);
    const steps = page.getByRole('region', { name: 'What happened' }).getByRole('listitem');
    await steps.filter({ hasText: 'Synced' }).waitFor();
    expect(await steps.allTextContents()).toEqual([
      expect.stringMatching(/^✓Done: Received from SourceWhale and stored\d\d:\d\d:\d\d$/),
      '✓Done: Queued',
      '✓Done: Taken up',
      '✓Done: Candidate 1, known as this person from before',
      '✓Done: Candidate 1 updated (JobTitle)',
      expect.stringMatching(/^✓Done: Synced\d\d:\d\d:\d\d$/),
    ]);
    const record = page.getByRole('region', { name: 'In Firefish' });
    expect(await record.getByRole('listitem').textContent()).toContain('Candidate 1 updated: JobTitle');
    await record.getByRole('button', { name: /^Find it in Firefish.*Candidate 1$/ }).click();
    const link = record.getByRole('link', { name: /Candidate 1 in Firefish/ });
    await link.waitFor();
    expect(await link.getAttribute('href')).toMatch(/^https:\/\//);
    await eventually(
      () => link.evaluate((element) => element === document.activeElement),
      (hasFocus) => hasFocus,
    );
  });

  test('says why it was skipped, and what to do', async () => {
    await page.goto(`${world.url}/console${agency.at('activity?state=skipped')}`);
    await rows().nth(1).getByRole('link').click();
    await page.getByRole('heading', { name: 'Why it was skipped' }).waitFor();
    expect(await page.getByText('No e-mail address to match by.').isVisible()).toBe(true);
    expect(await page.getByText(/What to do:/).textContent()).toContain('What to do:');
    await page.getByText(/Add an e-mail address in SourceWhale: the next event/).waitFor();
    await page.getByRole('link', { name: '← All activity' }).click();
    await rows().nth(50).waitFor();
  });

  test('says if there is no such event', async () => {
    await page.goto(`${world.url}/console${agency.at('activity/never-was')}`);
    await page.getByText('Could not load the event.').waitFor();
  });
});
