/** The settings' form: SourceWhale's labels, and errors beside their fields. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { DEFAULT_SETTINGS } from '../../lib/tenants/settings.ts';
import { type Agency, openWorld, type World } from './console-page.ts';

let world: World;
let agency: Agency;
let page: Page;
beforeAll(async () => {
  world = await openWorld();
  agency = await world.agency('settled');
  page = await world.openAs('operator', agency.at('settings'));
});
afterAll(() => world.close());

interface Stored {
  settings: Record<string, unknown>;
}
const stored = async (): Promise<Stored['settings']> =>
  (await world.ask<Stored>('operator', `/tenants/${agency.domain}/settings`)).settings;
const save = (): Promise<void> => page.getByRole('button', { name: 'Save settings' }).click();

describe('the settings', () => {
  test('that the server refuses are named by their label, with a link to the field, and stay as typed', async () => {
    const owner = page.getByLabel('Default owner');
    await page.getByLabel('Default source').fill('Outreach');
    await owner.fill('the boss');
    await save();
    const summary = page.getByRole('alert').filter({ hasText: 'There is a problem' });
    const link = summary.getByRole('button', {
      name: 'Default owner must be an e-mail address, such as ann@agency.example',
    });
    await link.waitFor();
    expect(await owner.getAttribute('aria-invalid')).toBe('true');
    const described = (await owner.getAttribute('aria-describedby')) ?? '';
    const words = await Promise.all(described.split(' ').map((id) => page.locator(`id=${id}`).textContent()));
    expect(words.join(' ')).toContain('Error: Default owner must be an e-mail address');
    await link.click();
    expect(await owner.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await page.getByLabel('Default source').inputValue()).toBe('Outreach');
    expect(await stored()).toMatchObject({ defaultSource: 'SourceWhale' });

    await owner.fill('boss@agency.example');
    await save();
    await page.getByText(/✓ Saved/).waitFor();
    await summary.waitFor({ state: 'detached' });
    expect(await owner.getAttribute('aria-invalid')).toBe(null);
    expect(await stored()).toMatchObject({
      defaultSource: 'Outreach',
      defaultOwnerEmail: 'boss@agency.example',
    });
  });

  test('are saved as chosen, and can be reset to their defaults', async () => {
    await page.getByLabel('Add candidate to Firefish').selectOption('When they reply');
    await page.getByLabel('Do not merge with existing contacts').check();
    await page.getByLabel('Same e-mail address, another name').selectOption('Add another record');
    await page.getByLabel('Contacts need a company').uncheck();
    await page.getByLabel('Add documents to Firefish').selectOption('Never');
    await page.getByText('Choose for single fields').click();
    await page.getByLabel('Job title').first().selectOption('Only update if blank');
    await page.getByRole('group', { name: 'Create notes upon' }).getByLabel('LinkedIn').uncheck();
    await save();
    await page.getByText(/✓ Saved/).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Adding people' }).waitFor();
    expect(await stored()).toMatchObject({
      addWhen: { candidate: 'replied', contact: 'always' },
      mergeWithExisting: false,
      nameConflict: 'create',
      contactsNeedCompany: false,
      documents: 'never',
      updatePolicy: { default: 'always', fields: { JobTitle: 'ifBlank' } },
      noteChannels: ['email', 'inmail', 'call', 'sms', 'whatsapp', 'meeting', 'task', 'other'],
    });
    expect(await page.getByLabel('Add candidate to Firefish').inputValue()).toBe('replied');

    await page.getByRole('button', { name: 'Fill in the defaults' }).click();
    expect(await page.getByLabel('Add candidate to Firefish').inputValue()).toBe('always');
    expect(await stored()).toMatchObject({ mergeWithExisting: false });
    await save();
    await page.getByText(/✓ Saved/).waitFor();
    // Every setting is on the form; the stages in another order.
    const campaignNotes = expect.arrayContaining(DEFAULT_SETTINGS.campaignNotes);
    expect(await stored()).toEqual({ ...DEFAULT_SETTINGS, campaignNotes });
  });

  test('that another person has changed in between are not reverted: the change is shown beside its field', async () => {
    const other = await world.openAs('operator', agency.at('settings'));
    await page.reload();
    await page.getByRole('heading', { name: 'Adding people' }).waitFor();
    await other.getByLabel('Default source').fill('Theirs');
    await other.getByRole('button', { name: 'Save settings' }).click();
    await other.getByText(/✓ Saved/).waitFor();

    await page.getByLabel('Default owner').fill('mine@agency.example');
    await save();
    const summary = page.getByRole('alert').filter({ hasText: 'There is a problem' });
    await summary.getByText(/Default source was changed meanwhile: it is now "Theirs"/).waitFor();
    expect(await stored()).toMatchObject({ defaultSource: 'Theirs' });
    expect(await page.getByLabel('Default owner').inputValue()).toBe('mine@agency.example');

    await page.getByLabel('Default source').fill('Theirs');
    await save();
    await page.getByText(/✓ Saved/).waitFor();
    expect(await stored()).toMatchObject({
      defaultSource: 'Theirs',
      defaultOwnerEmail: 'mine@agency.example',
    });
  });
});
