/** Whose an address is, and whose it was: the persons that its lead names, whoever they were merged into. */
import { addressKey, recordLeadKey } from '../store/keys.ts';
import type { ReadableTable } from '../store/table.ts';
import type { Lead, LeadItem } from './leads.ts';
import { readPersonItem } from './person-lease.ts';
import { type PersonState, type RecordKey, recordKey } from './person.ts';
import { NOT_YET } from './stamp.ts';

export interface OwnerDeps {
  table: ReadableTable;
  tenantId: string;
  /** False: addresses tie nobody to anybody (`mergeWithExisting` off). */
  matchByAddress: boolean;
}

/**
 * Whether an address that is said to be wrong finds this person, who has it. Somebody else may have it since: then
 * it does not. Where those whom it is about are known otherwise, it finds only somebody whom no event has named, but
 * a domain's word has found in Firefish: who has the address there is whom it was taken for.
 */
export async function isFoundByWrong(
  deps: Pick<OwnerDeps, 'table' | 'tenantId'>,
  personId: string,
  { lead, isKnownOtherwise }: { lead: Lead; isKnownOtherwise: boolean },
): Promise<boolean> {
  const item = await readPersonItem(deps, personId);
  if (item?.mergedInto !== undefined)
    return isFoundByWrong(deps, item.mergedInto, { lead, isKnownOtherwise });
  const address = item?.state?.addresses[lead.addressHash ?? ''];
  if (item?.state === undefined || address === undefined) return false;
  if (isKnownOtherwise && Object.keys(item.state.candidateIds).length > 0) return false;
  return address.since <= lead.stamp || address.since === NOT_YET;
}

/**
 * Records that are other persons', although they hold an address of this one's. Where addresses tie nobody, several
 * may have one: what is said of it reaches them all.
 * @param one the ids of all persons who are this one, as a claim would merge them
 */
export async function foreignRecords(
  { table, tenantId, matchByAddress }: OwnerDeps,
  person: PersonState,
  hashes: readonly string[],
  one: ReadonlySet<string> = new Set([person.personId]),
): Promise<Set<string>> {
  const keys = hashes.flatMap((hash) => {
    const address = person.addresses[hash];
    return address === undefined ? [] : [addressKey(tenantId, address.domainHash, hash)];
  });
  const items = (await table.getMany(keys)) as LeadItem[];
  const flags = items.flatMap(({ flagged }) => flagged ?? []);
  const taken = flags.filter(({ personId }) => !one.has(personId));
  const owners = items.flatMap(({ personId }) =>
    personId !== undefined && matchByAddress ? [personId] : [],
  );
  // Whom a wrong address was taken off may have come to a record with it since: by an event from before the flag.
  const persons = new Set([...owners, ...taken.map(({ personId }) => personId)]);
  const others = await Promise.all([...persons].map((id) => recordsOf({ table, tenantId }, id, one)));
  return new Set([...taken.flatMap(({ records }) => records), ...others.flat()]);
}

/** Those of these records that are linked to others. */
export async function linkedToOthers(
  { table, tenantId }: Pick<OwnerDeps, 'table' | 'tenantId'>,
  person: PersonState,
  records: readonly RecordKey[],
): Promise<RecordKey[]> {
  const keyOf = new Map(records.map((record) => [recordLeadKey(tenantId, record).sk, record]));
  const items = (await table.getMany(records.map((record) => recordLeadKey(tenantId, record)))) as LeadItem[];
  return items.flatMap(({ sk, personId }) => {
    const record = keyOf.get(sk);
    return record === undefined || personId === person.personId ? [] : [record];
  });
}

/** The records of a person, unless they were merged into the one who asks. */
async function recordsOf(
  deps: Pick<OwnerDeps, 'table' | 'tenantId'>,
  personId: string,
  asking: ReadonlySet<string>,
): Promise<string[]> {
  if (asking.has(personId)) return [];
  const item = await readPersonItem(deps, personId);
  if (item?.mergedInto !== undefined) return recordsOf(deps, item.mergedInto, asking);
  return item?.state?.records.map((record) => recordKey(record)) ?? [];
}
