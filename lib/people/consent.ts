/**
 * Consent to marketing as it is kept: by itself and forever, by keyed hash of an address, of a SourceWhale id and of
 * a domain. By channel the newest of all that is kept about a person counts.
 */
import type { TenantId } from '../ids.ts';
import type { PersonEvent } from '../events/event.ts';
import { type EventOrder, later, NOT_YET } from '../events/event-order.ts';
import {
  byAddressAlone,
  type Consents,
  consentSaid,
  optInsIn,
  newestConsent,
  optOutsOf,
  sameConsent,
} from '../plan/consent.ts';
import type { PersonState } from '../plan/person-state.ts';
import { consentKey } from '../store/sync-keys.ts';
import { type Item, type Table, update } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { identityOf } from './identity-index.ts';
import type { ReadContext } from './person-store.ts';

/** What consent is about, by keyed hash. */
interface ConsentSubject {
  by: 'addr' | 'id' | 'domain';
  hash: string;
}

export const idSubject = (tenant: Pick<Tenant, 'hash'>, candidateId: string): ConsentSubject => ({
  by: 'id',
  hash: tenant.hash(`id ${candidateId}`),
});

/** The consent in an item of `consentKey`. Only `rememberConsent` writes them. */
export const consentIn = (item: Item | undefined): Consents =>
  (item?.['consent'] as Consents | undefined) ?? {};

/** An older one than the known changes nothing. Never expires. */
export async function rememberConsent(
  table: Table,
  tenantId: TenantId,
  subject: ConsentSubject,
  consent: Consents,
): Promise<void> {
  const key = consentKey(tenantId, subject.by, subject.hash);
  await update(table, key, (item) => {
    const known = consentIn(item);
    const merged = newestConsent([known, consent]);
    return sameConsent(merged, known) ? undefined : { ...key, consent: merged };
  });
}

/** Of an address that was found wrong what was said before the flag is about the person; later opt-outs reach them too. */
interface DatedSubject extends ConsentSubject {
  until: EventOrder;
}

function ownSubjects(tenant: Pick<Tenant, 'hash'>, person: PersonState): DatedSubject[] {
  return [
    ...person.candidateIds.map((id): DatedSubject => ({ ...idSubject(tenant, id), until: NOT_YET })),
    ...Object.entries(person.addresses).map(([hash, { flagged }]): DatedSubject => ({
      ...{ by: 'addr', hash },
      until: flagged ?? NOT_YET,
    })),
  ];
}

function domainSubjects(person: PersonState): DatedSubject[] {
  const domains = new Map<string, EventOrder>();
  for (const { domainHash, flagged = NOT_YET } of Object.values(person.addresses)) {
    domains.set(domainHash, later(domains.get(domainHash) ?? flagged, flagged));
  }
  return [...domains].map(([hash, until]) => ({ by: 'domain', hash, until }));
}

const before = (until: EventOrder, consent: Consents): Consents =>
  Object.fromEntries(Object.entries(consent).filter(([, { order }]) => order < until));

const heardFrom = (until: EventOrder, consent: Consents): Consents =>
  Object.fromEntries(Object.entries(consent).filter(([, { order, optedOut }]) => optedOut || order < until));

async function keptFor(
  { table, tenant }: Pick<ReadContext, 'table' | 'tenant'>,
  subjects: readonly DatedSubject[],
): Promise<Consents[]> {
  const keys = subjects.map(({ by, hash }) => consentKey(tenant.tenantId, by, hash));
  const items = new Map((await table.getMany(keys)).map((item) => [`${item.pk} ${item.sk}`, item]));
  return keys.map(({ pk, sk }) => consentIn(items.get(`${pk} ${sk}`)));
}

/** The newest consent of the person, own and of domains. */
export async function readPersonConsent(
  context: Pick<ReadContext, 'table' | 'tenant'>,
  person: PersonState,
): Promise<Consents> {
  const subjects = [...ownSubjects(context.tenant, person), ...domainSubjects(person)];
  return newestConsent([person.optIns ?? {}, heard(subjects, await keptFor(context, subjects))]);
}

const heard = (subjects: readonly DatedSubject[], kept: readonly Consents[]): Consents =>
  newestConsent(subjects.map(({ until }, place) => heardFrom(until, kept[place] ?? {})));

/**
 * Remembers what is said now, and what was ever said of the person, by each of their ids and addresses, and
 * returns the newest. Comes before any write to Firefish: what dies here is not forgotten.
 * @returns `optOuts`: what holds for anyone else who has one of the addresses
 */
export async function rememberPersonConsent(
  { table, tenant }: { table: Table; tenant: Tenant },
  person: PersonState,
  said: readonly PersonEvent[],
): Promise<{ consents: Consents; optOuts: Consents }> {
  const own = ownSubjects(tenant, person);
  const subjects = [...own, ...domainSubjects(person)];
  const kept = await keptFor({ table, tenant }, subjects);
  const all = [...said.map(consentSaid), ...own.map(({ until }, place) => before(until, kept[place] ?? {}))];
  const personal = newestConsent([...all, person.optIns ?? {}]);
  const byAddress = optOutsOf(all);
  // An id that had no name may turn out to be someone else: what it opted in to does not count for the other ids.
  const optInsOf = (hash: string): Consents[] =>
    said
      .filter(({ record: { candidateId: id } }) => id === undefined || idSubject(tenant, id).hash === hash)
      .map((event) => optInsIn(consentSaid(event)));
  // Someone else, with another name, may have the address as well: they are not opted in by it.
  const isKnown = person.candidateIds.length > 0 || Object.keys(person.names).length > 0;
  await Promise.all(
    own.map(async (subject, place) => {
      const known = kept[place] ?? {};
      const own = subject.by === 'id' ? newestConsent([byAddress, ...optInsOf(subject.hash)]) : personal;
      const news = before(subject.until, subject.by === 'addr' && isKnown ? byAddress : own);
      if (sameConsent(newestConsent([known, news]), known)) return;
      await rememberConsent(table, tenant.tenantId, subject, news);
    }),
  );
  const known = heard(subjects, kept);
  return { consents: newestConsent([personal, known]), optOuts: optOutsOf([byAddress, known]) };
}

/** What an event that nobody will work on says last: an opt-out stays in force, by its ids and addresses. */
export async function rememberOptOut(
  { table, tenant }: { table: Table; tenant: Tenant },
  event: PersonEvent,
): Promise<void> {
  const optOuts = Object.entries(consentSaid(event)).filter(([, { optedOut }]) => optedOut);
  if (optOuts.length > 0) await rememberSaid({ table, tenant }, event, Object.fromEntries(optOuts));
}

/** Keeps consent by the ids and addresses of the event that says it. */
export async function rememberSaid(
  { table, tenant }: { table: Table; tenant: Tenant },
  event: PersonEvent,
  consent: Consents,
): Promise<void> {
  const { candidateId, addresses, name } = identityOf(tenant, event);
  const subjects: ConsentSubject[] = [
    ...(candidateId === undefined ? [] : [idSubject(tenant, candidateId)]),
    ...addresses.map(({ hash }): ConsentSubject => ({ by: 'addr', hash })),
  ];
  for (const subject of subjects) {
    const isOthers = subject.by === 'addr' && (candidateId !== undefined || name !== undefined);
    const said = isOthers ? byAddressAlone(consent) : consent;
    await rememberConsent(table, tenant.tenantId, subject, said);
  }
}
