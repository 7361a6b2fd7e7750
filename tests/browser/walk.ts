/** A walk through every view of the console with data in each, for tests of all views. */
import type { Page } from 'playwright-core';
import type { SourceWhale } from '../../local/demo/sourcewhale.ts';
import { connect, enable, personEvent, pushed, type User, type World } from './console-page.ts';

export interface Walk {
  world: World;
  domain: string;
  user: User;
  /** How many people the large push has. */
  pushed: number;
  /** How many of them have ended when the progress is looked at; default 0. */
  lookAt?: number;
  /** What happens before the walk. */
  morning?: (sourceWhale: SourceWhale) => Promise<void>;
  /** Called at each view when it has stopped changing. */
  visit: (name: string, page: Page) => Promise<void>;
}

export async function walk(given: Walk): Promise<void> {
  const { world, user, domain, visit } = given;
  const nobodys = await world.open();
  await nobodys.getByRole('button', { name: 'Sign in' }).waitFor();
  await visit('sign-in', nobodys);
  await nobodys.close();
  const page = await world.openAs(user);
  const go = (view: string): Promise<unknown> =>
    page.goto(`${world.url}/console#/agencies/${domain}${view === '' ? '' : `/${view}`}`);
  const credentials = await enabling(world, page, go, visit);
  const sourceWhale = await connect(world, credentials, domain);
  await given.morning?.(sourceWhale);
  await pushWithFailures(world, sourceWhale);
  await overview(page, go, visit);
  await reading(page, go, visit);
  await failures(page, go, visit);
  await decisions(page, go, given, sourceWhale);
  await largePush(page, go, given, sourceWhale);
  await agencies(given);
  await replayed(page, go, visit);
}

const FIREFISH = { clientId: 'ff-walk', clientSecret: 'ff-walk-secret' };

type Go = (view: string) => Promise<unknown>;
type Visit = Walk['visit'];
const seen = (page: Page, heading: string): Promise<void> =>
  page.getByRole('heading', { name: heading }).first().waitFor();

async function enabling(
  world: World,
  page: Page,
  go: Go,
  visit: Visit,
): Promise<{ clientId: string; clientSecret: string }> {
  await go('');
  await seen(page, 'What it does');
  await visit('enable', page);
  await page.getByRole('button', { name: 'Enable', exact: true }).click();
  await seen(page, 'There is a problem');
  await visit('enable-problem', page);
  await world.profile(FIREFISH);
  const credentials = await enable(page, FIREFISH);
  await visit('issued', page);
  await page.getByRole('button', { name: 'I have copied both' }).click();
  return credentials;
}

const FAILING = 3;

/** The events of an ordinary morning: most are synced, some are skipped, some are refused. */
async function pushWithFailures(world: World, sourceWhale: SourceWhale): Promise<void> {
  const people = Array.from({ length: 12 }, () => personEvent('record.created'));
  await pushed(sourceWhale, people);
  await pushed(sourceWhale, [
    {
      ...personEvent('campaign.replied'),
      record: people[0]!.record,
      campaign: { id: 'c1', name: 'Rust developers' },
    },
    { ...personEvent('marketing.opted_out'), marketing: {}, record: people[1]!.record },
    { ...personEvent('note.added'), note: { id: 'n1', text: 'Free from March.', channel: 'call' } },
  ]);
  await world.fault(FIREFISH, {
    kind: 'status',
    status: 400,
    body: { Message: 'The Surname is too long.' },
    endpoint: 'POST /candidates',
    times: FAILING,
  });
  await pushed(
    sourceWhale,
    Array.from({ length: FAILING }, () => personEvent('record.created')),
  );
}

