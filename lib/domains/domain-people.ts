/** Everyone with an address at one e-mail domain: in Firefish, or known here as a person's. */
import { CHANNELS, type DomainEvent, KINDS } from '../events/event.ts';
import { eventOrder } from '../events/event-order.ts';
import { addressesOf } from '../firefish/search.ts';
import type { Firefish, FirefishRecord } from '../firefish/port.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { domainOf } from '../events/reading/addresses.ts';
import {
  type AddressEntry,
  addressOf,
  domainHash,
  type Identity,
  personAt,
  type Whose,
} from '../people/identity-index.ts';
import { type ReadContext, readHeir } from '../people/person-store.ts';
import { consentFor, type Consents, isOptOut } from '../plan/consent.ts';
import { searchName } from '../plan/types.ts';
import { addressesPartition } from '../store/sync-keys.ts';
import { queryAll } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** The most actions that an event's item keeps. */
export const ACTIONS_KEPT = 100;

/** How many persons are read at once. */
const READ_AT_ONCE = 16;

/** A domain's consent to everything. */
export const domainConsent = (event: DomainEvent): Consents =>
  consentFor(CHANNELS, {
    order: eventOrder(event),
    optedOut: isOptOut(event),
    ofDomain: true,
  });

/** How a domain's opt-out finds a person by one address. */
export const identityAt = (
  tenant: Tenant,
  event: DomainEvent,
  { address, finds }: { address: string; finds: Whose },
): Identity => ({ order: eventOrder(event), addresses: [addressOf(tenant, address)], finds });

export interface AtAddress {
  address: string;
  hash: string;
  /** The records that have it, by `searchName`. The search is of the whole domain: other records do not have it. */
  searches: Map<string, FirefishRecord[]>;
  /** Whose address it is. If it was flagged after the event, the event is also about the person who had it before. */
  whose: Whose[];
}

interface Everyone {
  /** In the order of the addresses' hashes. */
  addresses: AtAddress[];
  /** True if Firefish has more records at the domain than its search shows. */
  incomplete: boolean;
}

type Context = Pick<ReadContext, 'table' | 'tenant' | 'cipher'>;

/** @throws FirefishError */
export async function everyoneAt(
  context: Context,
  firefish: Pick<Firefish, 'searchByDomain'>,
  event: DomainEvent,
): Promise<Everyone> {
  const { tenant } = context;
  const { domain } = event;
  const everyone = new Map<string, AtAddress>();
  const at = (address: string): AtAddress => {
    const { hash } = addressOf(tenant, address);
    const searches = new Map(KINDS.map((kind) => [searchName(kind, hash), []]));
    const found = everyone.get(address) ?? { address, hash, searches, whose: [] };
    everyone.set(address, found);
    return found;
  };
  const rows = await Promise.all(
    KINDS.map((kind) => firefish.searchByDomain(kind, domain, { exhaustive: true })),
  );
  KINDS.forEach((kind, place) => {
    for (const row of rows[place] ?? []) {
      const own = addressesOf(row).filter((address) => domainOf(address) === domain);
      for (const address of own) {
        const { searches, hash } = at(address);
        searches.get(searchName(kind, hash))?.push(row);
      }
    }
  });
  for (const { address, whose } of await addressesKnownAt(context, event)) {
    at(address).whose.push(whose);
  }
  for (const { whose } of everyone.values()) if (whose.length === 0) whose.push('owner');
  return {
    addresses: [...everyone.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1)),
    incomplete: rows.some(({ incomplete }) => incomplete === true),
  };
}

/** Addresses at that domain of people who are known here. Firefish can have another address of theirs. */
async function addressesKnownAt(
  context: Context,
  event: DomainEvent,
): Promise<{ address: string; whose: Whose }[]> {
  const { table, tenant } = context;
  const order = eventOrder(event);
  const found: { personId: string; hash: string; whose: Whose }[] = [];
  const pk = addressesPartition(tenant.tenantId, domainHash(tenant, event.domain));
  for await (const item of queryAll(table, { pk })) {
    const entry = item as AddressEntry; // the partition holds nothing else
    // An opt-out also counts for an address that was flagged before it.
    const former = personAt(entry, order) ?? (isOptOut(event) ? lastOf(entry) : undefined);
    if (entry.personId !== undefined) found.push({ personId: entry.personId, hash: item.sk, whose: 'owner' });
    if (former !== undefined && former !== entry.personId)
      found.push({ personId: former, hash: item.sk, whose: 'former' });
  }
  const addresses = await mapConcurrently(found, READ_AT_ONCE, async ({ personId, hash, whose }) => {
    const { state } = await readHeir(context, personId);
    const address = state.addresses[hash]?.text;
    return address === undefined ? [] : [{ address, whose }];
  });
  return addresses.flat();
}

/** The person who had the address before, if nobody has it now. */
const lastOf = ({ flagged = [] }: AddressEntry): string | undefined => flagged.at(-1)?.personId;
