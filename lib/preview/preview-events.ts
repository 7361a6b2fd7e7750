/** What events would do, and nothing done: match and plan, without apply. One preview of a tenant at a time. */
import { type PreviewContext, previewed, type Previewed } from './previewed.ts';
import { companyFinder } from '../companies/companies.ts';
import type { CompanyEvent, Event, PersonEvent } from '../events/event.ts';
import type { EndedEvent, StoredEvent } from '../events/event-item.ts';
import { eventOrder } from '../events/event-order.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { identityOf, newPersonId, personNames } from '../people/identity-index.ts';
import { eventIdOfKey, eventItemKey } from '../store/sync-keys.ts';
import { previewCompany } from './preview-company.ts';
import { previewDomain } from './preview-domain.ts';
import { previewPerson } from './preview-person.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type BesideDeps, besideTurn } from './beside-turn.ts';

/** Each waits for Firefish most of the time; people of one e-mail domain can share a search. */
const GROUPS_AT_ONCE = 8;

async function previewEvents(
  context: PreviewContext,
  events: readonly Event[],
): Promise<Map<string, Previewed>> {
  const { table, tenant } = context;
  const keys = events.map(({ id }) => eventItemKey(tenant.tenantId, id));
  const stored = (await table.getMany(keys)) as StoredEvent[]; // only StoredEvents have these keys
  const repeats = stored.flatMap((item) =>
    item.state === 'queued' ? [] : [repeated(eventIdOfKey(tenant.tenantId, item.pk), item)],
  );
  const previews = new Map(repeats.map((one) => [one.id, one]));
  const unique = new Map(events.toReversed().map((event) => [event.id, event]));
  const fresh = [...unique.values()].filter(({ id }) => !previews.has(id)).reverse();
  const people = fresh
    .filter((event): event is PersonEvent => 'record' in event)
    .sort((a, b) => (eventOrder(a) < eventOrder(b) ? -1 : 1));
  const ofCompanies = fresh.filter((event): event is CompanyEvent => 'company' in event);
  const companies = Map.groupBy(ofCompanies, ({ company }) => company.id);
  const runs = [
    ...sharingNames(context, people).map((group) => () => previewPerson(context, group)),
    ...[...companies].map(
      ([id, group]) =>
        () =>
          previewCompany(context, id, group),
    ),
    ...fresh.flatMap((event) =>
      'domain' in event ? [async () => [await previewDomain(context, event)]] : [],
    ),
  ];
  const found = await mapConcurrently(runs, GROUPS_AT_ONCE, (run) => run());
  for (const one of found.flat()) previews.set(one.id, one);
  return previews;
}

/** Each company is looked for once: many people of a push are of one. */
function companyFinderOnce(context: Omit<PreviewContext, 'findCompany'>): PreviewContext['findCompany'] {
  const find = companyFinder(context, context.firefish);
  const found = new Map<string, Promise<readonly number[]>>();
  return (name) => {
    const refs = found.get(name) ?? find(name);
    found.set(name, refs);
    return refs;
  };
}

const repeated = (id: string, item: EndedEvent): Previewed => ({
  ...previewed(id, item, []),
  repeat: true,
});

/**
 * Events that share an id or an address, directly or by others, are planned together. Where addresses tie nobody
 * together, those of one person are.
 */
function sharingNames({ tenant }: PreviewContext, events: readonly PersonEvent[]): PersonEvent[][] {
  let groups: { names: Set<string>; events: PersonEvent[] }[] = [];
  for (const event of events) {
    const identity = identityOf(tenant, event);
    const names = tenant.settings.mergeWithExisting
      ? personNames(tenant, identity)
      : [newPersonId(tenant, [identity])];
    const joined = { names: new Set(names), events: [event] };
    const apart = groups.filter(({ names }) => names.isDisjointFrom(joined.names));
    for (const group of groups.filter((one) => !apart.includes(one))) {
      joined.names = joined.names.union(group.names);
      joined.events = [...group.events, ...joined.events];
    }
    groups = [...apart, joined];
  }
  return groups.map((group) => group.events);
}

/** By event id. @throws PreviewBusyError while another one runs, or if its time is up; FirefishError */
export type RunPreview = (tenant: Tenant, events: readonly Event[]) => Promise<Map<string, Previewed>>;

export const createPreview =
  (deps: BesideDeps): RunPreview =>
  (tenant, events) =>
    besideTurn(deps, tenant, (firefish) => {
      const context = { ...deps, tenant, firefish };
      return previewEvents({ ...context, findCompany: companyFinderOnce(context) }, events);
    });
