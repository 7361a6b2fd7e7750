/** Everything that is held about a person, found by an e-mail address: for `export` and `erase`. */
import type { PersonEvent, SourceWhaleEvent } from '../events/event.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { emailAddresses, emailDomain, normaliseEmail } from '../mapping/person-fields.ts';
import { addressKey, candidateIdKey, eventPartition, personKey } from '../store/keys.ts';
import { type Key, queryAll } from '../store/table.ts';
import type { LeadItem } from '../sync/leads.ts';
import { addressHash, domainHash } from '../sync/loaded-event.ts';
import type { PersonItem } from '../sync/person-lease.ts';
import type { PersonState } from '../sync/person.ts';
import { recordKey } from '../sync/person.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { AdminServices } from './verb.ts';

export interface HeldPersonData {
  item: PersonItem;
  state: PersonState;
  /** Addresses by their hashes. */
  texts: Record<string, string>;
}

export interface HeldEvent {
  item: StoredEvent;
  /** Absent where the content is not kept any more. */
  event?: SourceWhaleEvent;
}

export interface PersonData {
  persons: HeldPersonData[];
  /** Their ids, and those of persons who were merged into them. */
  personIds: Set<string>;
  events: HeldEvent[];
  candidateIds: Set<string>;
  /** Normalised addresses. */
  addresses: Set<string>;
}

export const addressLead = (tenant: Tenant, address: string): Key =>
  addressKey(tenant.tenantId, domainHash(tenant, emailDomain(address)), addressHash(tenant, address));

/** @param address normalised */
export async function collectPersonData(
  services: AdminServices,
  tenant: Tenant,
  address: string,
): Promise<PersonData> {
  const data: PersonData = {
    persons: [],
    personIds: new Set(),
    events: [],
    candidateIds: new Set(),
    addresses: new Set([address]),
  };
  const lead = (await services.sync.get(addressLead(tenant, address))) as LeadItem | undefined;
  const flagged = (lead?.flagged ?? []).map(({ personId }) => personId);
  for (const personId of [lead?.personId, ...flagged]) {
    if (personId !== undefined) await addPerson(services, tenant, personId, data);
  }
  const events = await allEvents(services, tenant);
  // Who is known by an id that the address came with belongs to it as well, where addresses tie nobody together.
  for (const { event } of events) {
    if (event === undefined || !('record' in event) || !mentions(event, address)) continue;
    data.candidateIds.add(event.record.candidateId);
    const key = candidateIdKey(tenant.tenantId, event.record.candidateId);
    const known = (await services.sync.get(key)) as LeadItem | undefined;
    if (known?.personId !== undefined) await addPerson(services, tenant, known.personId, data);
  }
  const records = new Set<string>(data.persons.flatMap(({ state }) => state.records.map(recordKey)));
  data.events = events.filter((one) => isAbout(one, data, records));
  return data;
}

async function addPerson(
  services: AdminServices,
  tenant: Tenant,
  personId: string,
  data: PersonData,
): Promise<void> {
  if (data.personIds.has(personId)) return;
  data.personIds.add(personId);
  const item = (await services.sync.get(personKey(tenant.tenantId, personId))) as PersonItem | undefined;
  if (item?.mergedInto !== undefined) {
    await addPerson(services, tenant, item.mergedInto, data);
    return;
  }
  if (item?.state === undefined) return;
  const texts =
    item.sealed === undefined
      ? {}
      : (JSON.parse(await services.cipher.decrypt(tenant.tenantId, item.sealed)) as Record<string, string>);
  data.persons.push({ item, state: item.state, texts });
  for (const candidateId of Object.keys(item.state.candidateIds)) data.candidateIds.add(candidateId);
  for (const [hash, text] of Object.entries(texts)) {
    if (item.state.addresses[hash] !== undefined) data.addresses.add(text);
  }
}

/** All of the tenant's events of thirty days are read: who is in them is encrypted. */
async function allEvents({ sync, cipher }: AdminServices, tenant: Tenant): Promise<HeldEvent[]> {
  const events: HeldEvent[] = [];
  for await (const found of queryAll(sync, { pk: eventPartition(tenant.tenantId) })) {
    const item = found as StoredEvent;
    if (item.payload === undefined) events.push({ item });
    else {
      // It was validated before it was stored.
      const event = JSON.parse(await cipher.decrypt(tenant.tenantId, item.payload)) as SourceWhaleEvent;
      events.push({ item, event });
    }
  }
  return events;
}

const mentions = (event: PersonEvent, address: string): boolean =>
  emailAddresses(event.record).includes(address) ||
  (event.type === 'email.flagged' && normaliseEmail(event.email) === address);

function isAbout({ item, event }: HeldEvent, data: PersonData, records: ReadonlySet<string>): boolean {
  if (event !== undefined) {
    if (!('record' in event)) return false;
    return (
      data.candidateIds.has(event.record.candidateId) ||
      [...data.addresses].some((one) => mentions(event, one))
    );
  }
  return (item.actions ?? []).some(({ entity, ref }) => records.has(`${entity}:${String(ref)}`));
}
