import * as z from 'zod';
import { outerId, withOuterIds } from '../events/inner-id.ts';
import type { Word, Words } from '../sync/marketing.ts';
import { wordsOf } from '../sync/marketing.ts';
import { instantOf, NOT_YET } from '../sync/stamp.ts';
import { marketingKey } from '../store/keys.ts';
import { addressHash } from '../sync/loaded-event.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { emailOption } from './email-option.ts';
import { collectPersonData, type HeldEvent, type HeldPersonData, type PersonData } from './person-data.ts';
import { AdminError, type AdminServices, defineVerb } from './verb.ts';

/** GDPR, article 15: everything held about a person, readable. */
export const exportPerson = defineVerb(
  z.strictObject({ domain: domainOption, email: emailOption }),
  { audited: true },
  async (services, { domain, email }) => {
    const tenant = await tenantOf(services, domain);
    const data = await collectPersonData(services, tenant, email);
    return {
      email,
      people: data.persons.map(describePerson),
      marketing: await describeMarketing(services, tenant, data),
      events: data.events.map(describeEvent),
    };
  },
);

/** @throws AdminError where no tenant has the domain */
export async function tenantOf(services: AdminServices, domain: string): Promise<Tenant> {
  const { tenantId } = await findTenant(services, domain);
  const tenant = await services.loadTenant(tenantId);
  if (tenant === undefined) throw new AdminError(`${domain} could not be read; try again`);
  return tenant;
}

const iso = (at: number): string => new Date(at).toISOString();

function describePerson({ state, texts }: HeldPersonData): unknown {
  return {
    sourceWhaleIds: Object.keys(state.candidateIds).map(outerId),
    emailAddresses: Object.entries(state.addresses).map(([hash, { since, flagged }]) => ({
      address: texts[hash],
      // Found in Firefish by a domain's word: no event has said it of anybody.
      ...(since === NOT_YET ? {} : { since: iso(instantOf(since)) }),
      ...(flagged === undefined ? {} : { wrongSince: iso(instantOf(flagged)) }),
    })),
    firefishRecords: state.records.map(({ kind, ref, createdSince }) => ({
      kind,
      ref,
      createdByUs: createdSince !== undefined,
    })),
    // Values are not kept once they are in Firefish; when each was last said is.
    lastSaid: Object.fromEntries(
      (['candidate', 'contact'] as const).map((kind) => [
        kind,
        Object.fromEntries(
          Object.entries(state.said[kind]).map(([field, { stamp }]) => [field, iso(instantOf(stamp))]),
        ),
      ]),
    ),
    campaignSteps: Object.fromEntries(
      Object.entries(state.steps).map(([step, stamp]) => [step, iso(instantOf(stamp))]),
    ),
  };
}

const describeEvent = ({ item, event }: HeldEvent): unknown => ({
  id: outerId(item.sk),
  type: item.type,
  state: item.state,
  receivedAt: iso(item.receivedAt),
  ...(item.reason === undefined ? {} : { reason: item.reason }),
  actions: item.actions ?? [],
  ...(event === undefined ? {} : { content: withOuterIds(event) }),
});

const describeWord = (word: Word): unknown => ({
  word: word.optedOut ? 'opted out' : 'opted in',
  since: iso(instantOf(word.stamp)),
});

const describeWords = (words: Words): unknown =>
  Object.fromEntries(Object.entries(words).map(([channel, word]) => [channel, describeWord(word)]));

async function describeMarketing(
  { sync }: AdminServices,
  tenant: Tenant,
  data: PersonData,
): Promise<unknown[]> {
  const subjects = [
    ...[...data.addresses].map((address) => ({
      key: marketingKey(tenant.tenantId, 'address', addressHash(tenant, address)),
      of: { email: address },
    })),
    ...[...data.candidateIds].map((id) => ({
      key: marketingKey(tenant.tenantId, 'candidate-id', id),
      of: { sourceWhaleId: outerId(id) },
    })),
  ];
  const items = await sync.getMany(subjects.map(({ key }) => key));
  return subjects.flatMap(({ key, of }) => {
    const words = wordsOf(items.find(({ pk, sk }) => pk === key.pk && sk === key.sk));
    return Object.keys(words).length === 0 ? [] : [{ ...of, channels: describeWords(words) }];
  });
}
