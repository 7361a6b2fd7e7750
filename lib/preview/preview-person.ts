/** What events about one person would do: the matching and planning of a push, and nothing done. */
import type { PersonEvent } from '../events/event.ts';
import { byOrder } from '../events/event-order.ts';
import { readPersonConsent } from '../people/consent.ts';
import { TooManyNamesError } from '../people/find-people.ts';
import { identityOf, inHand } from '../people/identity-index.ts';
import { readKnownPerson, planPerson } from '../people/known-person.ts';
import { mustReachAll, type PlannedPerson } from '../people/read-facts.ts';
import { readWaiting } from '../people/waiting-events.ts';
import { consentSaid, newestConsent } from '../plan/consent.ts';
import { goesByAddress } from '../plan/outcomes.ts';
import { foldIdentity } from '../plan/person-state.ts';
import { NAME_CONFLICT } from '../plan/presence.ts';
import type { Plan } from '../plan/types.ts';
import { allContradict, mergeNames, namesOf, namesSaidBy, type NamesSaid } from '../plan/said-names.ts';
import { failed, type Outcome, skipped } from '../events/event-item.ts';
import { type PreviewContext, previewed, type Previewed, type PreviewedAction } from './previewed.ts';

/** @param own events that share ids or addresses. @throws FirefishError */
export async function previewPerson(
  context: PreviewContext,
  own: readonly PersonEvent[],
): Promise<Previewed[]> {
  const people = context.tenant.settings.mergeWithExisting ? peopleIn(context, own) : [own];
  if (people.length > 1) {
    const alone = await Promise.all(people.map((events) => previewPerson(context, events)));
    const previews: Previewed[] = [];
    for (const [place, events] of people.entries()) {
      const creating = new Set(previews.filter(isCreation).map(({ id }) => id));
      const creators = own.filter(({ id }) => creating.has(id));
      previews.push(...heldBy(context, creators, events, alone[place] ?? []));
    }
    return previews;
  }
  const identities = own.map((event) => identityOf(context.tenant, event));
  try {
    return await previewFound(context, own, await readKnownPerson(context, identities));
  } catch (error) {
    if (!(error instanceof TooManyNamesError)) throw error;
    // As in a push, each by itself.
    if (own.length > 1) return (await Promise.all(own.map((one) => previewPerson(context, [one])))).flat();
    return own.map(({ id }) => previewed(id, failed('too-many-names'), []));
  }
}

/** People who share an address are several where their names contradict. */
function peopleIn({ tenant }: PreviewContext, events: readonly PersonEvent[]): PersonEvent[][] {
  const people: { names: NamesSaid; ids: Set<string>; events: PersonEvent[] }[] = [];
  for (const event of events) {
    const { candidateId = '', name = {}, order } = identityOf(tenant, event);
    const names = namesSaidBy(candidateId, name, order);
    const same =
      people.find(({ ids }) => candidateId !== '' && ids.has(candidateId)) ??
      people.find((one) => !allContradict(namesOf(one.names), namesOf(names)));
    if (same === undefined) people.push({ names, ids: new Set([candidateId]), events: [event] });
    else {
      same.names = mergeNames(same.names, names);
      same.ids.add(candidateId);
      same.events.push(event);
    }
  }
  return people.map((one) => one.events);
}

/** Of people who share a new address and whose names contradict, the first gets the record; the others wait. */
function heldBy(
  { tenant }: PreviewContext,
  creators: readonly PersonEvent[],
  own: readonly PersonEvent[],
  previews: Previewed[],
): Previewed[] {
  const addresses = new Set(own.flatMap(({ record }) => record.emails));
  const creator = creators.find(({ record }) => record.emails.some((text) => addresses.has(text)));
  const isHeld = tenant.settings.nameConflict === 'hold' && previews.some(isCreation);
  if (creator === undefined || !isHeld) return previews;
  const held = skipped(NAME_CONFLICT, [`${NAME_CONFLICT}: the record that ${creator.id} creates`]);
  const byAddress = new Set<string>(own.filter(goesByAddress).map(({ id }) => id));
  return previews.map((one) => (byAddress.has(one.id) ? one : previewed(one.id, held, [])));
}

const isCreation = ({ actions }: Previewed): boolean =>
  actions.some(({ operation }) => operation === 'created');

async function previewFound(
  context: PreviewContext,
  own: readonly PersonEvent[],
  person: PlannedPerson,
): Promise<Previewed[]> {
  const { tenant } = context;
  const { waiting } = await readWaiting(context, person.ids, new Set(own.map(({ id }) => id)));
  const events = [
    ...own.map((event) => inHand(tenant, event, false)),
    ...waiting.map(({ event }) => inHand(tenant, event, true)),
  ].sort(byOrder);
  const hash = (value: string): string => tenant.hash(value);
  const identified = foldIdentity({ person: person.state, events, hash });
  const consents = newestConsent([...own.map(consentSaid), await readPersonConsent(context, identified)]);
  const reachAll = mustReachAll(own, person.state, consents);
  const planned = await planPerson(context, context, person, { events, consents, reachAll });
  return own.flatMap(({ id }) => {
    const outcome = planned.outcomes[id];
    return outcome === undefined ? [] : [described(id, outcome, planned)];
  });
}

function described(id: string, outcome: Outcome, planned: Plan): Previewed {
  const done = planned.operations.flatMap((operation): PreviewedAction[] =>
    operation.credits
      .filter(({ eventId }) => eventId === id && outcome.state === 'synced')
      .map(({ operation: name, fields }) => ({
        entity: operation.kind,
        ...('ref' in operation ? { ref: operation.ref } : {}),
        operation: name,
        ...(fields === undefined ? {} : { fields }),
      })),
  );
  return previewed(id, outcome, [...outcome.actions, ...done]);
}
