/** Which records with an address of a person are other persons'. Reads only: for the turn and for previews. */
import { NOT_YET } from '../events/event-order.ts';
import { type PersonState, type RecordKey, recordKey } from '../plan/person-state.ts';
import { addressEntryKey, recordPersonKey } from '../store/sync-keys.ts';
import { isNamed } from './find-people.ts';
import { type AddressEntry, ownersOf } from './identity-index.ts';
import { type Held, type ReadContext, readHeir } from './person-store.ts';

const isAnyone: (held: Held) => boolean = () => true;

/**
 * Records that are other persons', although they hold an address of this one's. Where addresses tie nobody together,
 * several may have one: an opt-out of it reaches them all.
 * @param one the ids of all persons who are this one
 */
export async function foreignRecords(
  context: ReadContext,
  person: PersonState,
  hashes: readonly string[],
  one: ReadonlySet<string>,
): Promise<{ foreign: RecordKey[]; sharing: RecordKey[]; stopped: string[] }> {
  const { table, tenant } = context;
  const keys = hashes.flatMap((hash) => {
    const address = person.addresses[hash];
    return address === undefined ? [] : [addressEntryKey(tenant.tenantId, address.domainHash, hash)];
  });
  const entries = (await table.getMany(keys)) as AddressEntry[];
  const taken = entries.flatMap(({ flagged }) => flagged ?? []).filter(({ personId }) => !one.has(personId));
  const isTaken = ({ sk, flagged = [] }: AddressEntry): boolean => {
    const { since = NOT_YET } = person.addresses[sk] ?? {};
    return since !== NOT_YET && flagged.some((flag) => taken.includes(flag) && flag.order <= since);
  };
  const owners = tenant.settings.mergeWithExisting ? entries.flatMap(ownersOf) : [];
  const isHere = (of: { linksSince?: unknown }): boolean => of.linksSince === tenant.linksSince;
  // The person that a wrong address was taken off may have got a record with it since: by an event from before the flag.
  const recordsOf = async (ids: readonly string[], counts = isAnyone): Promise<RecordKey[]> => {
    const persons = await Promise.all([...new Set(ids)].map((id) => readHeir(context, id)));
    return persons.flatMap((held) =>
      one.has(held.state.personId) || !isHere(held.state) || !counts(held)
        ? []
        : held.state.records.map(recordKey),
    );
  };
  const former = new Set(taken.map(({ personId }) => personId));
  // Where nothing but an address of a person is known, the record is everyone's who has the address.
  const others = owners.filter((id) => !one.has(id) && !former.has(id));
  const sharing = await recordsOf(others, (held) => isNamed(held) || held.state.candidateIds.length > 0);
  const foreign = [
    ...taken.filter(isHere).flatMap((flag) => flag.records),
    ...(await recordsOf([...former])),
  ];
  return { foreign, sharing, stopped: entries.filter(isTaken).map(({ sk }) => sk) };
}

/** Those of these records that are linked to others: kept only where addresses tie nobody together. */
export async function linkedToOthers(
  { table, tenant }: Pick<ReadContext, 'table' | 'tenant'>,
  personId: string,
  records: readonly RecordKey[],
): Promise<RecordKey[]> {
  const keys = new Map(records.map((record) => [recordPersonKey(tenant.tenantId, record).pk, record]));
  const items = await table.getMany(records.map((record) => recordPersonKey(tenant.tenantId, record)));
  return items.flatMap((item) => {
    const record = keys.get(item.pk);
    const isOthers = item['personId'] !== personId && item['linksSince'] === tenant.linksSince;
    return record === undefined || !isOthers ? [] : [record];
  });
}
