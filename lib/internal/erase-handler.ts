/**
 * GDPR, article 17: erases everything about a person except the opt-out, which is kept by keyed hash so that it stays
 * in force. A crash is harmless: the event is still open, and what leads to the person is deleted last.
 */
import { Documents } from '../documents/documents.ts';
import type { EndedEvent, StoredEvent } from '../events/event-item.ts';
import type { InternalEvent } from '../events/internal-event.ts';
import { consentIn, idSubject, rememberOptOut } from '../people/consent.ts';
import { type AddressEntry, ownedBy, ownersOf } from '../people/identity-index.ts';
import { recordKey } from '../plan/person-state.ts';
import { consentKey, personItemsPartition, personStateKey, recordPersonKey } from '../store/sync-keys.ts';
import { type Key, queryAll, update } from '../store/table.ts';
import { EVENT_RETENTION_SECONDS } from '../times.ts';
import { ERASED } from '../turn/finish-event.ts';
import type { EventHandler, TurnContext } from '../turn/turn-context.ts';
import { deleteAllResults } from './export-pages.ts';
import { type HeldEvent, onTexts, PersonData } from './person-data.ts';
import { doneWith } from './result.ts';

type EraseEvent = Extract<InternalEvent, { type: 'internal.erase' }>;

export const eraseHandler: EventHandler<EraseEvent> = {
  callsFirefish: false,
  names: onTexts,
  async work(context, _work, group) {
    for (const { item, event } of group) {
      const erased = await eraseAll(context, event);
      await context.finish(item, doneWith(erased));
    }
    return { kind: 'ended' };
  },
};

/** No other work on the person may run at the same time; the persons may only be found under the locks. */
async function eraseAll(
  context: TurnContext,
  { addresses }: EraseEvent,
): Promise<{ people: number; events: number }> {
  const start = new Set(addresses.map(({ hash }) => hash));
  const data = new PersonData(context, addresses);
  await data.addKnown();
  const events = new Set<string>();
  for (;;) {
    const locks = data.locks();
    const people = await context.locks.hold(locks, async () => {
      // First what names them elsewhere, while all that says their names is still there.
      await data.eachEvent(async ({ item, about }) => {
        if (about === 'named') await eraseTexts(context, item);
      });
      await data.eachEvent(async (one) => {
        if (await eraseEvent(context, one)) events.add(one.item.pk);
      });
      // An event that was only now found can lead to a person who is not locked yet.
      if (data.locks().length > locks.length) return undefined;
      await erasePerson(context, data, start);
      return data.persons.size;
    });
    if (people !== undefined) return { people, events: events.size };
  }
}

/**
 * Returns whether anything of the event was left to erase. Its id stays, so that a repeat does not count as a new
 * event.
 */
async function eraseEvent(
  context: TurnContext,
  { item, content, about, texts }: HeldEvent,
): Promise<boolean> {
  // The reason of a dismissal that is still to be done, or failed, is in its content.
  const isDismissal = content?.type === 'internal.dismiss' && texts.length > 0;
  if (about === 'named' && !isDismissal) return false;
  if (content !== undefined && 'record' in content) await rememberOptOut(context, content);
  if (content?.type === 'document.added') await new Documents(context).remove(content.document.documentId);
  if (item.state === 'queued') {
    await context.finish(item, ERASED);
    return true;
  }
  if (isErased(item)) return false;
  const { pk, sk, version, type, order, contentHash, receivedAt, batchId, attempts } = item;
  const now = Math.floor(context.clock.now() / 1000);
  const { state, finishedAt, expiresAt = now + EVENT_RETENTION_SECONDS } = item;
  await context.table.put(
    {
      ...{ pk, sk, type, order, contentHash, receivedAt, batchId, attempts, finishedAt, expiresAt },
      ...(state === 'synced' ? { state } : { state: 'skipped', reason: ERASED.reason }),
      ...{ actions: [], notes: [] },
    },
    version,
  );
  return true;
}

