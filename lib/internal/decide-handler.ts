/**
 * A person has decided about contradicting names. The decision is stored with the person first, and holds from then on.
 * Then the event is open again, and all waiting events of the person are worked on with it, in event order.
 */
import type { EndedEvent, StoredEvent } from '../events/event-item.ts';
import type { InternalEvent } from '../events/internal-event.ts';
import { personLock } from '../people/identify.ts';
import { type Held, readHeir, savePerson } from '../people/person-store.ts';
import { liveAddresses, type PersonState, recordKey } from '../plan/person-state.ts';
import { NAME_CONFLICT } from '../plan/presence.ts';
import { eventItemKey } from '../store/sync-keys.ts';
import { listAsDue, reopen } from '../turn/reopen.ts';
import type { EventHandler, TurnContext } from '../turn/turn-context.ts';
import { doneWith } from './result.ts';

type DecideEvent = Extract<InternalEvent, { type: 'internal.decide' }>;

export const decideHandler: EventHandler<DecideEvent> = {
  callsFirefish: false,
  names: () => [],
  async work(context, _work, group) {
    for (const { item, event } of group) {
      const decided = await decide(context, event);
      await context.finish(item, doneWith({ decided: decided ? 1 : 0 }));
    }
    return { kind: 'ended' };
  },
};

/** Returns whether the event continues. A second call changes nothing. */
async function decide(context: TurnContext, decision: DecideEvent): Promise<boolean> {
  const { table, tenant } = context;
  const key = eventItemKey(tenant.tenantId, decision.eventId);
  const item = (await table.get(key)) as StoredEvent | undefined; // only StoredEvents have these keys
  if (item === undefined) return false;
  // An open one was opened by an earlier try, which could not list it.
  if (item.state !== 'queued') {
    if (!isUndecided(item)) return false;
    await keep(context, item, decision);
    await reopen(context, item, 2);
  } else if (item.replayedAt === undefined) return false;
  await listAsDue(context, decision.id, [decision.eventId], 2);
  return true;
}

const isUndecided = (item: StoredEvent): item is EndedEvent =>
  item.state === 'skipped' && item.reason === NAME_CONFLICT && item.content !== undefined;

async function keep(context: TurnContext, { personId }: EndedEvent, decision: DecideEvent): Promise<void> {
  if (personId === undefined) return;
  let id: string = personId;
  for (;;) {
    const done = await context.locks.hold([personLock(id)], async () => {
      const held: Held = await readHeir(context, id);
      if (held.state.personId !== id) return held.state.personId;
      await savePerson(context, held, decided(held.state, decision));
      return undefined;
    });
    if (done === undefined) return;
    id = done;
  }
}

function decided(person: PersonState, { as, match }: DecideEvent): PersonState {
  if (as === 'someone-else') return { ...person, isSomeoneElse: true };
  if (match === undefined || person.records.some((one) => recordKey(one) === recordKey(match))) return person;
  const record = { ...match, matchedBy: liveAddresses(person), sent: {}, marketing: {} };
  return { ...person, records: [...person.records, record] };
}
