/**
 * `POST …/events/search`: the events of one person or record. An address is looked for by its keyed hash, in the body and
 * never in an address line; who an id, an address or a record leads to knows which events were about them.
 */
import * as z from 'zod';
import type { SourceWhaleEvent } from '../events/event.ts';
import { innerId } from '../events/inner-id.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { json } from '../http/response.ts';
import { emailAddresses, emailDomain, normaliseEmail } from '../mapping/person-fields.ts';
import { addressKey, candidateIdKey, eventKey, openEventsPartition, recordLeadKey } from '../store/keys.ts';
import type { Key } from '../store/table.ts';
import { addressHash, domainHash, openEvent } from '../sync/loaded-event.ts';
import type { LeadItem } from '../sync/leads.ts';
import { readPersonItem } from '../sync/person-lease.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { emailOption } from '../admin/email-option.ts';
import { findEvents, happenedAt } from './activity.ts';
import { summaryOf } from './describe-event.ts';
import { readInput } from './read-input.ts';
import { readOptions } from './run-act.ts';
import type { TenantDoor } from './router.ts';
import { type ConsoleServices, readGateOf } from './services.ts';
import { tenantOf } from './tenant-id.ts';

const searchSchema = z.union(
  [
    z.strictObject({ email: emailOption }),
    z.strictObject({ candidateId: z.string().trim().min(1).max(256).transform(innerId) }),
    z.strictObject({
      record: z.strictObject({ entity: z.enum(['candidate', 'contact', 'company']), ref: z.int().min(1) }),
    }),
    z.strictObject({ eventId: z.string().trim().min(1).max(128).transform(innerId) }),
  ],
  {
    error:
      'must be one of {"email"}, {"candidateId"}, {"record": {"entity", "ref"}}, {"eventId"}, each well-formed',
  },
);
type Search = z.infer<typeof searchSchema>;

interface Found {
  events: StoredEvent[];
  /** Whether anybody or anything of the kind is known. */
  known: boolean;
  /** False where there are more open events than were looked through. */
  openComplete: boolean;
}

/** Who is in an open event is encrypted: so many are opened for one search. */
const OPENED = 1_000;

export const searchEvents =
  (services: ConsoleServices): TenantDoor =>
  async (request) => {
    const search = readInput(searchSchema, readOptions(request));
    const tenant = await tenantOf(services, request.domain);
    const now = services.clock.now();
    const [found, gate] = await Promise.all([
      find(services, tenant, search),
      readGateOf(services, tenant.tenantId),
    ]);
    const unique = [...new Map(found.events.map((event) => [event.sk, event])).values()];
    return json(200, {
      events: unique
        .sort((a, b) => happenedAt(b) - happenedAt(a))
        .map((event) => summaryOf(event, gate, now)),
      known: found.known || unique.length > 0,
      openComplete: found.openComplete,
    });
  };

async function find(services: ConsoleServices, tenant: Tenant, search: Search): Promise<Found> {
  const { sync } = services;
  const { tenantId } = tenant;
  if ('eventId' in search) {
    const event = (await sync.get(eventKey(tenantId, search.eventId))) as StoredEvent | undefined;
    return { events: event === undefined ? [] : [event], known: event !== undefined, openComplete: true };
  }
  if ('record' in search && search.record.entity === 'company')
    return findCompany(services, tenantId, search.record.ref);
  const [past, open] = await Promise.all([
    personEvents(services, tenantId, leadOf(tenant, search)),
    'record' in search ? { events: [], complete: true } : openEventsOf(services, tenant, search),
  ]);
  return { events: [...past.events, ...open.events], known: past.known, openComplete: open.complete };
}

type PersonSearch = Exclude<Search, { eventId: string }>;

/** What leads to the person. */
function leadOf(tenant: Tenant, search: PersonSearch): Key {
  const { tenantId } = tenant;
  if ('candidateId' in search) return candidateIdKey(tenantId, search.candidateId);
  if ('record' in search) return recordLeadKey(tenantId, `${search.record.entity}:${search.record.ref}`);
  const { email } = search;
  return addressKey(tenantId, domainHash(tenant, emailDomain(email)), addressHash(tenant, email));
}

async function personEvents(
  { sync }: ConsoleServices,
  tenantId: string,
  lead: Key,
): Promise<{ events: StoredEvent[]; known: boolean }> {
  const item = (await sync.get(lead)) as LeadItem | undefined;
  const flagged = (item?.flagged ?? []).map(({ personId }) => personId);
  const personIds = [item?.personId, ...flagged].filter((id) => id !== undefined);
  const eventIds = new Set<string>();
  for (const personId of personIds) {
    let person = await readPersonItem({ table: sync, tenantId }, personId);
    while (person?.mergedInto !== undefined) {
      person = await readPersonItem({ table: sync, tenantId }, person.mergedInto);
    }
    for (const id of person?.state?.eventIds ?? []) eventIds.add(id);
  }
  const events = await sync.getMany([...eventIds].map((id) => eventKey(tenantId, id)));
  // Only the intake and the sync write event items, as StoredEvent says.
  return { events: events as StoredEvent[], known: personIds.length > 0 };
}

/** Events that nobody has tried yet lead nowhere: the open ones are looked through themselves. */
async function openEventsOf(
  { sync, cipher }: ConsoleServices,
  tenant: Tenant,
  search: { email: string } | { candidateId: string },
): Promise<{ events: StoredEvent[]; complete: boolean }> {
  const events: StoredEvent[] = [];
  let opened = 0;
  let after: string | undefined;
  do {
    const page = await sync.query({
      ...{ pk: openEventsPartition(tenant.tenantId), index: true, descending: true, limit: OPENED - opened },
      ...(after === undefined ? {} : { after }),
    });
    for (const item of page.items as StoredEvent[]) {
      const loaded = await openEvent({ cipher, tenant }, item);
      if (loaded !== undefined && isAbout(loaded.event, search)) events.push(item);
    }
    opened += page.items.length;
    after = page.next;
  } while (after !== undefined && opened < OPENED);
  return { events, complete: after === undefined };
}

function isAbout(event: SourceWhaleEvent, search: { email: string } | { candidateId: string }): boolean {
  if (!('record' in event)) return false;
  if ('candidateId' in search) return event.record.candidateId === search.candidateId;
  return (
    emailAddresses(event.record).includes(search.email) ||
    (event.type === 'email.flagged' && normaliseEmail(event.email) === search.email)
  );
}

/** Companies have few events: the newest of them are looked through. */
async function findCompany(services: ConsoleServices, tenantId: string, ref: number): Promise<Found> {
  const wanted = ({ actions = [] }: StoredEvent): boolean =>
    actions.some((action) => action.entity === 'company' && action.ref === ref);
  const about = { table: services.sync, tenantId, gate: undefined, now: services.clock.now() };
  const { events, next } = await findEvents(about, { states: ['synced'], wanted }, 100);
  return { events, known: events.length > 0, openComplete: next === undefined };
}