async function overview(page: Page, go: Go, visit: Visit): Promise<void> {
  await go('');
  await page.reload();
  await page.getByText(/Connected since/).waitFor();
  await visit('overview', page);
  await page.getByRole('button', { name: 'Send a test event' }).click();
  await page.getByRole('link', { name: 'All steps of this event' }).waitFor();
  await visit('test-event', page);
  for (const act of ['Rotate', 'Replace', 'Disable']) {
    await page.getByRole('button', { name: act, exact: true }).click();
    await page.getByRole('dialog').waitFor();
    await visit(act.toLowerCase(), page);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await go('settings');
  await seen(page, 'Adding people');
  await visit('settings', page);
  await page.getByText('Choose for single fields').click();
  await page.getByText('Mandatory fields of new records').click();
  await visit('settings-open', page);
}

async function reading(page: Page, go: Go, visit: Visit): Promise<void> {
  await go('activity');
  await page.getByRole('row').nth(3).waitFor();
  await visit('activity', page);
  await page.getByLabel('State').selectOption('queued');
  await seen(page, 'No event like that');
  await visit('activity-none', page);
  await go('activity');
  await page.getByRole('row').filter({ hasText: 'Replied in a campaign' }).getByRole('link').click();
  await seen(page, 'What happened');
  await visit('event', page);
  await go('activity');
  await page.getByLabel('Look for').fill('nobody@nowhere.example');
  await page.getByRole('button', { name: 'Find', exact: true }).click();
  await seen(page, 'Nothing found');
  await visit('found-none', page);
}

async function failures(page: Page, go: Go, visit: Visit): Promise<void> {
  await go('failed');
  await page.getByRole('button', { name: /^Replay these/ }).waitFor();
  await visit('failed', page);
  await page.getByRole('button', { name: 'Dismiss…' }).click();
  await page.getByRole('dialog').waitFor();
  await visit('dismiss', page);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'See them' }).click();
  await page.getByRole('row').filter({ hasText: 'Failed' }).first().getByRole('link').click();
  await seen(page, 'Why it failed');
  await visit('event-failed', page);
}

const OFFICE = 'office@client.example';

/** Two people whose names contradict those of three records; and one person who has two records. */
async function decisions(
  page: Page,
  go: Go,
  { world, visit }: Walk,
  sourceWhale: SourceWhale,
): Promise<void> {
  const ida = { FirstName: 'Ida', Surname: 'May', EmailAddress: 'ida.may@client.example' };
  await world.seed(FIREFISH, {
    candidates: [
      { Ref: 9012, FirstName: 'Jonathan', Surname: 'Pike', EmailAddress: OFFICE },
      ...[9020, 9021].map((Ref) => ({ Ref, ...ida })),
    ],
    contacts: [
      { Ref: 9007, FirstName: 'Edward', Surname: 'Low', EmailAddress: OFFICE },
      { Ref: 9008, FirstName: 'Bea', Surname: 'Hill', EmailAddress: 'home@hill.example' },
    ],
  });
  const named = (firstName: string, lastName: string, email: string) => {
    const event = personEvent('record.created');
    return { ...event, record: { ...event.record, firstName, lastName, emails: [email] } };
  };
  await pushed(sourceWhale, [
    named('Diana', 'Oakes', OFFICE),
    named('Beatrice', 'Ford', 'home@hill.example'),
    named('Ida', 'May', ida.EmailAddress),
  ]);
  await go('decisions');
  await page.getByRole('radio').first().waitFor();
  await page.getByText('Show them').click();
  await page.getByRole('row').nth(1).waitFor();
  await visit('decisions', page);
  await page.getByRole('link', { name: 'Person created' }).first().click();
  await seen(page, 'Why it was skipped');
  await page.getByRole('button', { name: 'Someone else' }).waitFor();
  await visit('event-decision', page);
}

async function replayed(page: Page, go: Go, visit: Visit): Promise<void> {
  await go('failed');
  await page.getByRole('button', { name: /^Replay these/ }).click();
  await seen(page, 'Nothing has failed');
  await visit('replayed', page);
}

const PER_REQUEST = 500;

async function largePush(
  page: Page,
  go: Go,
  { pushed: people, lookAt = 0, visit }: Walk,
  sourceWhale: SourceWhale,
): Promise<void> {
  for (let left = people; left > 0; left -= PER_REQUEST) {
    const length = Math.min(left, PER_REQUEST);
    await sourceWhale.push(Array.from({ length }, () => personEvent('record.created')));
  }
  await go('progress');
  await page.getByRole('img').first().waitFor();
  await page.waitForFunction(
    (least) => Number.parseInt(document.getElementById('push')?.textContent ?? '', 10) >= least,
    lookAt,
    { timeout: 240_000 },
  );
  await visit('progress', page);
}

async function agencies({ world, visit }: Walk): Promise<void> {
  const page = await world.openAs('operator', '#/agencies');
  await page.getByRole('row').nth(1).waitFor();
  await visit('agencies', page);
  await page.goto(`${world.url}/console#/enable`);
  await seen(page, 'Add an agency');
  await visit('add-agency', page);
  await page.goto(`${world.url}/console#/nowhere`);
  await seen(page, 'There is no such page');
  await visit('not-found', page);
}
