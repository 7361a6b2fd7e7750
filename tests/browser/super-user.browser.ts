/** The super user's agency, from Enable on; then who can see what of it, and of others. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  ACME,
  connect,
  enable,
  FIREFISH,
  openWorld,
  personEvent,
  pushed,
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

const OTHER_NAME = { firstName: 'Di', lastName: 'Oak' };

/** The steps of one agency, in order. */
describe('from Enable to a decision', () => {
  let clientId = '';
  let clientSecret = '';

  test('a super user signs in and sees Enable', async () => {
    await signIn(page, 'super-user');
    await heading('Sourcewhale').waitFor();
    await page.getByText(ACME).first().waitFor();
    await page.getByText('Not enabled').waitFor();
    expect(page.url()).toBe(`${world.url}/console`);
  });

  test('the page says what is missing and what Firefish refuses, and no typed input is lost', async () => {
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

  test('Enable shows the Client ID and the Client Secret, which can be copied', async () => {
    ({ clientId, clientSecret } = await enable(page));
    expect(clientId).toMatch(/^sw_/);
    expect(clientSecret).toMatch(/^swsec_/);

    await page.getByRole('button', { name: 'Copy Client ID' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(clientId);
    await page.getByRole('button', { name: 'Copy Client Secret' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(clientSecret);
    await page.getByText('Client Secret copied').waitFor({ state: 'attached' });
  });

  test('after a reload the secret is not in the page, in storage or in the history', async () => {
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

  test('when SourceWhale has connected, the page says so by itself', async () => {
    // Time is moved forward to the next read of the page.
    await page.clock.install();
    await page.reload();
    await page.getByText('Not connected yet').first().waitFor();
    await connect(world, { clientId, clientSecret });
    await page.clock.fastForward('01:00');
    await page.getByText(/Connected since/).waitFor();
  });

  test('a pushed event appears in Activity, with its own page', async () => {
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

  test('an event that Firefish refuses is under Failed with the text of the refusal, and a replay fixes it', async () => {
    const sourceWhale = await connect(world, { clientId, clientSecret });
    await world.fault(FIREFISH, {
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
    await page.getByText('2 events replayed').waitFor({ state: 'attached' });

    await page.getByRole('link', { name: 'See the outcome' }).click();
    await page.getByRole('row').filter({ hasText: 'refused-1' }).getByText('Synced').waitFor();
    await page.getByRole('row').filter({ hasText: 'refused-2' }).getByText('Synced').waitFor();
  });

  test('an event whose names contradict waits under Decisions, and the super user decides it', async () => {
    const sourceWhale = await connect(world, { clientId, clientSecret });
    const first = personEvent('record.created');
    const second = personEvent('record.created', { id: 'contradicts-1' });
    await pushed(sourceWhale, [first]);
    await pushed(sourceWhale, [
      { ...second, record: { ...second.record, ...OTHER_NAME, emails: first.record.emails! } },
    ]);
    await page.getByRole('link', { name: 'Decisions' }).click();
    await page.getByText(`In SourceWhale: ${OTHER_NAME.firstName} ${OTHER_NAME.lastName}`).waitFor();
    await page.getByRole('button', { name: 'Someone else' }).click();
    await heading('Nothing waits for a decision').waitFor();
    await page.getByRole('link', { name: 'See the outcome' }).click();
    await page
      .getByRole('listitem')
      .filter({ hasText: /Candidate \d+ created/ })
      .first()
      .waitFor();
  });
});

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

const READS = [
  ...['', '/settings', '/events', '/events/e1', '/progress', '/history', '/failed'],
  ...['/decisions', '/ambiguous'],
];
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
  'decide',
  'erase',
  'export',
];

describe('each role at each endpoint', () => {
  let failedId: string;
  beforeAll(async () => {
    const refuse = { kind: 'status', status: 400, body: { Message: 'No' } };
    await world.fault(FIREFISH, { ...refuse, endpoint: 'GET /candidates/search' });
    const sent = await world.ask<{ eventId: string }>('operator', `/tenants/${ACME}/test-event`, {});
    failedId = sent.eventId;
  });

  test('a person who has not signed in sees only the sign-in, and every endpoint of the API is closed', async () => {
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

  /** Each view of one agency, and what its reader finds there. */
  const VIEWS: readonly (readonly [view: string, heading: string, acts: readonly string[]])[] = [
    ['', 'Connection', ['Copy Client ID', 'Disable', 'Replace', 'Rotate', 'Send a test event']],
    ['settings', 'Adding people', ['Fill in the defaults', 'Save settings']],
    ['activity', 'Activity', ['Find']],
    ['progress', 'Nothing is waiting', []],
    ['failed', 'Failed events', ['Dismiss…', 'Replay']],
    ['decisions', 'Nothing waits for a decision', []],
    ['activity/%ID', 'Why it failed', ['Dismiss', 'Replay']],
  ];

  test.each(['super-user', 'operator'] as const)(
    'a %s sees each view of their agency, with what can be done there',
    async (user) => {
      const at = `#/agencies/${ACME}`;
      const page = await world.openAs(user, at);
      for (const [view, heading, acts] of VIEWS) {
        await page.goto(`${world.url}/console${at}${view === '' ? '' : `/${view.replace('%ID', failedId)}`}`);
        await page.getByRole('heading', { name: heading, exact: true }).waitFor();
        const buttons = page.getByRole('main').getByRole('button');
        if (acts.length > 0) await buttons.first().waitFor();
        const named = await buttons.evaluateAll((all) =>
          all.map((button) => button.getAttribute('aria-label') ?? button.textContent),
        );
        expect([view, named.sort()]).toEqual([view, [...acts].sort()]);
        // Only a person with several agencies has a link back to them.
        const isOperator = user === 'operator';
        expect(await page.getByRole('link', { name: 'Agencies' }).count()).toBe(isOperator ? 1 : 0);
        expect(await page.getByText('Settings › Integrations › Automation').count()).toBe(isOperator ? 0 : 1);
        expect(await page.getByText('· operator').count()).toBe(isOperator ? 1 : 0);
      }
      for (const path of READS.filter((read) => read !== '/events/e1'))
        expect([path, await ask(page, `/tenants/${ACME}${path}`)]).toEqual([path, 200]);
    },
  );

  test('a super user sees nothing of another agency, in any view or by any request', async () => {
    const page = await world.openAs('super-user', '#/agencies');
    await page.getByRole('link', { name: ACME }).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    expect(await page.getByRole('link', { name: 'Add an agency' }).count()).toBe(0);

    for (const [view] of VIEWS) {
      await page.goto(`${world.url}/console#/agencies/${OTHER}${view === '' ? '' : `/${view}`}`);
      await page.getByText('Could not load the agency.').waitFor();
      await page.getByRole('button', { name: 'Try again' }).waitFor();
      expect(await page.getByRole('main').getByRole('button').count()).toBe(1);
      expect(await page.getByRole('navigation').count()).toBe(0);
    }
    for (const path of READS)
      expect([path, await ask(page, `/tenants/${OTHER}${path}`)]).toEqual([path, 404]);
    for (const path of WRITES) {
      expect([path, await ask(page, `/tenants/${OTHER}/${path}`, 'POST')]).toEqual([path, 404]);
    }
    // The form for another agency leads no further either.
    await page.goto(`${world.url}/console#/enable`);
    await page.getByLabel('Firefish address').fill(OTHER);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Could not load the agency.').waitFor();
  });

  test('an operator sees every agency, and can add one', async () => {
    const page = await world.openAs('operator');
    await page.getByRole('heading', { name: 'Agencies' }).waitFor();
    await page.getByRole('link', { name: 'Add an agency' }).click();
    await page.getByLabel('Firefish address').fill(`https://${OTHER}/some/page`);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Not enabled').waitFor();
    expect(page.url()).toContain(`#/agencies/${OTHER}`);
    expect(await ask(page, `/tenants/${ACME}`)).toBe(200);
  });

  test('after signing out, neither a reload nor the back button shows anything', async () => {
    const page = await world.open();
    await signIn(page, 'super-user');
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
