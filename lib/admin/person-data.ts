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
  /** Normalised addresses that were taken off the person as wrong: others' by now, or nobody's. */
  wrongAddresses: Set<string>;
}

export const addressLead = (tenant: Tenant, address: string): Key =>
  addressKey(tenant.tenantId, domainHash(tenant, emailDomain(address)), addressHash(tenant, address));

/**
 * Whoever the address leads to, and whoever the events that are kept say is the same person.
 * @param address normalised
 */
export async function collectPersonData(
  services: AdminServices,
  tenant: Tenant,
  address: string,
): Promise<PersonData> {
  const data: PersonData = {
    ...{ persons: [], personIds: new Set(), events: [], candidateIds: new Set() },
    ...{ addresses: new Set([address]), wrongAddresses: new Set() },
  };
  const lead = (await services.sync.get(addressLead(tenant, address))) as LeadItem | undefined;
  for (const { personId } of lead?.flagged ?? []) await addPerson(services, tenant, personId, data);
  const events = await allEvents(services, tenant);
  const said = events.flatMap(({ event }) => (event !== undefined && 'record' in event ? [event] : []));
  const wrong = Map.groupBy(said.filter(isFlag), ({ record }) => record.candidateId);
  const identities = said.map((event) => ownIdentity(event, wrong.get(event.record.candidateId) ?? []));
  for (let before = -1; before !== data.candidateIds.size + data.addresses.size;) {
    before = data.candidateIds.size + data.addresses.size;
    await addLedTo(services, tenant, data);
    for (const identity of identities) addIdentity(tenant, identity, data);
  }
  const records = new Set<string>(data.persons.flatMap(({ state }) => state.records.map(recordKey)));
  data.events = events.filter((one) => isAbout(one, data, records));
  return data;
}

/** The persons whom known addresses and ids lead to; those who were merged into others on the way. */
async function addLedTo(services: AdminServices, tenant: Tenant, data: PersonData): Promise<void> {
  for (const { personId } of (await services.sync.getMany(leadsTo(tenant, data))) as LeadItem[]) {
    if (personId !== undefined) await addPerson(services, tenant, personId, data);
  }
}

interface OwnIdentity {
  candidateId: string;
  /** Without those that SourceWhale has said are wrong. */
  addresses: string[];
  wrong: string[];
}

type EmailFlag = Extract<PersonEvent, { type: 'email.flagged' }>;
const isFlag = (event: PersonEvent): event is EmailFlag => event.type === 'email.flagged';

function ownIdentity({ record }: PersonEvent, flags: readonly EmailFlag[]): OwnIdentity {
  const wrong = flags.map(({ email }) => normaliseEmail(email)).filter((address) => address !== undefined);
  const addresses = emailAddresses(record).filter((address) => !wrong.includes(address));
  return { candidateId: record.candidateId, addresses, wrong };
}

/** What an event adds to how the person is known, if it is about them. */
function addIdentity(tenant: Tenant, { candidateId, addresses, wrong }: OwnIdentity, data: PersonData): void {
  const isTheirs =
    data.candidateIds.has(candidateId) || addresses.some((address) => data.addresses.has(address));
  if (!isTheirs) return;
  data.candidateIds.add(candidateId);
  for (const address of wrong) data.wrongAddresses.add(address);
  // Where addresses tie nobody to anybody, one that the person has besides may be another's as well.
  if (!tenant.settings.mergeWithExisting) return;
  for (const address of addresses) if (!data.wrongAddresses.has(address)) data.addresses.add(address);
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
    const known = item.state.addresses[hash];
    if (known === undefined) continue;
    if (known.flagged === undefined) data.addresses.add(text);
    else data.wrongAddresses.add(text);
  }
}

/** The address's and id's items that lead to the person. */
export const leadsTo = (tenant: Tenant, data: PersonData): Key[] => [
  ...[...data.addresses].map((address) => addressLead(tenant, address)),
  ...[...data.candidateIds].map((id) => candidateIdKey(tenant.tenantId, id)),
];

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
