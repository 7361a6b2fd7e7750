/** Fetches what a plan says it needs to know. */
import type { Kind } from '../events/event.ts';
import { NotFoundError } from '../firefish/errors.ts';
import type { Firefish, FirefishRecord } from '../firefish/port.ts';
import { normaliseCompanyName } from '../mapping/company-name.ts';
import type { Peeked } from './peek.ts';
import type { FindCompany } from './company.ts';
import type { ReadContext } from './context.ts';
import type { Address } from './leads.ts';
import { type RecordKey, recordKey } from './person.ts';
import { type Facts, type Need, searchName } from './plan-types.ts';

export interface Known extends Facts {
  searches: Map<string, FirefishRecord[]>;
  profiles: Map<RecordKey, FirefishRecord | null>;
  companies: Map<string, number[]>;
  foreign: Set<string>;
}

export const nothingKnown = (): Known => ({
  searches: new Map(),
  profiles: new Map(),
  companies: new Map(),
  foreign: new Set(),
});

/** Searches that were made before it was known whom they are about. */
export interface Searched {
  addresses: readonly Address[];
  /** By `searchName`. */
  searches: ReadonlyMap<string, FirefishRecord[]>;
}

export async function alreadySearched(
  claim: Pick<Peeked, 'foreignRecords'>,
  { addresses, searches }: Searched,
): Promise<Known> {
  const foreign = await claim.foreignRecords(addresses.map(({ hash }) => hash));
  return { ...nothingKnown(), searches: new Map(searches), foreign };
}

/** A record of the person was deleted in Firefish. */
export class GoneError extends Error {
  override name = 'GoneError';
  readonly record: RecordKey;
  constructor(record: RecordKey) {
    super('a record of the person is not in Firefish any more');
    this.record = record;
  }
}

/** What reading asks of a claim, or of a peek. */
type Reader = Pick<Peeked, 'texts' | 'foreignRecords' | 'linkedToOthers'>;

/** Reads all needs at once; they are on different endpoints for the most part. @throws FirefishError, GoneError */
export async function readFacts(
  context: ReadContext,
  claim: Reader,
  known: Known,
  needs: readonly Need[],
  findCompany: FindCompany,
): Promise<void> {
  const searched = needs.flatMap((need) => (need.need === 'search' ? [need.addressHash] : []));
  const foreign =
    searched.length === 0 ? new Set<string>() : await claim.foreignRecords([...new Set(searched)]);
  for (const record of foreign) known.foreign.add(record);
  await Promise.all(needs.map((need) => readOne(context, claim, known, need, findCompany)));
}

async function readOne(
  context: ReadContext,
  claim: Reader,
  known: Known,
  need: Need,
  findCompany: FindCompany,
): Promise<void> {
  const { firefish } = context;
  switch (need.need) {
    case 'search': {
      const address = claim.texts[need.addressHash];
      const rows = address === undefined ? [] : await firefish.searchByEmail(need.kind, address);
      known.searches.set(searchName(need.kind, need.addressHash), rows);
      if (need.unlinked === true) {
        const found = rows.map(({ Ref }) => recordKey({ kind: need.kind, ref: Ref }));
        for (const record of await claim.linkedToOthers(found)) known.foreign.add(record);
      }
      return;
    }
    case 'profile': {
      known.profiles.set(recordKey(need), await readProfile(firefish, need));
      return;
    }
    case 'company':
      known.companies.set(normaliseCompanyName(need.name), await findCompany(need.name));
  }
}

/** @throws FirefishError, GoneError */
export async function readProfile(
  firefish: Firefish,
  record: { kind: Kind; ref: number },
): Promise<FirefishRecord> {
  try {
    return await firefish.read(record.kind, record.ref);
  } catch (error) {
    throw error instanceof NotFoundError ? new GoneError(recordKey(record)) : error;
  }
}
