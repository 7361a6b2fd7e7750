/** Events about people, in the tenant's turn. */
import type { EventHandler, GroupResult, TurnContext, Waits } from '../turn/turn-context.ts';
import type { Refusal } from '../apply/application.ts';
import type { MarketingEvent, PersonEvent } from '../events/event.ts';
import type { EventAction } from '../events/event-item.ts';
import { NOT_YET } from '../events/event-order.ts';
import type { Work } from '../events/urgency.ts';
import { NotNowError, RefusedError } from '../firefish/errors.ts';
import { refusedCall } from '../turn/finish-event.ts';
import { TurnOverError } from '../turn-over-error.ts';
import { refusedFields } from '../plan/create.ts';
import { foldIdentity, type PersonState } from '../plan/person-state.ts';
import type { Operation } from '../plan/types.ts';
import { consentOperation, consentSaid, isAboutConsent, isOptOut } from '../plan/consent.ts';
import { rememberConsent, rememberOptOut, rememberPersonConsent, rememberSaid } from './consent.ts';
import { combined, findPeople, type Found, TooManyNamesError } from './find-people.ts';
import { withPerson } from './identify.ts';
import { type Address, type Identity, identityOf, inHand, personNames } from './identity-index.ts';
import { type Due, type PersonResult, type Refused, workOnPerson } from './person-work.ts';
import { type Searched, storedEvents } from './read-facts.ts';

export const personHandler: EventHandler<PersonEvent> = {
  names: (tenant, event) => personNames(tenant, identityOf(tenant, event)),
  work: workOnGroup,
  remember: (context, { event }) => rememberOptOut(context, event),
  callsFirefish: true,
};

/**
 * The events of each SourceWhale id are worked on together, one id after the other: so an address that was flagged
 * before another person had it does not tie the two.
 */
