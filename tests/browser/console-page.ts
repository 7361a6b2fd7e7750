/** The console in a browser, and the system behind it. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { SampleEvent, SamplePerson } from '../../local/demo/samples.ts';
import { type Credentials, SourceWhale } from '../../local/demo/sourcewhale.ts';
import { NEEDED_SCOPES } from '../../lib/firefish/assumptions.ts';
import { BROWSER_URL, SESSIONS, SIMULATOR_URL, SYSTEM_URL } from './global-setup.ts';

/** The agency of the local super user. */
export const ACME = 'acme.firefishsoftware.com';
/** The simulator's own profile. */
export const FIREFISH = { clientId: 'ff-demo', clientSecret: 'ff-demo-secret' };
export const NARROW = { width: 360, height: 740 };
export const WIDE = { width: 1280, height: 900 };

export type User = 'operator' | 'super-user';

export interface World {
  /** Of the system's HTTP server. */
  url: string;
  /** Errors of the pages, and violations of their policy. */
  broken: string[];
  /** A new context with a page at the console, nobody signed in. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** A new context with a page, at this place, as if signed in a moment ago. */
  openAs(user: User, hash?: string, options?: BrowserContextOptions): Promise<Page>;
  /** Asks the console's API, past the page. @throws Error if it does not answer with 2xx */
  ask<Answer>(user: User, path: string, body?: unknown): Promise<Answer>;
  /** An agency with its own Firefish, enabled and connected, past the page. */
  agency(name: string): Promise<Agency>;
  /** Simulates Firefish's faults, for one profile: files run beside each other; see docs/firefish-simulator.md. */
  fault(whose: Pick<Credentials, 'clientId'>, fault: Record<string, unknown>): Promise<void>;
  /** Ends all of a profile's faults. */
  endFaults(whose: Pick<Credentials, 'clientId'>): Promise<void>;
  /** Puts records into the Firefish of a profile. */
  seed(whose: Pick<Credentials, 'clientId'>, records: Record<string, readonly object[]>): Promise<void>;
  /** Creates a Firefish API profile with only these scopes; default all. */
  profile(credentials: Credentials, scopes?: readonly string[]): Promise<void>;
  /** Closes the pages; the system continues. @throws Error if a page broke, or did what its policy forbids */
  close(): Promise<void>;
}

export interface Agency {
  domain: string;
  /** Of Firefish's API. */
  firefish: Credentials;
  /** SourceWhale's. */
  credentials: Credentials;
  sourceWhale: SourceWhale;
  /** The place of one of its views, such as `settings`. */
  at: (view?: string) => string;
}

/** The system and the browser that the global setup started. */
export async function openWorld(): Promise<World> {
  const {
    [SYSTEM_URL]: url = '',
    [SIMULATOR_URL]: simulator = '',
    [BROWSER_URL]: address = '',
    [SESSIONS]: sessions = '{}',
  } = process.env;
  const tokens = JSON.parse(sessions) as Record<string, string>;
  return makeWorld({ url, simulator, tokens }, await chromium.connect(address));
}

export interface Addresses {
  url: string;
  simulator: string;
  /** Access tokens by user. */
  tokens: Record<string, string>;
}

const DAY_MS = 24 * 3_600_000;

export function makeWorld({ url, simulator, tokens }: Addresses, browser: Browser): World {
  const broken: string[] = [];
  const newPage = async (options: BrowserContextOptions): Promise<Page> => {
    const context = await browser.newContext({
      viewport: WIDE,
      locale: 'en-GB',
      timezoneId: 'Europe/London',
      ...options,
    });
    context.setDefaultTimeout(30_000);
    context.on('weberror', (error) => broken.push(String(error.error())));
    context.on('console', (message) => {
      if (/Content Security Policy|Trusted/.test(message.text())) broken.push(message.text());
    });
    return context.newPage();
  };
  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const page = await newPage(options);
    await page.goto(`${url}/console`);
    return page;
  };
  const tell = async (server: string, what: unknown): Promise<void> => {
    const response = await fetch(`${simulator}/_simulator/${server}`, {
      method: 'POST',
      body: JSON.stringify(what),
    });
    if (!response.ok) throw new Error(`the simulator refused it: ${await response.text()}`);
  };
  const profile = (credentials: Credentials, scopes: readonly string[] = NEEDED_SCOPES): Promise<void> =>
    tell('profiles', { ...credentials, scopes });
  const ask = async <Answer>(user: User, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${url}/admin/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${tokens[user]}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  };
  return {
    url,
    broken,
    open,
    async openAs(user, hash = '#/', options = {}) {
      const page = await newPage(options);
      // Any page of the same origin: the session is stored where the page keeps it.
      await page.goto(`${url}/healthz`);
      const session = { accessToken: tokens[user], expiresAt: Date.now() + DAY_MS };
      await page.evaluate((text) => {
        sessionStorage.setItem('session', text);
      }, JSON.stringify(session));
      await page.goto(`${url}/console${hash}`);
      return page;
    },
    ask,
    async agency(name) {
      const domain = `${name}.firefishsoftware.com`;
      const firefish = { clientId: `ff-${name}`, clientSecret: `ff-${name}-secret` };
      await profile(firefish);
      const credentials = await ask<Credentials>('operator', `/tenants/${domain}/enable`, {
        firefishClientId: firefish.clientId,
        firefishClientSecret: firefish.clientSecret,
      });
      const at = (view = ''): string => `#/agencies/${domain}${view === '' ? '' : `/${view}`}`;
      return { domain, firefish, credentials, sourceWhale: await connect({ url }, credentials, domain), at };
    },
    fault: ({ clientId }, fault) => tell('faults', { ...fault, clientId }),
    async endFaults({ clientId }) {
      await fetch(`${simulator}/_simulator/faults?clientId=${clientId}`, { method: 'DELETE' });
    },
    seed: ({ clientId }, records) => tell(`seed?agency=${clientId}`, records),
    profile,
    async close() {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await browser.close();
      if (broken.length > 0) throw new Error(`in the pages: ${broken.join('; ')}`);
    },
  };
}

/** From the console's server through the provider's page and back. */
export async function signIn(page: Page, user: User): Promise<void> {
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator(`button[name="login"][value="${user}"]`).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Enables the agency by the page's own form, and returns what it showed. */
export async function enable(page: Page, { clientId, clientSecret } = FIREFISH): Promise<Credentials> {
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
  { url }: Pick<World, 'url'>,
  credentials: Credentials,
  domain = ACME,
): Promise<SourceWhale> {
  const sourceWhale = new SourceWhale(url, credentials);
  await sourceWhale.connect(`https://${domain}/`);
  return sourceWhale;
}

export type PersonEvent = SampleEvent & { record: SamplePerson };

/** The files share one Firefish: each uses different people. */
const crowd = randomBytes(3).toString('hex');
let count = 0;

/** Until all of it has ended. */
export async function pushed(sourceWhale: SourceWhale, events: readonly SampleEvent[]): Promise<void> {
  const batchId = await sourceWhale.push(events);
  for (;;) {
    const batch = await sourceWhale.batch(batchId);
    if (!batch.events.some(({ state }) => state === 'queued' || state === 'deferred')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** An event about a person that no other test uses. */
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

/** What axe-core finds on the page, one line each; empty if it finds nothing. @param rules default all */
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
