/** The console as a person has it before them, and the system behind it. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { SampleEvent, SamplePerson } from '../../local/demo/samples.ts';
import { SourceWhale } from '../../local/demo/sourcewhale.ts';
import { BROWSER_URL, SIMULATOR_URL, SYSTEM_URL } from './global-setup.ts';

/** The agency of the local super user. */
export const ACME = 'acme.firefishsoftware.com';
/** The simulator's own profile. */
export const FIREFISH = { clientId: 'ff-demo', clientSecret: 'ff-demo-secret' };
export const NARROW = { width: 360, height: 740 };
export const WIDE = { width: 1280, height: 900 };

export type User = 'operator' | 'super-user';

export interface World {
  /** Of the system's HTTP door. */
  url: string;
  /** A new context with a page at the console, nobody signed in. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** A new context with a page, signed in, at this place. */
  openAs(user: User, hash?: string, options?: BrowserContextOptions): Promise<Page>;
  /** Simulates Firefish's faults; see docs/firefish-simulator.md. */
  fault(fault: Record<string, unknown>): Promise<void>;
  /** Makes a Firefish API profile with these scopes alone. */
  profile(credentials: { clientId: string; clientSecret: string }, scopes: readonly string[]): Promise<void>;
  /** Closes the pages; the system goes on. */
  close(): Promise<void>;
}

/** The system and the browser that the global setup started. */
export async function openWorld(): Promise<World> {
  const {
    [SYSTEM_URL]: url = '',
    [SIMULATOR_URL]: simulator = '',
    [BROWSER_URL]: address = '',
  } = process.env;
  return makeWorld(url, simulator, await chromium.connect(address));
}

export function makeWorld(url: string, simulator: string, browser: Browser): World {
  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({
      viewport: WIDE,
      locale: 'en-GB',
      timezoneId: 'Europe/London',
      ...options,
    });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    await page.goto(`${url}/console`);
    return page;
  };
  const tell = async (door: string, what: unknown): Promise<void> => {
    const response = await fetch(`${simulator}/_simulator/${door}`, {
      method: 'POST',
      body: JSON.stringify(what),
    });
    if (!response.ok) throw new Error(`the simulator refused it: ${await response.text()}`);
  };
  return {
    url,
    open,
    async openAs(user, hash = '#/', options = {}) {
      const page = await open(options);
      await signIn(page, user);
      await page.goto(`${url}/console${hash}`);
      return page;
    },
    fault: (fault) => tell('faults', fault),
    profile: (credentials, scopes) => tell('profiles', { ...credentials, scopes }),
    async close() {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await browser.close();
    },
  };
}

/** From the console's door through the provider's page and back. */
export async function signIn(page: Page, user: User): Promise<void> {
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator(`button[name="login"][value="${user}"]`).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Enables the agency by the page's own form, and answers what it showed. */
export async function enable(
  page: Page,
  { clientId, clientSecret } = FIREFISH,
): Promise<{ clientId: string; clientSecret: string }> {
  await page.getByLabel('Firefish API client ID').fill(clientId);
  await page.getByLabel('Firefish API client secret').fill(clientSecret);
  await page.getByRole('button', { name: 'Enable', exact: true }).click();
  await page.getByRole('heading', { name: 'Sourcewhale is enabled' }).waitFor();
  return {
    clientId: await page.getByLabel('Client ID', { exact: true }).inputValue(),
    clientSecret: await page.getByLabel('Client Secret', { exact: true }).inputValue(),
  };
}

/** SourceWhale's side with these credentials, connected as its Connect button does. */
export async function connect(
  { url }: World,
  credentials: { clientId: string; clientSecret: string },
  domain = ACME,
): Promise<SourceWhale> {
  const sourceWhale = new SourceWhale(url, credentials);
  await sourceWhale.connect(`https://${domain}/`);
  return sourceWhale;
}

export type PersonEvent = SampleEvent & { record: SamplePerson };

/** The files share one Firefish: each speaks of people of its own. */
const crowd = randomBytes(3).toString('hex');
let count = 0;

/** An event about a person of their own. */
export function personEvent(type: string, given: Partial<SampleEvent> = {}): PersonEvent {
  count += 1;
  return {
    id: `${crowd}-${count}`,
    type,
    occurredAt: new Date().toISOString(),
    actor: { email: 'recruiter@acme.example' },
    record: {
      candidateId: `sw_${crowd}_${count}`,
      kind: 'candidate',
      firstName: 'Ann',
      lastName: `Lee ${count}`,
      emails: [`ann.${crowd}.${count}@client.example`],
    },
    ...given,
  };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe-core finds on the page as it stands, one line each; empty where it finds nothing.
 * @param rules default all
 */
export async function axeFindings(page: Page, rules?: string[]): Promise<string[]> {
  await page.evaluate(AXE);
  // axe's script leaves itself on the window.
  const results = await page.evaluate(
    (runOnly) =>
      (window as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run(
        runOnly === undefined ? {} : { runOnly },
      ),
    rules,
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}

/** By how many pixels the page is wider than its window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
