/**
 * After a change of the Firefish client id links may be of another database: a stranger may have the number. A link is
 * believed once its record has been read and its address or name fits; else the person is matched again (rule 12).
 */
import { NotFoundError } from '../firefish/errors.ts';
import { addressesOf } from '../firefish/search.ts';
import type { Firefish, FirefishRecord } from '../firefish/port.ts';
import { nameOfRow } from '../plan/matching.ts';
import { type LinkedRecord, liveAddresses, type PersonState } from '../plan/person-state.ts';
import { namesOf } from '../plan/said-names.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { readPersonConsent } from './consent.ts';
import { addressHash } from './identity-index.ts';
import { sharedNameWords } from '../names/person-names.ts';
import type { ReadContext } from './person-store.ts';

/** One word in common is nothing among strangers: many are called John. */
const WORDS_THAT_FIT = 2;

/** The person with links of the tenant's database alone. @throws FirefishError */
export async function checkLinks(
  context: Pick<ReadContext, 'table' | 'tenant'>,
  firefish: Pick<Firefish, 'read'>,
  person: PersonState,
): Promise<PersonState> {
  const { linksSince } = context.tenant;
  if (person.linksSince === linksSince || linksSince === undefined) return person;
  if (person.records.length === 0) return { ...person, linksSince, lookups: {} };
  const consents = await readPersonConsent(context, person);
  const records: LinkedRecord[] = [];
  for (const record of person.records) {
    const row = await firefish.read(record.kind, record.ref).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
      return undefined;
    });
    if (row === undefined || !fits(context.tenant, person, row)) continue;
    // An opt-out may have reached another database only: it is sent once more.
    const marketing = Object.entries(record.marketing).filter(
      ([channel]) => consents[channel as keyof typeof consents]?.optedOut !== true, // as in the record
    );
    records.push({ ...record, marketing: Object.fromEntries(marketing) });
  }
  const unreached = Object.keys(person.addresses);
  return { ...person, linksSince, records, lookups: {}, unreached };
}

function fits(tenant: Pick<Tenant, 'hash'>, person: PersonState, row: FirefishRecord): boolean {
  const live = liveAddresses(person);
  if (addressesOf(row).some((address) => live.includes(addressHash(tenant, address)))) return true;
  const name = nameOfRow(row);
  return namesOf(person.names).some((one) => sharedNameWords(one, name) >= WORDS_THAT_FIT);
}
