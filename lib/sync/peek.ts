/** A person as a claim would find them: what a preview asks. */
import { personKey } from '../store/keys.ts';
import { foreignRecords, isFoundByWrong, linkedToOthers, type OwnerDeps } from './address-owners.ts';
import type { ClaimDeps } from './claim-attempt.ts';
import { heirFirst, mergeHeld, refuseTooMany, withIdentities } from './held-person.ts';
import { type Identity, ledTo, type LeadItem, leadsOf } from './leads.ts';
import { type HeldPerson, openPerson, readPersonItem } from './person-lease.ts';
import { newPerson, type PersonState, type RecordKey } from './person.ts';

export type PeekDeps = OwnerDeps & Pick<ClaimDeps, 'cipher' | 'newId' | 'isBounded'>;

export interface Peeked {
  person: PersonState;
  texts: Readonly<Record<string, string>>;
  foreignRecords: (hashes: readonly string[]) => Promise<Set<string>>;
  linkedToOthers: (records: readonly RecordKey[]) => Promise<RecordKey[]>;
}

/** What `claimPerson` would answer now; nothing is written, nobody is kept out. @throws TooManyNamesError as it does */
export async function peekPerson(deps: PeekDeps, identities: readonly Identity[]): Promise<Peeked> {
  const { table, tenantId } = deps;
  const leads = leadsOf(tenantId, identities);
  const items = (await table.getMany(leads.map(({ key }) => key))) as LeadItem[];
  const persons = new Map<string, HeldPerson>();
  for (const lead of leads) {
    if (lead.addressHash !== undefined && !deps.matchByAddress) continue;
    const hash = lead.addressHash;
    const isFlagged = [...persons.values()].some(
      ({ state }) => hash !== undefined && lead.stamp >= (state.addresses[hash]?.flagged ?? '\uffff'),
    );
    const item = items.find(({ pk, sk }) => pk === lead.key.pk && sk === lead.key.sk);
    const personId = isFlagged ? undefined : ledTo(item, lead.stamp);
    if (personId === undefined) continue;
    const isKnownOtherwise = persons.size > 0;
    if (lead.isWrong !== true || (await isFoundByWrong(deps, personId, { lead, isKnownOtherwise }))) {
      await peek(deps, personId, persons);
    }
  }
  const [first = emptyPerson(deps), ...others] = [...persons.values()].sort(heirFirst);
  const merged = others.reduce<HeldPerson>(mergeHeld, first);
  const named = withIdentities(merged, identities);
  if (deps.isBounded === true) refuseTooMany([named], others.length === 0 ? first : undefined);
  const { state, texts } = named;
  return {
    person: state,
    texts,
    foreignRecords: (hashes) =>
      foreignRecords(deps, state, hashes, new Set([state.personId, ...persons.keys()])),
    linkedToOthers: (records) => linkedToOthers(deps, state, records),
  };
}

async function peek(deps: PeekDeps, personId: string, persons: Map<string, HeldPerson>): Promise<void> {
  const item = await readPersonItem(deps, personId);
  if (item?.mergedInto !== undefined) await peek(deps, item.mergedInto, persons);
  else if (item?.state !== undefined) persons.set(personId, await openPerson(deps, item, item.state));
}

const emptyPerson = (deps: PeekDeps): HeldPerson => {
  const personId = deps.newId();
  return {
    item: { ...personKey(deps.tenantId, personId), version: 0 },
    state: newPerson(personId),
    texts: {},
  };
};
