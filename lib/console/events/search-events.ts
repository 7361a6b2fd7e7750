/**
 * `POST …/events/search`: the events of one person or record, newest first. An e-mail address is in the body and never
 * in the URL. The newest events are decrypted and compared, because their content is encrypted.
 */
import { contentOf } from '../../events/event-content.ts';
import type { EventId } from '../../ids.ts';
import * as z from 'zod';
import { emailOption } from '../../admin/people/email-option.ts';
import type { StoredEvent } from '../../events/event-item.ts';
import { innerId } from '../../events/inner-id.ts';
import { json } from '../../http/response.ts';
import { hashedAddress, PersonData } from '../../internal/person-data.ts';
import { eventItemKey } from '../../store/sync-keys.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { findEvents } from './activity.ts';
import { summaryOf } from './describe-event.ts';
import { readInput } from '../read-input.ts';
import type { TenantEndpoint } from '../router.ts';
import { readOptions } from '../run-act.ts';
import { type ConsoleServices, readWaits, type WaitsOf } from '../services.ts';
import { tenantOf, tenantRecordOf } from '../tenant-id.ts';

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
  /** Whether a person of the kind is known. */
  known: boolean;
  /** False if there are more events than were read. */
  complete: boolean;
}

/** This many of the newest events are read for one search, … */
const LOOKED_AT = 5_000;
/** … until this many are found. */
const FOUND = 100;

export const searchEvents =
  (services: ConsoleServices): TenantEndpoint =>
  async (request) => {
    const search = readInput(searchSchema, readOptions(request));
    const [record, tenant] = await Promise.all([
      tenantRecordOf(services, request.domain),
      tenantOf(services, request.domain),
    ]);
    const waits = await readWaits(services, record);
    const { events, known, complete } = await find(services, tenant, search, waits);
    return json(200, {
      events: await Promise.all(events.map((one) => summaryOf(services, tenant.tenantId, one, waits))),
      known: known || events.length > 0,
      openComplete: complete,
    });
  };

async function find(
  services: ConsoleServices,
  tenant: Tenant,
  search: Search,
  waits: WaitsOf,
): Promise<Found> {
  const { sync, clock } = services;
  const { tenantId } = tenant;
  if ('eventId' in search) {
    const event = (await sync.get(eventItemKey(tenantId, search.eventId))) as StoredEvent | undefined;
    const isShown = event !== undefined && !event.type.startsWith('internal.');
    return { events: isShown ? [event] : [], known: isShown, complete: true };
  }
  const { wanted, known } = await wantedBy(services, tenant, search);
  const about = { table: sync, tenantId, waits, now: clock.now() };
  const { events, next } = await findEvents(about, { wanted }, FOUND, undefined, LOOKED_AT);
  return { events, known, complete: next === undefined };
}

interface Wanted {
  wanted: (event: StoredEvent) => boolean | Promise<boolean>;
  known: boolean;
}

async function wantedBy(
  { sync, cipher }: ConsoleServices,
  tenant: Tenant,
  search: Exclude<Search, { eventId: EventId }>,
): Promise<Wanted> {
  if ('record' in search) {
    const { entity, ref } = search.record;
    const wanted = (event: StoredEvent): boolean =>
      event.state !== 'queued' && event.actions.some((one) => one.entity === entity && one.ref === ref);
    return { wanted, known: false };
  }
  const context = { table: sync, tenant, cipher };
  const start = 'email' in search ? [hashedAddress(tenant, search.email)] : [];
  const person = new PersonData(context, start);
  if ('candidateId' in search) person.candidateIds.add(search.candidateId);
  await person.addKnown();
  return {
    wanted: async (event) => person.about(event, await contentOf(context, event)) === 'them',
    known: person.persons.size > 0,
  };
}
