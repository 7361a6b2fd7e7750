import * as z from 'zod';
import type { StoredEvent } from '../events/stored-event.ts';
import { eventKey, marketingKey, personKey, recordLeadKey } from '../store/keys.ts';
import { ConflictError, type Key, update } from '../store/table.ts';
import type { LeadItem } from '../sync/leads.ts';
import { addressHash } from '../sync/loaded-event.ts';
import type { PersonItem } from '../sync/person-lease.ts';
import { wordsOf } from '../sync/marketing.ts';
import { recordKey } from '../sync/person.ts';
import { rememberOptOuts } from '../sync/words.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { domainOption } from './domain-option.ts';
import { emailOption } from './email-option.ts';
import { tenantOf } from './export.ts';
import { addressLead, collectPersonData, leadsTo, type PersonData } from './person-data.ts';
import { AdminError, type AdminServices, defineVerb } from './verb.ts';

/** How often a lease that a worker has on the person is looked at, and how long it may last. */
const LEASE_CHECK_MS = 250;
const LEASE_PATIENCE_MS = 20_000;
/** What came while the first round was at work is found by the next. */
const ROUNDS = 5;

/**
 * GDPR, article 17: everything held about a person, except that they opted out, which is kept by keyed hash so
 * that it stays in force. The order lets it be done again after a crash: what leads to the person goes last. Its
 * events end first, so that no worker begins with them; who has the person in hand is waited for.
 */
export const erase = defineVerb(
  z.strictObject({ domain: domainOption, email: emailOption }),
  { audited: true },
  async (services, { domain, email }) => {
    const tenant = await tenantOf(services, domain);
    const erased = { people: 0, events: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const data = await collectPersonData(services, tenant, email);
      const events = data.events.filter(({ item }) => !isErased(item));
      const said = events.flatMap(({ event }) => (event !== undefined && 'record' in event ? [event] : []));
      await rememberOptOuts({ table: services.sync, tenant }, said);
      for (const { item } of events) await eraseEvent(services, tenant, item);
      await keepOptOutsOnly(services, tenant, data);
      await eraseRecordLeads(services, tenant, data);
      for (const id of data.personIds) await erasePerson(services, tenant, id);
      await eraseLeads(services, tenant, data);
      erased.people += data.persons.length;
      erased.events += events.length;
      if (events.length === 0 && data.persons.length === 0) break;
    }
    return { erased };
  },
);

/** An id and dates are all that is left of it. */
const isErased = ({ payload, actions, reason, state }: StoredEvent): boolean =>
  payload === undefined && (actions ?? []).length === 0 && (state === 'synced' || reason === 'erased');

/** @throws AdminError where a worker has the person for longer than an act may take */
async function erasePerson({ sync, clock }: AdminServices, tenant: Tenant, personId: string): Promise<void> {
  const key = personKey(tenant.tenantId, personId);
  const until = clock.now() + LEASE_PATIENCE_MS;
  for (;;) {
    const item = (await sync.get(key)) as PersonItem | undefined;
    if (item === undefined) return;
    if ((item.lease?.until ?? 0) > clock.now()) {
      if (clock.now() > until) {
        throw new AdminError(
          'something about this person is being written right now, so not all is erased: try again in a minute',
        );
      }
      await clock.sleep(LEASE_CHECK_MS);
    } else if (await deletedUnlessChanged(sync, item)) return;
  }
}

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
    if (kept !== undefined && Object.keys(wordsOf(kept)).length === 0) await deletedUnlessChanged(sync, kept);
  }
}

/** Answers whether it is gone: not where somebody else has written it meanwhile. */
async function deletedUnlessChanged(
  sync: AdminServices['sync'],
  item: Key & { version: number },
): Promise<boolean> {
  try {
    await sync.delete(item, item.version);
    return true;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    return false;
  }
}

/** Only the person themselves names their records: these go before the person does. */
async function eraseRecordLeads({ sync }: AdminServices, tenant: Tenant, data: PersonData): Promise<void> {
  for (const record of data.persons.flatMap(({ state }) => state.records)) {
    const lead = await sync.get(recordLeadKey(tenant.tenantId, recordKey(record)));
    const isTheirs = data.personIds.has(String(lead?.['personId']));
    if (lead !== undefined && isTheirs) await deletedUnlessChanged(sync, lead);
  }
}

/** An address may be somebody else's by now, or have been taken off others: that stays. */
async function eraseLeads({ sync }: AdminServices, tenant: Tenant, data: PersonData): Promise<void> {
  const erased = data.personIds;
  const flagged = [...data.wrongAddresses].map((address) => addressLead(tenant, address));
  for (const key of [...leadsTo(tenant, data), ...flagged]) {
    const kept = await update(sync, key, (item) => {
      const lead = item as LeadItem | undefined;
      if (lead === undefined) return undefined;
      const others = (lead.flagged ?? []).filter(({ personId }) => !erased.has(personId));
      const owner = lead.personId === undefined || erased.has(lead.personId) ? undefined : lead.personId;
      return {
        ...key,
        ...(owner === undefined ? {} : { personId: owner }),
        ...(others.length === 0 ? {} : { flagged: others }),
      };
    });
    if (kept !== undefined && kept['personId'] === undefined && kept['flagged'] === undefined) {
      await deletedUnlessChanged(sync, kept);
    }
  }
}