/** Only an id and dates are left of it. */
const isErased = ({ state, reason, content, words, dismissReason, actions, personId }: EndedEvent): boolean =>
  [content, words, dismissReason, personId].every((one) => one === undefined) &&
  actions.length === 0 &&
  (state === 'synced' || reason === ERASED.reason);

/** The event itself is about others, and stays; its own work may write it at the same time. */
const eraseTexts = ({ table }: TurnContext, { pk, sk }: StoredEvent): Promise<unknown> =>
  update(table, { pk, sk }, (current = { pk, sk, version: 0 }) => {
    const { version: _, words, dismissReason, ...kept } = current;
    return words === undefined && dismissReason === undefined ? undefined : kept;
  });

/**
 * What leads to the person is deleted last: first the entries of other addresses and ids, then the person, then the
 * entries of the requested addresses.
 */
async function erasePerson(
  context: TurnContext,
  data: PersonData,
  start: ReadonlySet<string>,
): Promise<void> {
  await keepOptOutsOnly(context, data);
  await deleteAllResults(context);
  const [asked, others] = [true, false].map((isAsked) =>
    data.entryKeys().filter(({ sk }) => start.has(sk) === isAsked),
  ) as [Key[], Key[]];
  for (const key of others) await eraseEntry(context, data, key);
  const records = [...data.persons.values()].flatMap((person) => person.records.map(recordKey));
  for (const record of records) await context.table.delete(recordPersonKey(context.tenant.tenantId, record));
  for (const id of data.personIds) if (!data.persons.has(id)) await eraseItems(context, id);
  for (const id of data.persons.keys()) await eraseItems(context, id);
  for (const key of asked) await eraseEntry(context, data, key);
}

/** An opt-in is personal data and is deleted; an opt-out stays. */
async function keepOptOutsOnly({ table, tenant }: TurnContext, data: PersonData): Promise<void> {
  const keys = [
    ...[...data.addresses.keys()].map((hash) => consentKey(tenant.tenantId, 'addr', hash)),
    ...[...data.candidateIds].map((id) => consentKey(tenant.tenantId, 'id', idSubject(tenant, id).hash)),
  ];
  for (const item of await table.getMany(keys)) {
    const consent = Object.entries(consentIn(item));
    const hash = item.sk.slice(item.sk.indexOf('#') + 1);
    const kept = consent.filter(([, { optedOut, order }]) => optedOut || !data.isMeant(hash, order));
    if (kept.length === consent.length) continue;
    const { pk, sk, version } = item;
    if (kept.length === 0) await table.delete({ pk, sk }, version);
    else await table.put({ pk, sk, consent: Object.fromEntries(kept) }, version);
  }
}

/** The person's notes, waiting events and reached records, and at last the person, or what leads to one. */
async function eraseItems({ table, tenant }: TurnContext, personId: string): Promise<void> {
  const state = personStateKey(tenant.tenantId, personId);
  const pk = personItemsPartition(tenant.tenantId, personId);
  for await (const item of queryAll(table, { pk })) if (item.sk !== state.sk) await table.delete(item);
  await table.delete(state);
}

/** An address can be another person's now, or have been removed from others: that stays. */
async function eraseEntry({ table }: TurnContext, { personIds }: PersonData, key: Key): Promise<void> {
  const entry = (await table.get(key)) as AddressEntry | undefined;
  if (entry === undefined) return;
  const flagged = (entry.flagged ?? []).filter(({ personId }) => !personIds.has(personId));
  const owners = ownersOf(entry).filter((id) => !personIds.has(id));
  if (owners.length === 0 && flagged.length === 0) return table.delete(key, entry.version);
  await table.put(
    {
      ...key,
      ...ownedBy(owners),
      ...(flagged.length === 0 ? {} : { flagged }),
    },
    entry.version,
  );
}