async function workOnGroup(context: TurnContext, work: Work, group: readonly Due[]): Promise<GroupResult> {
  const parts = Map.groupBy(group, ({ event }) => {
    const { candidateId, name = {}, wrong } = identityOf(context.tenant, event);
    if (candidateId === undefined) return JSON.stringify(name);
    // An address that none of them has may be someone else's: who the others are does not depend on it.
    const isForeign =
      wrong !== undefined &&
      !group.some(
        ({ event: { record: one } }) => one.candidateId === candidateId && one.emails.includes(wrong.text),
      );
    return isForeign ? `wrong address of id ${candidateId}` : `id ${candidateId}`;
  });
  const waits: Waits[] = [];
  const errors: unknown[] = [];
  // As the group is, the parts are in the order of their first events.
  for (const part of parts.values()) {
    try {
      const result = await workOnEvents(context, work, part);
      if (result !== undefined) waits.push(result);
    } catch (error) {
      if (error instanceof TurnOverError || error instanceof NotNowError) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return waits.sort((a, b) => a.until - b.until)[0] ?? { kind: 'ended' };
}

async function workOnEvents(
  context: TurnContext,
  work: Work,
  due: readonly Due[],
): Promise<Waits | undefined> {
  const identities = due.map(({ event }) => identityOf(context.tenant, event));
  try {
    const found = await findPeople(context, identities);
    const shared = await optOutSharing(context, work, due, { identities, found });
    if (shared?.kind === 'waits') return shared;
    let open = due;
    const beginNew = async (): Promise<void> => {
      open = await stillOpen(context, due);
      if (open.length === 0) throw new AllEndedError();
    };
    const result = await withPerson(
      context,
      identities,
      (person, held) => {
        const job = { due: open, isRefresh: false, refusedElsewhere: shared?.refusals };
        return workOnPerson(context, work, person, held, job);
      },
      { first: found, beginNew },
    );
    if (result.kind === 'refused') return await failAlone(context, work, due, result.refusals);
    return result.kind === 'waits' ? result : undefined;
  } catch (error) {
    if (error instanceof AllEndedError) return undefined;
    if (!(error instanceof TooManyNamesError)) throw error;
    return failAlone(context, work, due, error);
  }
}

/** Nothing is left to be done for a person who is new. */
class AllEndedError extends Error {
  override name = 'AllEndedError';
}

/** One that was erased meanwhile must not bring the person back. */
async function stillOpen(context: TurnContext, due: readonly Due[]): Promise<Due[]> {
  const items = await storedEvents(
    context,
    due.map(({ event }) => event.id),
  );
  const open = new Set(items.filter(({ state }) => state === 'queued').map(({ pk }) => pk));
  return due.filter(({ item }) => open.has(item.pk));
}

/**
 * An opt-out goes by address: others who share one, or had one that was wrong, are brought in line each by themselves.
 * This holds for what is said now, and for what was said before where the person gets another id or address.
 */
async function optOutSharing(
  context: TurnContext,
  work: Work,
  due: readonly Due[],
  { identities, found }: { identities: readonly Identity[]; found: Found },
): Promise<Waits | Refused | undefined> {
  const said = due.flatMap(({ event }) => (isOptOut(event) ? [event] : []));
  const isSaid = said.length > 0;
  if (!isSaid && found.sharing.length === 0 && found.persons.size === 1) return undefined;
  const events = due.map(({ event }) => inHand(context.tenant, event, false));
  const known = combined(found, identities);
  const person = foldIdentity({ person: known, events, hash: (value) => context.tenant.hash(value) });
  // A replay may be of an event that a record of theirs has refused it for.
  const isReplayed = due.some(({ item }) => item.replayedAt !== undefined);
  if (!isSaid && !isReplayed && !hasNews(person, found)) return undefined;
  const wrong = await optOutWrong(context, work, said, known);
  if (wrong?.kind === 'waits') return wrong;
  const own = { order: NOT_YET, personId: person.personId, addresses: livingAddresses(person) };
  const others = othersIn(await findPeople(context, [...identities, { ...own, finds: 'owner' }]));
  if (others.length === 0) return wrong;
  const { optOuts } = await rememberPersonConsent(context, person, said);
  if (Object.keys(optOuts).length === 0) return wrong;
  return refreshEach(context, work, others.map(aloneById), wrong?.refusals);
}

/** An opt-out also goes by an address that it names and that was found wrong: as one that names nothing else. */
async function optOutWrong(
  context: TurnContext,
  work: Work,
  said: readonly PersonEvent[],
  { addresses }: PersonState,
): Promise<Waits | Refused | undefined> {
  const identities: Identity[] = [];
  for (const event of said) {
    for (const address of identityOf(context.tenant, event).addresses) {
      if (addresses[address.hash]?.flagged === undefined) continue;
      const { tenantId } = context.tenant;
      await rememberConsent(context.table, tenantId, { by: 'addr', hash: address.hash }, consentSaid(event));
      identities.push({ order: NOT_YET, addresses: [address], finds: 'owner' });
    }
  }
  return refreshEach(context, work, identities);
}

/** Whether the events tie ids or addresses to the person that were not the person's before. */
const hasNews = ({ candidateIds, addresses }: PersonState, { persons }: Found): boolean =>
  persons.size > 1 ||
  [...persons.values()].some(
    ({ state }) =>
      candidateIds.length > state.candidateIds.length ||
      Object.keys(addresses).length > Object.keys(state.addresses).length,
  );

const livingAddresses = ({ addresses }: PersonState): Address[] =>
  Object.entries(addresses)
    .filter(([, { flagged }]) => flagged === undefined)
    .map(([hash, { text, domainHash }]) => ({ text, hash, domainHash }));

/** An address that was taken off the person in hand leads to no other. */
const othersIn = ({ sharing, former, persons }: Found): string[] => [
  ...new Set([...sharing.map(({ state }) => state.personId), ...former]).difference(persons),
];

const aloneById = (personId: string): Identity => ({ order: NOT_YET, personId, addresses: [] });

async function refreshEach(
  context: TurnContext,
  work: Work,
  identities: readonly Identity[],
  before: readonly Refusal[] = [],
): Promise<Waits | Refused | undefined> {
  const refused: Refused = { kind: 'refused', refusals: [...before], actions: [] };
  for (const identity of identities) {
    const result = await refreshOne(context, work, identity);
    if (result.kind === 'waits') return result;
    if (result.kind === 'refused') refused.refusals.push(...result.refusals);
  }
  return refused.refusals.length > 0 ? refused : undefined;
}

/** Of several events each is tried alone, so that only the one at fault fails. */
async function failAlone(
  context: TurnContext,
  work: Work,
  due: readonly Due[],
  why: Refusal[] | TooManyNamesError,
): Promise<Waits | undefined> {
  const [first, ...others] = due;
  if (first === undefined) return undefined;
  if (others.length > 0) {
    let waits: Waits | undefined;
    for (const one of due) waits = (await workOnEvents(context, work, [one])) ?? waits;
    return waits;
  }
  const isTooMany = why instanceof TooManyNamesError;
  if (isTooMany && isAboutConsent(first.event)) return applyApart(context, work, first.item, first.event);
  const failure = isTooMany ? { reason: 'too-many-names' } : failureOf(why);
  await context.finish(first.item, { state: 'failed', ...failure, actions: [], notes: [] });
  return undefined;
}

/**
 * Consent of more ids and addresses than one person may have: it is kept by each of them, and each person they lead to
 * is brought in line alone. No opt-out is refused: it must not be lost.
 */
async function applyApart(
  context: TurnContext,
  work: Work,
  item: Due['item'],
  event: MarketingEvent,
): Promise<Waits | undefined> {
  await rememberSaid(context, event, consentSaid(event));
  const { order, candidateId, addresses } = identityOf(context.tenant, event);
  const identities: Identity[] = [
    ...(candidateId === undefined ? [] : [{ order, candidateId, addresses: [] }]),
    ...addresses.map((address) => ({ order, addresses: [address], finds: 'owner' as const })),
  ];
  const actions: EventAction[] = [];
  for (const identity of identities) {
    const result = await refreshPerson(context, work, identity);
    if (result.kind === 'waits') return result;
    const operation = consentOperation(event);
    actions.push(...result.actions.map(({ entity, ref }) => ({ entity, ref, operation }) as const));
    if (result.kind === 'ended') continue;
    await context.finish(item, { state: 'failed', ...failureOf(result.refusals), actions, notes: [] });
    return undefined;
  }
  await context.finish(item, { state: 'synced', actions, notes: [] });
  return undefined;
}

/** What was said before was left out by then: what is refused is the setting. */
const isSourceRefused = (operation: Operation, error: Refusal['error']): boolean =>
  operation.do === 'create' &&
  error instanceof RefusedError &&
  refusedFields(error, Object.keys(operation.fields)).includes('Source');

/** Our label, which may be indexed and logged, and Firefish's own words, which may name a person. */
export function failureOf(refusals: readonly Refusal[]): { reason: string; words?: string } {
  const labels = refusals.map(({ record, operation, error }) => {
    const about = record ?? (isSourceRefused(operation, error) ? 'the setting defaultSource' : undefined);
    return about === undefined ? refusedCall(error) : `${refusedCall(error)}: ${about}`;
  });
  const words = refusals.flatMap(({ error }) => (error instanceof RefusedError ? [error.words] : []));
  return { reason: labels.join('; '), ...(words.length > 0 && { words: words.join('; ') }) };
}

/**
 * Brings one person's records in line with the consent that is kept, for a domain's opt-out or opt-in.
 * @param searched what a search of the whole domain found
 */
export async function refreshPerson(
  context: TurnContext,
  work: Work,
  identity: Identity,
  searched?: Searched['searches'],
): Promise<PersonResult> {
  const result = await refreshOne(context, work, identity, searched);
  if (result.kind !== 'ended') return result;
  const others = othersIn(await findPeople(context, [identity]));
  return (await refreshEach(context, work, others.map(aloneById))) ?? result;
}

function refreshOne(
  context: TurnContext,
  work: Work,
  identity: Identity,
  searched?: Searched['searches'],
): Promise<PersonResult> {
  const job = {
    due: [],
    // Of who shares an address, only their own records: the event itself reaches all that have the address.
    isRefresh: identity.personId === undefined,
    searched: searched === undefined ? undefined : { addresses: identity.addresses, searches: searched },
  };
  return withPerson(context, [identity], (person, held) => workOnPerson(context, work, person, held, job));
}
