/**
 * Keys of the sync table. Every partition of a tenant's data begins with the tenant's id, so that no read of one
 * tenant can reach another's items. `hash` values are the tenant's keyed hashes (`Tenant.hash`).
 *
 * T#e#<eventId>      e                       the event; 30 days
 * T#batch            <time-ordered id>       ids of one POST's events, by urgency; 30 days
 * T#inbox            <class>#<ms>#<batch>    open work of one POST and class
 * T#later            <dueMs>#<eventId>       one event that waits alone
 * T#held             <eventId>               an opt-out that ended since the tenant was disabled, until it is enabled
 * T#p#<personId>     state | note#h | pend#id | reach#ref
 * T#addr#<domainH>   <addrH>                 identity index: which person, flags
 * T#rec#<record>     person                  which person has it; only if mergeWithExisting is off
 * T#consent          addr#h | id#h | domain#h   forever
 * T#company          name#h | id#h
 * T#doc              <documentId>            an uploaded document, until it is given to Firefish; 7 days
 * T#asked            <verb>#<hash>           internal events that a verb waits for
 * T#result           <addrH>#<eventId>#…    what an export found, until it is fetched; an hour
 * T#turn             turn                    the lease and what one turn leaves to the next
 * T#preview          preview                 previews, probe and scope checks that are making calls now
 * timer              <minute>#T              wake T then
 * egress#<id>        tokens                  what all tenants behind one address share
 * index: T#failed | T#skipped | T#decide | T#dismissed | T#ambiguous    by the instant they ended
 */
import type { TenantId, EventId } from '../ids.ts';
import type { Key, Query } from './table.ts';

const of = (tenantId: TenantId, what: string): string => `${tenantId}#${what}`;

/** Sort keys of instants: as wide as any, so that they sort as numbers. */
const instant = (ms: number): string => String(Math.max(0, Math.floor(ms))).padStart(14, '0');

export const eventItemKey = (tenantId: TenantId, eventId: EventId): Key => ({
  pk: of(tenantId, `e#${eventId}`),
  sk: 'e',
});
/** The id in a key of `eventItemKey`. */
export const eventIdOfKey = (tenantId: TenantId, pk: string): EventId =>
  pk.slice(`${tenantId}#e#`.length) as EventId;

export const batchesPartition = (tenantId: TenantId): string => of(tenantId, 'batch');
export const batchItemKey = (tenantId: TenantId, batchId: string): Key => ({
  pk: batchesPartition(tenantId),
  sk: batchId,
});

export const inboxPartition = (tenantId: TenantId): string => of(tenantId, 'inbox');
export const inboxKey = (tenantId: TenantId, urgency: number, receivedAt: number, batchId: string): Key => ({
  pk: inboxPartition(tenantId),
  sk: `${String(urgency)}#${instant(receivedAt)}#${batchId}`,
});

export const laterPartition = (tenantId: TenantId): string => of(tenantId, 'later');
export const laterKey = (tenantId: TenantId, dueAt: number, eventId: EventId): Key => ({
  pk: laterPartition(tenantId),
  sk: `${instant(dueAt)}#${eventId}`,
});
/** Another key than that at which the event itself may wait: a row is deleted once its own events have ended. */
export const dueKey = (tenantId: TenantId, now: number, eventId: EventId): Key => ({
  pk: laterPartition(tenantId),
  sk: `${instant(now)}#${eventId}#due`,
});
export const heldPartition = (tenantId: TenantId): string => of(tenantId, 'held');
export const heldKey = (tenantId: TenantId, eventId: EventId): Key => ({
  pk: heldPartition(tenantId),
  sk: eventId,
});
/** Sort keys of inbox rows of these classes lie between the two; 0 is work without calls to Firefish. */
export const inboxClasses = (first: number, last: number): { from: string; to: string } => ({
  from: `${String(first)}#`,
  to: `${String(last)}#\uffff`,
});
/** Sort keys up to this one are due. */
export const laterUntil = (now: number): string => `${instant(now)}#\uffff`;

export const personItemsPartition = (tenantId: TenantId, personId: string): string =>
  of(tenantId, `p#${personId}`);
export const personStateKey = (tenantId: TenantId, personId: string): Key => ({
  pk: personItemsPartition(tenantId, personId),
  sk: 'state',
});

/** Which person a Firefish record (`candidate:123`) is linked to; kept only if `mergeWithExisting` is off. */
export const recordPersonKey = (tenantId: TenantId, record: string): Key => ({
  pk: of(tenantId, `rec#${record}`),
  sk: 'person',
});

