/** Everyone with an address at one e-mail domain: in Firefish, or known here as a person's. */
import { type DomainEvent, KINDS } from '../events/event.ts';
import { emailDomain, normaliseEmail } from '../mapping/person-fields.ts';
import { addressPartition } from '../store/keys.ts';
import { queryAll } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { ReadContext } from './context.ts';
import type { Identity } from './leads.ts';
import { addressOf, domainHash } from './loaded-event.ts';
import type { Words } from './marketing.ts';
import { readAddress } from './person-lease.ts';
import { searchName } from './plan-types.ts';
import { type Known, nothingKnown } from './read-facts.ts';
import { stampOf } from './stamp.ts';
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
export const identityAt = (tenant: Tenant, event: DomainEvent, address: string): Identity => ({
  stamp: stampOf(event),
  addresses: [addressOf(tenant, address)],
  onlyFinds: true,
});

/** By address: the records that have it. The search is of the whole domain: what it does not find is not there. */
export async function everyoneAt(context: ReadContext, domain: string): Promise<Map<string, Known>> {
  const { firefish, tenant } = context;
  const everyone = new Map<string, Known>();
  const knownOf = (address: string): Known => {
    const known = everyone.get(address) ?? nothingKnown();
    everyone.set(address, known);
    return known;
  };
  const nameOf = (kind: (typeof KINDS)[number], address: string): string =>
    searchName(kind, addressOf(tenant, address).hash);
  for (const kind of KINDS) {
    for (const row of await firefish.searchByDomain(kind, domain)) {
      const address = normaliseEmail(row.EmailAddress ?? '');
      if (address === undefined) continue;
      const { searches } = knownOf(address);
      searches.set(nameOf(kind, address), [...(searches.get(nameOf(kind, address)) ?? []), row]);
    }
  }
  for (const address of await addressesKnownAt(context, domain)) knownOf(address);
  for (const [address, { searches }] of everyone) {
    for (const kind of KINDS) {
      if (!searches.has(nameOf(kind, address))) searches.set(nameOf(kind, address), []);
    }
  }
  return everyone;
}

/** Addresses of people that are known here by that domain, though Firefish may have another of theirs. */
async function addressesKnownAt(context: ReadContext, domain: string): Promise<string[]> {
  const { table, tenant } = context;
  const pk = addressPartition(tenant.tenantId, domainHash(tenant, domain));
  const addresses: string[] = [];
  for await (const { sk, personId } of queryAll(table, { pk })) {
    const text = typeof personId === 'string' ? await readAddress(context, personId, sk) : undefined;
    if (text !== undefined) addresses.push(text);
  }
  return addresses;
}
