import * as z from 'zod';
import type { StoredEvent } from '../events/stored-event.ts';
import { candidateIdKey, eventKey, marketingKey, personKey } from '../store/keys.ts';
import { ConflictError, type Key, update } from '../store/table.ts';
import type { LeadItem } from '../sync/leads.ts';
import { addressHash } from '../sync/loaded-event.ts';
import { wordsOf } from '../sync/marketing.ts';
import { rememberOptOuts } from '../sync/words.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { domainOption } from './domain-option.ts';
import { emailOption } from './email-option.ts';
import { tenantOf } from './export.ts';
import { addressLead, collectPersonData, type PersonData } from './person-data.ts';
import { type AdminServices, defineVerb } from './verb.ts';

/**
 * GDPR, article 17: everything held about a person, except that they opted out, which is kept by keyed hash so
 * that it stays in force. The order lets it be done again after a crash: what leads to the person goes last.
 */
export const erase = defineVerb(
  z.strictObject({ domain: domainOption, email: emailOption }),
  { audited: true },
  async (services, { domain, email }) => {
    const tenant = await tenantOf(services, domain);
    const data = await collectPersonData(services, tenant, email);
    const about = data.events.flatMap(({ event }) =>
      event !== undefined && 'record' in event ? [event] : [],
    );
    await rememberOptOuts({ table: services.sync, tenant }, about);
    for (const { item } of data.events) await eraseEvent(services, tenant, item);
    await keepOptOutsOnly(services, tenant, data);
    for (const id of data.personIds) await services.sync.delete(personKey(tenant.tenantId, id));
    await eraseLeads(services, tenant, data);
    return { erased: { people: data.persons.length, events: data.events.length } };
  },
);

/** Its id stays, so that it is not taken for a new one; nothing else of it does. */
async function eraseEvent({ sync, clock }: AdminServices, tenant: Tenant, event: StoredEvent): Promise<void> {
  const key = eventKey(tenant.tenantId, event.sk);
  await update(sync, key, (item) => {
    if (item === undefined) return undefined;
    const current = item as StoredEvent;
    const { type, occurredAt, receivedAt, batchId, attempts, expiresAt, finishedAt } = current;
    const done = current.state === 'synced';
    return {
      ...key,
      ...{ type, occurredAt, receivedAt, batchId, attempts, expiresAt },
      state: done ? 'synced' : 'skipped',
      ...(done ? {} : { reason: 'erased' }),
      finishedAt: finishedAt ?? clock.now(),
      actions: [],
    };
  });
}

/** An opt-in is held about the person and goes; an opt-out stays. */
async function keepOptOutsOnly({ sync }: AdminServices, tenant: Tenant, data: PersonData): Promise<void> {
  const keys: Key[] = [
    ...[...data.addresses].map((address) =>
      marketingKey(tenant.tenantId, 'address', addressHash(tenant, address)),
    ),
    ...[...data.candidateIds].map((id) => marketingKey(tenant.tenantId, 'candidate-id', id)),
  ];
  for (const key of keys) {
    const kept = await update(sync, key, (item) => {
      const words = wordsOf(item);
      const out = Object.fromEntries(Object.entries(words).filter(([, word]) => word.optedOut));
      return Object.keys(out).length === Object.keys(words).length ? undefined : { ...key, words: out };
    });
    if (kept !== undefined && Object.keys(wordsOf(kept)).length === 0) await deleteUnlessChanged(sync, kept);
  }
}

async function deleteUnlessChanged(
  sync: AdminServices['sync'],
  item: Key & { version: number },
): Promise<void> {
  try {
    await sync.delete(item, item.version);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}

/** An address may be somebody else's by now, or have been taken off others: that stays. */
async function eraseLeads({ sync }: AdminServices, tenant: Tenant, data: PersonData): Promise<void> {
  const erased = data.personIds;
  const keys = [
    ...[...data.addresses].map((address) => addressLead(tenant, address)),
    ...[...data.candidateIds].map((id) => candidateIdKey(tenant.tenantId, id)),
  ];
  for (const key of keys) {
    const kept = await update(sync, key, (item) => {
      const lead = item as LeadItem | undefined;
      if (lead === undefined) return undefined;
      const flagged = (lead.flagged ?? []).filter(({ personId }) => !erased.has(personId));
      const owner = lead.personId === undefined || erased.has(lead.personId) ? undefined : lead.personId;
      return {
        ...key,
        ...(owner === undefined ? {} : { personId: owner }),
        ...(flagged.length === 0 ? {} : { flagged }),
      };
    });
    if (kept !== undefined && kept['personId'] === undefined && kept['flagged'] === undefined) {
      await deleteUnlessChanged(sync, kept);
    }
  }
}