export const addressesPartition = (tenantId: TenantId, domainHash: string): string =>
  of(tenantId, `addr#${domainHash}`);
export const addressEntryKey = (tenantId: TenantId, domainHash: string, addressHash: string): Key => ({
  pk: addressesPartition(tenantId, domainHash),
  sk: addressHash,
});

export const consentPartition = (tenantId: TenantId): string => of(tenantId, 'consent');
export const consentKey = (tenantId: TenantId, by: 'addr' | 'id' | 'domain', hash: string): Key => ({
  pk: consentPartition(tenantId),
  sk: `${by}#${hash}`,
});

export const companyItemKey = (tenantId: TenantId, by: 'name' | 'id', hash: string): Key => ({
  pk: of(tenantId, 'company'),
  sk: `${by}#${hash}`,
});

export const documentsPartition = (tenantId: TenantId): string => of(tenantId, 'doc');
export const documentKey = (tenantId: TenantId, documentId: string): Key => ({
  pk: documentsPartition(tenantId),
  sk: documentId,
});

/** The internal events that a verb with these options waits for. */
export const askedKey = (tenantId: TenantId, verb: string, optionsHash: string): Key => ({
  pk: of(tenantId, 'asked'),
  sk: `${verb}#${optionsHash}`,
});

export const resultsPartition = (tenantId: TenantId): string => of(tenantId, 'result');
/** A slice of a document of what an export found of the person with an address, encrypted. */
export const resultKey = (
  tenantId: TenantId,
  { addressHash, eventId }: { addressHash: string; eventId: EventId },
  document: string,
  slice: number,
): Key => ({
  pk: resultsPartition(tenantId),
  sk: `${addressHash}#${eventId}#${document}#${String(slice).padStart(2, '0')}`,
});
/** The slices of an export's documents from one on (from none: all). */
export const resultsFrom = (
  tenantId: TenantId,
  { addressHash, eventId }: { addressHash: string; eventId: EventId },
  document = '',
): Query => {
  const all = `${addressHash}#${eventId}#`;
  return { pk: resultsPartition(tenantId), from: all + document, to: `${all}\uffff` };
};

export const turnKey = (tenantId: TenantId): Key => ({ pk: of(tenantId, 'turn'), sk: 'turn' });
export const previewKey = (tenantId: TenantId): Key => ({ pk: of(tenantId, 'preview'), sk: 'preview' });

export const TIMERS_PARTITION = 'timer';
/** @param minute epoch milliseconds of a full minute */
export const timerKey = (minute: number, tenantId: TenantId): Key => ({
  pk: TIMERS_PARTITION,
  sk: `${instant(minute)}#${tenantId}`,
});

/** Sort keys of timer rows up to this one are due. */
export const timersUntil = (now: number): string => `${instant(now)}#\uffff`;
/** The tenant in a sort key of `timerKey`. */
export const tenantIdOfTimer = (sk: string): TenantId => sk.slice(sk.indexOf('#') + 1) as TenantId;

/** What all tenants behind one egress address share: the budget of Firefish's token endpoint. No tenant's data. */
export const egressTokensKey = (egressId: string): Key => ({ pk: `egress#${egressId}`, sk: 'tokens' });

/** Partitions of the sparse index: ended events that a person may look for. */
export const endedIndex = (tenantId: TenantId, list: EndedList): string => of(tenantId, list);
/**
 * `decide`: skipped until a person decides. `dismissed`: failed events that nobody will replay. `ambiguous`: synced
 * events of which several records could have been meant.
 */
export const ENDED_LISTS = ['failed', 'dismissed', 'decide', 'skipped', 'ambiguous'] as const;
export type EndedList = (typeof ENDED_LISTS)[number];

const AMBIGUOUS = ' ambiguous';
/**
 * Where an event is in its list: by the time when it ended (epoch milliseconds). The few of which several records could
 * have been meant are marked, so that they are found among all that were skipped.
 */
export const endedPlace = (endedAt: number, isAmbiguous: boolean): string =>
  new Date(endedAt).toISOString() + (isAmbiguous ? AMBIGUOUS : '');
export const isAmbiguousAt = (place: string): boolean => place.endsWith(AMBIGUOUS);
/** Epoch milliseconds. */
export const endedAtOf = (place: string): number => Date.parse(place.replace(AMBIGUOUS, ''));
/** All that ended until then (epoch milliseconds) are at places up to this one. */
export const placesUntil = (until: number): string => endedPlace(until, true);
