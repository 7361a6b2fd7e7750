/**
 * Which person an address leads to: one entry for each address, in one partition for each e-mail domain. An id of
 * SourceWhale needs no entry: the person's id is its keyed hash, and the item there is the person or names the heir.
 */
import type { TenantId } from '../ids.ts';
import type { NamedPerson, PersonEvent } from '../events/event.ts';
import { personNameOf } from '../events/reading/person-name.ts';
import { byOrder, type EventOrder, eventOrder, NOT_YET } from '../events/event-order.ts';
import { domainOf } from '../events/reading/addresses.ts';
import type { PersonName } from '../names/person-names.ts';
import type { RecordKey } from '../plan/person-state.ts';
import type { InHand } from '../plan/types.ts';
import { fold } from '../text/visible.ts';
import { addressEntryKey } from '../store/sync-keys.ts';
import { type Item, type Key, type Table, update } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';

type Hash = Pick<Tenant, 'hash'>;

export interface Address {
  /** Trimmed and case folded. */
  text: string;
  hash: string;
  domainHash: string;
}

/** The tenant's keyed hashes of a normalised address and of an e-mail domain. */
export const addressHash = (tenant: Hash, address: string): string => tenant.hash(`email ${address}`);
export const domainHash = (tenant: Hash, domain: string): string => tenant.hash(`domain ${domain}`);
export const addressOf = (tenant: Hash, text: string): Address => ({
  text,
  hash: addressHash(tenant, text),
  domainHash: domainHash(tenant, domainOf(text)),
});

/** A person's id: of the SourceWhale id, or of the first address where there is none. */
export const personIdOf = (tenant: Hash, candidateId: string): string =>
  tenant.hash(`person id ${candidateId}`);

/** The flag that made an address free by then: who has it from there on is another person. */
export const freedBy = (entry: AddressEntry | undefined, order: EventOrder): EventOrder | undefined =>
  (entry?.flagged ?? []).map((flag) => flag.order).findLast((flag) => flag <= order);

/** `owner`: the person whose address it is now; `former`: whose it was before it was found wrong. */
export type Whose = 'owner' | 'former';

/** What an event says of which person it is about. */
export interface Identity {
  order: EventOrder;
  candidateId?: string;
  /** The name that the event says; empty: none. */
  name?: PersonName;
  /** A person who is known already. */
  personId?: string;
  addresses: Address[];
  /** The address that the event says is wrong: it finds the person only where nothing else leads to them. */
  wrong?: Address;
  /** Set where no event says that the addresses are the person's, as for a domain's opt-out. */
  finds?: Whose;
}

const flaggedAddress = (event: PersonEvent): string | undefined =>
  event.type === 'email.flagged' ? event.email : undefined;

export function identityOf(tenant: Hash, event: PersonEvent): Identity {
  const wrong = flaggedAddress(event);
  const said: NamedPerson = event.record;
  const name = personNameOf(said);
  const right = event.record.emails.filter((text) => text !== wrong);
  return {
    order: eventOrder(event),
    ...(event.record.candidateId !== undefined && { candidateId: event.record.candidateId }),
    ...(Object.keys(name).length > 0 && { name }),
    addresses: right.map((text) => addressOf(tenant, text)),
    ...(wrong === undefined ? {} : { wrong: addressOf(tenant, wrong) }),
  };
}

export function inHand(tenant: Hash, event: PersonEvent, pending: boolean): InHand {
  const flagged = flaggedAddress(event);
  return {
    event,
    order: eventOrder(event),
    pending,
    addresses: event.record.emails.map((text) => addressHash(tenant, text)),
    ...(flagged === undefined ? {} : { flagged: addressHash(tenant, flagged) }),
  };
}

/** Names of the person in the turn: events that share one are worked on one after the other. */
export const personNames = (tenant: Hash, { candidateId, addresses, wrong }: Identity): string[] => [
  ...(candidateId === undefined ? [] : [`person id ${personIdOf(tenant, candidateId)}`]),
  ...(wrong === undefined ? addresses : [...addresses, wrong]).map(({ hash }) => `address ${hash}`),
];

/** The address by which a person without an id of SourceWhale is known. */
export const firstAddress = ([first]: readonly Identity[]): Address | undefined =>
  first?.addresses[0] ?? first?.wrong;

/**
 * The person that is new where nothing leads to one.
 * @param freed what `freedBy` says of the first address
 */
export function newPersonId(tenant: Hash, identities: readonly Identity[], freed = ''): string {
  const candidateId = identities[0]?.candidateId;
  if (candidateId !== undefined) return personIdOf(tenant, candidateId);
  return tenant.hash(`person address ${firstAddress(identities)?.hash ?? ''}${freed}`);
}

