/** Everyone with an address at one e-mail domain: in Firefish, or known here as a person's. */
import { type DomainEvent, KINDS } from '../events/event.ts';
import type { FirefishRecord } from '../firefish/port.ts';
import { emailDomain, normaliseEmail } from '../mapping/person-fields.ts';
import { addressPartition } from '../store/keys.ts';
import { queryAll } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { ReadContext } from './context.ts';
import { type Identity, type LeadItem, ledTo, type Whose } from './leads.ts';
import { addressOf, domainHash } from './loaded-event.ts';
import type { Words } from './marketing.ts';
import { readAddress } from './person-lease.ts';
import { searchName } from './plan-types.ts';
import { type Stamp, stampOf } from './stamp.ts';
import { wordsOn } from './words.ts';

/** `@ACME.example ` and `acme.example` are one domain; `''` where it is none. */
export const normaliseDomain = (text: string): string =>
  emailDomain(normaliseEmail(`x@${text.trim().replace(/^@/, '')}`) ?? '@');

/** The most actions that an event's item keeps. */
export const ACTIONS_KEPT = 100;

/** A domain's word on everything. */
export const domainWords = (event: DomainEvent): Words =>
  wordsOn([], { stamp: stampOf(event), optedOut: event.type === 'domain.opted_out', ofDomain: true });

/** How a domain's word finds those whom it is about. */
export const identityAt = (tenant: Tenant, event: DomainEvent, address: string, finds: Whose): Identity => ({
  stamp: stampOf(event),
  addresses: [addressOf(tenant, address)],
  finds,
});

export interface AtAddress {
  /** The records that have it, by `searchName`. The search is of the whole domain: what it does not find is not there. */
  searches: Map<string, FirefishRecord[]>;
  /** Whose address it is: where it was found wrong after the word, the word is about who had it, too. */
  whose: Whose[];
}

/** Everyone at a domain, by address. */
export async function everyoneAt(
  context: ReadContext,
  event: DomainEvent,
  domain: string,
): Promise<Map<string, AtAddress>> {
  const { firefish, tenant } = context;
  const everyone = new Map<string, AtAddress>();
  const at = (address: string): AtAddress => {
    const found = everyone.get(address) ?? { searches: new Map(), whose: [] };
    everyone.set(address, found);
    return found;
  };
  const nameOf = (kind: (typeof KINDS)[number], address: string): string =>
    searchName(kind, addressOf(tenant, address).hash);
  for (const kind of KINDS) {
    for (const row of await firefish.searchByDomain(kind, domain)) {
      const address = normaliseEmail(row.EmailAddress ?? '');
      if (address === undefined) continue;
      const { searches } = at(address);
      searches.set(nameOf(kind, address), [...(searches.get(nameOf(kind, address)) ?? []), row]);
    }
  }
  for (const { address, whose } of await addressesKnownAt(context, domain, stampOf(event))) {
    at(address).whose.push(whose);
  }
  for (const [address, { searches, whose }] of everyone) {
    if (whose.length === 0) whose.push('owner');
    for (const kind of KINDS) {
      if (!searches.has(nameOf(kind, address))) searches.set(nameOf(kind, address), []);
    }
  }
  return everyone;
}

/** Addresses of people that are known here by that domain, though Firefish may have another of theirs. */
async function addressesKnownAt(
  context: ReadContext,
  domain: string,
  stamp: Stamp,
): Promise<{ address: string; whose: Whose }[]> {
  const { table, tenant } = context;
  const pk = addressPartition(tenant.tenantId, domainHash(tenant, domain));
  const addresses: { address: string; whose: Whose }[] = [];
  const add = async (personId: string | undefined, hash: string, whose: Whose): Promise<void> => {
    const address = personId === undefined ? undefined : await readAddress(context, personId, hash);
    if (address !== undefined) addresses.push({ address, whose });
  };
  for await (const item of queryAll(table, { pk })) {
    const { sk, personId } = item as LeadItem;
    await add(personId, sk, 'owner');
    const former = ledTo(item, stamp);
    if (former !== personId) await add(former, sk, 'former');
  }
  return addresses;
}
