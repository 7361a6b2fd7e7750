/**
 * What leads to a person: SourceWhale's ids and addresses, each an item of its own, written once and on the
 * condition that nobody was faster. That condition is what keeps one person from being known twice.
 */
import { addressKey, candidateIdKey } from '../store/keys.ts';
import { ConflictError, type Item, type Key, type Table } from '../store/table.ts';
import { NOT_YET, type Stamp } from './stamp.ts';

export interface Address {
  /** Trimmed and case folded. */
  text: string;
  hash: string;
  domainHash: string;
}

/** Whose an address is now; or whose it was before it was found wrong. */
export type Whose = 'owner' | 'former';

/** What an event says of whom it is about. */
export interface Identity {
  stamp: Stamp;
  candidateId?: string;
  addresses: Address[];
  /** The address that the event says is wrong: by it the person is found only where nothing else leads to them. */
  wrong?: Address;
  /**
   * Set where nobody says that the addresses are the person's, as of a domain's word, and since when they are stays
   * open: whoever has them now, or who had them at the stamp.
   */
  finds?: Whose;
}

export interface Lead {
  key: Key;
  /** The earliest event in hand that names it. */
  stamp: Stamp;
  /** The address's hash; absent for a SourceWhale id. */
  addressHash?: string;
  /** True for an address that is said to be wrong. */
  isWrong?: true;
}

/** An address that was taken off a person as wrong, with the event that said so and the person's records. */
interface Flag {
  personId: string;
  stamp: Stamp;
  records: string[];
}

export interface LeadItem extends Item {
  personId?: string;
  flagged?: Flag[];
}

/** Every lead of these identities, once, ids first: who an id leads to decides what a flagged address means. */
export function leadsOf(tenantId: string, identities: readonly Identity[]): Lead[] {
  const unique = new Map<string, Lead>();
  const add = (lead: Lead): void => {
    const name = `${lead.key.pk}\n${lead.key.sk}`;
    const known = unique.get(name);
    if (known === undefined) unique.set(name, lead);
    else if (lead.isWrong !== true && lead.stamp < known.stamp) unique.set(name, lead);
  };
  for (const { stamp, candidateId } of identities) {
    if (candidateId !== undefined) add({ key: candidateIdKey(tenantId, candidateId), stamp });
  }
  for (const { stamp, addresses, finds } of identities) {
    for (const { hash, domainHash } of addresses) {
      const key = addressKey(tenantId, domainHash, hash);
      add({ key, stamp: finds === 'owner' ? NOT_YET : stamp, addressHash: hash });
    }
  }
  for (const { stamp, wrong } of identities) {
    if (wrong === undefined) continue;
    add({
      key: addressKey(tenantId, wrong.domainHash, wrong.hash),
      stamp,
      addressHash: wrong.hash,
      isWrong: true,
    });
  }
  return [...unique.values()];
}

/** Whom an item leads to at that point of the order: for events before a flag, to whom it was taken off. */
export function ledTo(item: LeadItem | undefined, stamp: Stamp): string | undefined {
  const before = (item?.flagged ?? [])
    .filter((flag) => stamp < flag.stamp)
    .sort((a, b) => (a.stamp < b.stamp ? -1 : 1))[0];
  return before?.personId ?? item?.personId;
}

/** Makes an address free for others, and lead to this person only for events before the flag. */
export async function flagLead(table: Table, key: Key, flag: Flag): Promise<void> {
  for (;;) {
    const item = (await table.get(key)) as LeadItem | undefined;
    const known = item?.flagged?.find(({ personId }) => personId === flag.personId);
    // Seen before, and by now the address may have become somebody else's.
    if (known?.stamp === flag.stamp) return;
    const others = (item?.flagged ?? []).filter(({ personId }) => personId !== flag.personId);
    const owner = item?.personId === flag.personId ? undefined : item?.personId;
    try {
      await table.put(
        { ...key, ...(owner === undefined ? {} : { personId: owner }), flagged: [...others, flag] },
        item?.version ?? 'absent',
      );
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}