/** The same where another person, whose name contradicts, has the address already. */
export function namesakeId(tenant: Hash, identities: readonly Identity[], freed = ''): string {
  const { first: given = '', last = '', full = '' } = identities[0]?.name ?? {};
  return newPersonId(tenant, identities, `${freed} ${fold(`${given} ${last} ${full}`)}`);
}

/** An address that was found wrong of a person, with the event that said so and the person's records. */
interface AddressFlag {
  personId: string;
  order: EventOrder;
  records: RecordKey[];
  /** `Tenant.linksSince` as it was for these records. */
  linksSince?: number;
}

export interface AddressEntry extends Item {
  personId?: string;
  /** People with a name that contradicts: they share the address. */
  also?: string[];
  flagged?: AddressFlag[];
}

/** An address by which identities name a person. */
export interface NamedAddress {
  hash: string;
  key: Key;
  /** The earliest event in hand that names it. */
  order: EventOrder;
  isWrong: boolean;
}

/** Every address of these identities once, wrong ones last. */
export function namedAddresses(tenantId: TenantId, identities: readonly Identity[]): NamedAddress[] {
  const named = new Map<string, NamedAddress>();
  const add = ({ hash, domainHash: domain }: Address, order: EventOrder, isWrong: boolean): void => {
    const known = named.get(hash);
    if (known !== undefined && (isWrong || order >= known.order)) return;
    named.set(hash, { hash, key: addressEntryKey(tenantId, domain, hash), order, isWrong });
  };
  for (const { order, addresses, finds } of identities) {
    for (const address of addresses) add(address, finds === 'owner' ? NOT_YET : order, false);
  }
  for (const { order, wrong } of identities) if (wrong !== undefined) add(wrong, order, true);
  return [...named.values()];
}

/** Which person an entry leads to at that point of the order: for events before a flag, the one it was taken off. */
export function personAt(entry: AddressEntry | undefined, order: EventOrder): string | undefined {
  const before = (entry?.flagged ?? [])
    .filter((flag) => order < flag.order)
    .sort((a, b) => (a.order < b.order ? -1 : 1))[0];
  return before?.personId ?? entry?.personId;
}

/** The persons who have the address now. */
export const ownersOf = (entry: AddressEntry | undefined): string[] => [
  ...(entry?.personId === undefined ? [] : [entry.personId]),
  ...(entry?.also ?? []),
];

/** This many people share one address at most; others are found by their ids. */
const MOST_OWNERS = 100;

/** What an entry says of its owners, in this order. */
export function ownedBy(owners: readonly string[]): Pick<AddressEntry, 'personId' | 'also'> {
  const [personId, ...also] = [...new Set(owners)].slice(0, MOST_OWNERS);
  return { ...(personId === undefined ? {} : { personId }), ...(also.length === 0 ? {} : { also }) };
}

/** This many persons with an address found wrong are kept, the newest: they matter to events that come late. */
const MOST_FLAGS = 100;

/** Makes an address free for others; it leads to this person only for events before the flag. */
export async function flagEntry(table: Table, key: Key, flag: AddressFlag): Promise<void> {
  await update(table, key, (item) => {
    const entry = item as AddressEntry | undefined;
    const left = ownersOf(entry).filter((personId) => personId !== flag.personId);
    const others = (entry?.flagged ?? []).filter(({ personId }) => personId !== flag.personId);
    const flagged = [...others, flag].sort(byOrder).slice(-MOST_FLAGS);
    return { ...key, ...ownedBy(left), flagged };
  });
}

/** Entries that lead to one of these persons lead to the heir from now on. */
export async function moveEntries(
  table: Table,
  keys: readonly Key[],
  from: ReadonlySet<string>,
  heir: string,
): Promise<void> {
  const moved = (personId: string): string => (from.has(personId) ? heir : personId);
  const isOld = (entry: AddressEntry): boolean =>
    [...ownersOf(entry), ...(entry.flagged ?? []).map(({ personId }) => personId)].some((one) =>
      from.has(one),
    );
  for (const item of (await table.getMany(keys)) as AddressEntry[]) {
    if (!isOld(item)) continue;
    await update(table, item, (current) => {
      if (current === undefined) return undefined;
      const { pk, sk, flagged } = current as AddressEntry;
      return {
        ...{ pk, sk },
        ...ownedBy(ownersOf(current as AddressEntry).map(moved)),
        ...(flagged === undefined
          ? {}
          : { flagged: flagged.map((flag) => ({ ...flag, personId: moved(flag.personId) })) }),
      };
    });
  }
}
