/** GDPR, article 15: everything stored about a person, readable. The verb that asked for it reads the result. */
import type { TenantId } from '../ids.ts';
import type { Binding } from '../crypto/cipher.ts';
import { outerId, withOuterIds } from '../events/inner-id.ts';
import { instantOf, NOT_YET } from '../events/event-order.ts';
import type { InternalEvent } from '../events/internal-event.ts';
import { consentIn, idSubject } from '../people/consent.ts';
import type { Consents } from '../plan/consent.ts';
import type { PersonState } from '../plan/person-state.ts';
import { consentKey, eventIdOfKey } from '../store/sync-keys.ts';
import type { EventHandler, TurnContext } from '../turn/turn-context.ts';
import { ExportWriter } from './export-pages.ts';
import { hashedAddress, type HeldEvent, PersonData } from './person-data.ts';
import { doneWith } from './result.ts';

type ExportEvent = Extract<InternalEvent, { type: 'internal.export' }>;

export const exportHandler: EventHandler<ExportEvent> = {
  callsFirefish: false,
  names: () => [],
  async work(context, _work, group) {
    for (const { item, event } of group) {
      await writeExport(context, event);
      await context.finish(item, doneWith({}));
    }
    return { kind: 'ended' };
  },
};

async function writeExport(context: TurnContext, { id, email }: ExportEvent): Promise<void> {
  const { tenant, cipher } = context;
  const asked = hashedAddress(tenant, email);
  const data = new PersonData(context, [asked]);
  const writer = await ExportWriter.begin(context, { addressHash: asked.hash, eventId: id });
  const words = async ({ item }: HeldEvent): Promise<Record<string, string>> => {
    if (item.state === 'queued') return {};
    const { words: said, dismissReason } = item;
    const at = (field: string): Binding => ({ tenantId: tenant.tenantId, key: item, field });
    return {
      ...(said && { firefishSaid: await cipher.decrypt(said, at('words')) }),
      ...(dismissReason && { dismissedBecause: await cipher.decrypt(dismissReason, at('dismissReason')) }),
    };
  };
  const written = new Set<string>();
  await data.eachEvent(async (one) => {
    // Internal events of operators are not part of the person's data.
    const isTheirs = one.about === 'them' && !one.item.type.startsWith('internal.');
    if (!isTheirs || written.has(one.item.pk)) return;
    written.add(one.item.pk);
    await writer.add('events', { ...describeEvent(tenant.tenantId, one), ...(await words(one)) });
  });
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

const describeEvent = (tenantId: TenantId, { item, content }: HeldEvent): Record<string, unknown> => ({
  id: outerId(eventIdOfKey(tenantId, item.pk)),
  type: item.type,
  state: item.state,
  receivedAt: iso(item.receivedAt),
  ...(item.state === 'queued'
    ? { actions: [] }
    : { ...(item.reason === undefined ? {} : { reason: item.reason }), actions: item.actions }),
  ...(content !== undefined && 'record' in content ? { content: withOuterIds(content) } : {}),
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
