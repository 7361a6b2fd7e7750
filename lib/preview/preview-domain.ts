/** What a domain's opt-out or opt-in would change. */
import { ACTIONS_KEPT, domainConsent, everyoneAt, identityAt } from '../domains/domain-people.ts';
import type { DomainEvent } from '../events/event.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { readPersonConsent } from '../people/consent.ts';
import type { Identity } from '../people/identity-index.ts';
import { readKnownPerson, planPerson } from '../people/known-person.ts';
import type { Searched } from '../people/read-facts.ts';
import { consentOperation, newestConsent } from '../plan/consent.ts';
import { recordKey } from '../plan/person-state.ts';
import type { UpdateOperation } from '../plan/types.ts';
import { DOMAIN } from '../times.ts';
import { type PreviewContext, previewed, type Previewed, type PreviewedAction } from './previewed.ts';

export async function previewDomain(context: PreviewContext, event: DomainEvent): Promise<Previewed> {
  const { tenant, firefish } = context;
  const { addresses } = await everyoneAt(context, firefish, event);
  const operation = consentOperation(event);
  const updates = await mapConcurrently(addresses, DOMAIN.atOnce, ({ address, searches, whose }) =>
    Promise.all(
      whose.map((finds) =>
        updatesOf(context, event, identityAt(tenant, event, { address, finds }), searches),
      ),
    ),
  );
  // A person with several addresses there is reached by the first; nothing is left to do by the others.
  const reached = new Map(updates.flat(2).map(({ kind, ref }) => [recordKey({ kind, ref }), { kind, ref }]));
  const actions = [...reached.values()]
    .map(({ kind, ref }): PreviewedAction => ({ entity: kind, ref, operation }))
    .slice(0, ACTIONS_KEPT);
  const notes = [`reached: ${String(addresses.length)} addresses at the domain`];
  return previewed(event.id, { state: 'synced', notes }, actions);
}

/** What the consent would change of one person's records. */
async function updatesOf(
  context: PreviewContext,
  event: DomainEvent,
  identity: Identity,
  searches: Searched['searches'],
): Promise<UpdateOperation[]> {
  const person = await readKnownPerson(context, [identity]);
  const consents = newestConsent([domainConsent(event), await readPersonConsent(context, person.state)]);
  const planning = { events: [], consents, reachAll: true };
  const searched = { addresses: identity.addresses, searches };
  const { operations } = await planPerson(context, context, person, planning, searched);
  return operations.filter(
    (one): one is UpdateOperation => one.do === 'update' && Object.keys(one.fields).length > 0,
  );
}
