/** Tenants as the console shows them: those that the principal may see, and one with its health. */
import { checkFirefish, refuseTooMany } from '../admin/agencies/check-firefish.ts';
import { firefishClientOptions } from '../admin/agencies/firefish-client.ts';
import { describeTenant } from '../admin/agencies/list.ts';
import * as z from 'zod';
import { json } from '../http/response.ts';
import { domainKey, DOMAINS_PARTITION } from '../store/keys.ts';
import type { Item } from '../store/table.ts';
import { behind } from '../store/behind.ts';
import { DEFAULT_SETTINGS, givenSettingsSchema } from '../tenants/settings.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import { findEvents } from './events/activity.ts';
import { summaryOf } from './events/describe-event.ts';
import { readInput } from './read-input.ts';
import { callerOf, type Options, readOptions, refusing, runAct, runOwnAct } from './run-act.ts';
import type { Endpoint, TenantEndpoint, TenantRequest } from './router.ts';
import { type ConsoleServices, readWaits } from './services.ts';
import { domainsInTrouble, troubleOf } from './trouble.ts';

const TENANTS_PER_PAGE = 50;
/** In an outage of Firefish all agencies are in trouble: this many are shown. */
const MOST_IN_TROUBLE = 100;
const MAX_HOST = 253;
const pageSchema = z.strictObject({
  search: z.string().trim().toLowerCase().max(MAX_HOST).default(''),
  after: z.string().min(1).max(MAX_HOST).optional(),
  /** Only those with an open alert. */
  trouble: z.literal('true').optional(),
});

/** Who is signed in. */
export const showMe: Endpoint = ({ principal }) => {
  const { subject, email, name, role, domains } = principal;
  return Promise.resolve(json(200, { subject, email, name, role, domains: [...domains].sort() }));
};

/** By domain, a page at a time: an operator has thousands. Those in trouble come on one page, up to a limit. */
export const listTenants =
  (services: ConsoleServices): Endpoint =>
  async ({ principal, event }) => {
    const { search: beginning, after, trouble } = readInput(pageSchema, event.queryStringParameters);
    const list = (domains: readonly string[]) =>
      Promise.all(domains.map((domain) => listed(services, domain)));
    const ofThese = (domains: readonly string[]) => domains.filter((domain) => domain.startsWith(beginning));
    if (principal.role === 'super-user') {
      return json(200, { tenants: await list(ofThese([...principal.domains].sort())) });
    }
    if (trouble !== undefined) {
      const domains = ofThese(await domainsInTrouble(services));
      const left = domains.length - MOST_IN_TROUBLE;
      const tenants = await list(domains.slice(0, MOST_IN_TROUBLE));
      return json(200, { tenants, ...(left > 0 ? { notShown: left } : {}) });
    }
    const { items, next } = await services.credentials.query({
      ...{ pk: DOMAINS_PARTITION, limit: TENANTS_PER_PAGE },
      ...(beginning === '' ? {} : { prefix: beginning }),
      ...(after === undefined ? {} : { after: behind(domainKey(after)) }),
    });
    const tenants = await list(items.map(({ sk }: Item) => sk));
    return json(200, { tenants, ...(next === undefined ? {} : { next: items.at(-1)?.sk }) });
  };

const neverEnabled = (domain: string): Record<string, unknown> => ({ domain, status: 'never-enabled' });

/** A row of the list: with what is wrong, if something is. */
async function listed(services: ConsoleServices, domain: string): Promise<Record<string, unknown>> {
  const tenant = await services.tenants.ofDomain(domain);
  if (tenant === undefined) return neverEnabled(domain);
  const summary = describeTenant(tenant, await services.tenants.connectedAt(tenant.tenantId));
  if (tenant.status !== 'enabled') return summary;
  const trouble = await troubleOf(services, tenant);
  return trouble.length === 0 ? summary : { ...summary, trouble };
}

export const showTenant =
  (services: ConsoleServices): TenantEndpoint =>
  async (request) => {
    const tenant = await services.tenants.ofDomain(request.domain);
    if (tenant === undefined) return json(200, neverEnabled(request.domain));
    const [shown, lastEvent] = await Promise.all([
      runAct(services, request, 'show'),
      newestEvent(services, tenant),
    ]);
    return json(200, { ...(shown as Record<string, unknown>), lastEvent });
  };

async function newestEvent(services: ConsoleServices, tenant: TenantRecord): Promise<unknown> {
  const { tenantId } = tenant;
  const now = services.clock.now();
  const waits = await readWaits(services, tenant);
  const { events } = await findEvents({ table: services.sync, tenantId, waits, now }, {}, 1);
  return events[0] && summaryOf(services, tenantId, events[0], waits);
}

const settingsAnswer = async (services: ConsoleServices, request: TenantRequest, options: Options = {}) => {
  // The answer of the verb.
  const { settings, version } = (await runAct(services, request, 'settings', options)) as Options;
  return json(200, { settings, version, defaults: DEFAULT_SETTINGS });
};

/** The version of the settings that the new ones were made from. Without it, the last writer wins. */
const versionSchema = z.strictObject({ version: z.coerce.number().int().min(1).optional() });

export const showSettings =
  (services: ConsoleServices): TenantEndpoint =>
  (request) =>
    settingsAnswer(services, request);

export const replaceSettings =
  (services: ConsoleServices): TenantEndpoint =>
  async (request) =>
    settingsAnswer(services, request, {
      set: readInput(givenSettingsSchema, readOptions(request)),
      ...readInput(versionSchema, request.event.queryStringParameters),
    });

const credentialsSchema = z.strictObject(firefishClientOptions);

/** Whether Firefish accepts these credentials. They are not stored. */
export const checkCredentials =
  (services: ConsoleServices): TenantEndpoint =>
  async (request) => {
    const { firefishClientId: clientId, firefishClientSecret: clientSecret } = readInput(
      credentialsSchema,
      readOptions(request),
    );
    const { domain } = request;
    await refusing(refuseTooMany(services, { domain }, callerOf(request)));
    const check = async () => {
      const known = await services.tenants.ofDomain(domain);
      const asked = { domain, known, caller: callerOf(request) };
      return checkFirefish(services, asked, { clientId, clientSecret });
    };
    return json(200, { missingScopes: await runOwnAct(services, request, 'check-firefish', {}, check) });
  };
