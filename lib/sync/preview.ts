/**
 * What events would do, and nothing done: the same matching and planning as a push, without a claim, a write
 * to the tables or one to Firefish.
 */
import type { PersonEvent, SourceWhaleEvent } from '../events/event.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { eventKey } from '../store/keys.ts';
import { peekPerson, type Peeked } from './peek.ts';
import type { ReadContext } from './context.ts';
import { connected } from './grouping.ts';
import { TooManyNamesError } from './held-person.ts';
import { identityOf, inHand, isBounded, type Loaded, openEvent } from './loaded-event.ts';
import { newestWords } from './marketing.ts';
import { type Outcome, skipped } from './outcome.ts';
import { foldIdentity } from './plan-identity.ts';
import type { Plan } from './plan-types.ts';
import { previewCompany, previewDomain } from './preview-others.ts';
import { mustReachAll } from './read-and-plan.ts';
import { planPeeked } from './preview-plan.ts';
import { previewed, type Previewed, type PreviewedAction } from './previewed.ts';
import { nothingKnown } from './read-facts.ts';
import { byStamp } from './stamp.ts';
import { readPersonWords, wordsSaid } from './words.ts';

/** What the sync would need, without anything to write with. @throws FirefishError */
export async function previewEvents(
  context: ReadContext,
  events: readonly SourceWhaleEvent[],
): Promise<Map<string, Previewed>> {
  const previews = new Map<string, Previewed>();
  const keys = events.map(({ id }) => eventKey(context.tenant.tenantId, id));
  for (const stored of (await context.table.getMany(keys)) as StoredEvent[]) {
    if (isEnded(stored)) previews.set(stored.sk, repeated(stored));
  }
  const fresh = events.filter(({ id }) => !previews.has(id));
  const loaded = [...new Map(fresh.map((event) => [event.id, asLoaded(event)])).values()];
  for (const { groups } of connected(context.tenant, loaded)) {
    for (const one of await previewList(context, groups.flat())) previews.set(one.id, one);
  }
  return previews;
}

/** Planning asks nothing of an event's item. */
const asLoaded = (event: SourceWhaleEvent): Loaded => ({ event, item: { sk: event.id } as StoredEvent });

type EndedEvent = StoredEvent & Pick<Previewed, 'state'>;

const isEnded = (stored: StoredEvent): stored is EndedEvent => stored.state !== 'queued';

const repeated = ({ sk, state, reason, notes }: EndedEvent): Previewed => ({
  id: sk,
  state,
  ...(reason === undefined ? {} : { reason }),
  repeat: true,
  actions: [],
  notes: notes ?? [],
});

async function previewList(context: ReadContext, list: readonly Loaded[]): Promise<Previewed[]> {
  const people = list.filter(({ event }) => 'record' in event);
  const others = list.filter(({ event }) => !('record' in event));
  const previews = await Promise.all(others.map(({ event }) => previewOther(context, event)));
  return people.length === 0 ? previews : [...previews, ...(await previewPerson(context, people))];
}

function previewOther(context: ReadContext, event: SourceWhaleEvent): Promise<Previewed> {
  if ('company' in event) return previewCompany(context, event);
  if ('domain' in event) return previewDomain(context, event);
  throw new Error('only events about a person have a record');
}

async function previewPerson(context: ReadContext, due: readonly Loaded[]): Promise<Previewed[]> {
  const own = due.flatMap(({ event }) => ('record' in event ? [event] : []));
  const { tenantId, settings } = context.tenant;
  const bounds = { matchByAddress: settings.mergeWithExisting, isBounded: isBounded(own) };
  try {
    const peeked = await peekPerson(
      { ...context, ...bounds, tenantId },
      own.map((event) => identityOf(context.tenant, event)),
    );
    return await previewPeeked(context, own, peeked);
  } catch (error) {
    if (!(error instanceof TooManyNamesError)) throw error;
    // As in a push, each by itself.
    if (due.length > 1) return (await Promise.all(due.map((one) => previewPerson(context, [one])))).flat();
    const outcome: Outcome = { state: 'failed', reason: error.message, actions: [], notes: [] };
    return own.map(({ id }) => previewed(id, outcome, []));
  }
}

async function previewPeeked(
  context: ReadContext,
  own: readonly PersonEvent[],
  peeked: Peeked,
): Promise<Previewed[]> {
  const { tenant, table } = context;
  const ids = Object.keys(peeked.person.pending).filter((id) => !own.some((event) => event.id === id));
  const pendingItems = (await table.getMany(ids.map((id) => eventKey(tenant.tenantId, id)))) as StoredEvent[];
  const pending = (await Promise.all(pendingItems.map((item) => openEvent(context, item)))).flatMap((one) =>
    one !== undefined && 'record' in one.event ? [inHand(tenant, one.event, true)] : [],
  );
  const hash = (value: string): string => tenant.hash(value);
  const events = [...own.map((event) => inHand(tenant, event, false)), ...pending].sort(byStamp);
  const identified = foldIdentity({ person: peeked.person, events, hash });
  const words = newestWords([...own.map(wordsSaid), await readPersonWords(context, identified)]);
  const reachAll = mustReachAll(own, peeked.person, words);
  const planned = await planPeeked(context, peeked, nothingKnown(), { events, words, reachAll });
  return own.map(({ id }) => described(id, planned, peeked));
}

function described(id: string, planned: Plan, peeked: Peeked): Previewed {
  const outcome = peeked.person.outcomes[id] ?? planned.outcomes[id] ?? skipped('unknown');
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
