/** GDPR, article 15: everything stored about a person, readable. The verb that asked for it reads the result. */
import type { TenantId } from '../ids.ts';
import { outerId, withOuterIds } from '../events/inner-id.ts';
import { instantOf, NOT_YET } from '../events/event-order.ts';
import type { InternalEvent } from '../events/internal-event.ts';
import { consentIn, idSubject } from '../people/consent.ts';
import type { Consents } from '../plan/consent.ts';
import type { PersonState } from '../plan/person-state.ts';
import { consentKey, eventIdOfKey } from '../store/sync-keys.ts';
import type { EventHandler, TurnContext } from '../turn/turn-context.ts';
import { ExportWriter } from './export-pages.ts';
import { hashedAddress, type HeldEvent, onTexts, PersonData } from './person-data.ts';
import { doneWith } from './result.ts';

type ExportEvent = Extract<InternalEvent, { type: 'internal.export' }>;

export const exportHandler: EventHandler<ExportEvent> = {
  callsFirefish: false,
  names: onTexts,
  async work(context, _work, group) {
    for (const { item, event } of group) {
      await writeExport(context, event);
      await context.finish(item, doneWith({}));
    }
    return { kind: 'ended' };
  },
};

async function writeExport(context: TurnContext, { id, email }: ExportEvent): Promise<void> {
  const { tenant } = context;
  const asked = hashedAddress(tenant, email);
  const data = new PersonData(context, [asked]);
  const writer = await ExportWriter.begin(context, { addressHash: asked.hash, eventId: id });
  const written = new Set<string>();
  // An event may turn out to be about them later.
  const mentions = new Map<string, unknown>();
  await data.eachEvent(async (one) => {
    const { pk, type } = one.item;
    if (written.has(pk)) return;
    if (one.about === 'named') {
      const id = outerId(eventIdOfKey(tenant.tenantId, pk));
      // Nothing else of the event is theirs.
      if (one.texts.length > 0) mentions.set(pk, { id, type, ...Object.fromEntries(one.texts) });
      return;
    }
    // Internal events of operators are not part of the person's data.
    if (type.startsWith('internal.')) return;
    written.add(pk);
    mentions.delete(pk);
    await writer.add('events', describeEvent(tenant.tenantId, one));
  });
  for (const mention of mentions.values()) await writer.add('mentionedIn', mention);
  for (const person of data.persons.values()) await writer.add('people', describePerson(person));
  for (const consent of await describeConsent(context, data, new Map([[asked.hash, email]])))
    await writer.add('marketing', consent);
  await writer.end();
}

const iso = (at: number): string => new Date(at).toISOString();

const describePerson = (state: PersonState): unknown => ({
  sourceWhaleIds: state.candidateIds.map(outerId),
  emailAddresses: Object.values(state.addresses).map(({ text, since, flagged }) => ({
    address: text,
    // Found in Firefish by a domain's opt-out: no event has this address.
    ...(since === NOT_YET ? {} : { since: iso(instantOf(since)) }),
    ...(flagged === undefined ? {} : { wrongSince: iso(instantOf(flagged)) }),
  })),
  firefishRecords: state.records.map(({ kind, ref, createdSince }) => ({
    kind,
    ref,
    createdByUs: createdSince !== undefined,
  })),
  // Values are not stored after they are in Firefish; only the time of the last one is.
  lastSaid: Object.fromEntries(
    (['candidate', 'contact'] as const).map((kind) => [
      kind,
      Object.fromEntries(
        Object.entries(state.said[kind]).map(([field, { order }]) => [field, iso(instantOf(order))]),
      ),
    ]),
  ),
  campaignSteps: Object.fromEntries(
    Object.entries(state.steps).map(([step, order]) => [step, iso(instantOf(order))]),
  ),
});

const describeEvent = (tenantId: TenantId, { item, content, texts }: HeldEvent): Record<string, unknown> => ({
  id: outerId(eventIdOfKey(tenantId, item.pk)),
  type: item.type,
  state: item.state,
  receivedAt: iso(item.receivedAt),
  ...(item.state === 'queued'
    ? { actions: [] }
    : { ...(item.reason === undefined ? {} : { reason: item.reason }), actions: item.actions }),
  ...(content !== undefined && 'record' in content ? { content: withOuterIds(content) } : {}),
  ...Object.fromEntries(texts),
});

const describeConsents = (consents: Consents): unknown =>
  Object.fromEntries(
    Object.entries(consents).map(([channel, { optedOut, order }]) => [
      channel,
      { consent: optedOut ? 'opted out' : 'opted in', since: iso(instantOf(order)) },
    ]),
  );

/** @param asked addresses by their hashes, beside those of the persons */
async function describeConsent(
  { table, tenant }: TurnContext,
  data: PersonData,
  asked: ReadonlyMap<string, string>,
): Promise<unknown[]> {
  const texts = new Map(
    [...data.persons.values()].flatMap(({ addresses }) =>
      Object.entries(addresses).map(([hash, { text }]) => [hash, text] as const),
    ),
  );
  const subjects = [
    ...[...data.addresses.keys()].map((hash) => ({
      key: consentKey(tenant.tenantId, 'addr', hash),
      of: { email: texts.get(hash) ?? asked.get(hash) ?? 'an address of an event below' },
    })),
    ...[...data.candidateIds].map((id) => ({
      key: consentKey(tenant.tenantId, 'id', idSubject(tenant, id).hash),
      of: { sourceWhaleId: outerId(id) },
    })),
  ];
  const items = await table.getMany(subjects.map(({ key }) => key));
  return subjects.flatMap(({ key, of }) => {
    const consents = consentIn(items.find(({ pk, sk }) => pk === key.pk && sk === key.sk));
    return Object.keys(consents).length === 0 ? [] : [{ ...of, channels: describeConsents(consents) }];
  });
}
