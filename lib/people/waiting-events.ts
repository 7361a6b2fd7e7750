/** Events that have ended and wait for their person, or for a step of theirs: they are planned again with the next ones. */
import { contentOf } from '../events/event-content.ts';
import type { PersonEvent } from '../events/event.ts';
import type { EndedEvent, Outcome, StoredContent } from '../events/event-item.ts';
import type { Work } from '../events/urgency.ts';
import type { EventId } from '../ids.ts';
import { NAME_CONFLICT } from '../plan/presence.ts';
import type { Plan } from '../plan/types.ts';
import { eventIdOfKey } from '../store/sync-keys.ts';
import { listAsDue, reopen } from '../turn/reopen.ts';
import type { TurnContext } from '../turn/turn-context.ts';
import { endWaiting, keepWaiting, type ReadContext, readPending } from './person-store.ts';
import { storedEvents } from './read-facts.ts';

/** An event that was skipped, or has a note to leave yet, and its content. */
export interface WaitingEvent {
  item: EndedEvent;
  event: PersonEvent;
}

/**
 * Events that waited for the person or a step and are planned again; `open`: ids of those that wait no more, since they
 * are due again. @param ids of the person
 */
export async function readWaiting(
  context: ReadContext,
  ids: ReadonlySet<string>,
  due: ReadonlySet<string>,
): Promise<{ waiting: WaitingEvent[]; open: EventId[] }> {
  const eventIds = (await readPending(context, ids)).filter((id) => !due.has(id));
  const waiting: WaitingEvent[] = [];
  const open: EventId[] = [];
  for (const item of await storedEvents(context, eventIds)) {
    if (item.state === 'queued') open.push(eventIdOfKey(context.tenant.tenantId, item.pk));
    if (item.state === 'queued' || item.state === 'failed') continue;
    const event = await contentOf(context, item);
    if (event !== undefined && isPersonEvent(event)) waiting.push({ item, event });
  }
  return { waiting, open };
}

const isPersonEvent = (event: StoredContent): event is PersonEvent => 'record' in event;

/** Those of one person while they are worked on. */
export class WaitingEvents {
  readonly #context: TurnContext;
  readonly #work: Work;
  readonly #personId: string;
  all: readonly WaitingEvent[] = [];

  constructor(context: TurnContext, work: Work, personId: string) {
    this.#context = context;
    this.#work = work;
    this.#personId = personId;
  }

  /** @param due ids of events in hand: they may have waited before, and end later */
  async read(due: ReadonlySet<string>): Promise<void> {
    const { waiting, open } = await readWaiting(this.#context, new Set([this.#personId]), due);
    this.all = waiting;
    // The turn that opened them may have ended before it could list them.
    for (const id of open) await this.#listOpen(id);
  }

  /**
   * Those that the plan includes are due again, each by itself, since the plan cannot be carried out: they keep no other
   * event from its end. Answers whether there are any.
   */
  async reopen(plan: Plan | undefined): Promise<boolean> {
    const still = new Set(plan?.waiting.map(({ eventId }) => eventId));
    const ready = plan === undefined ? [] : this.all.filter(({ event }) => !still.has(event.id));
    for (const { event, item } of ready) {
      // First: a row that names none but ended events is deleted by whichever look finds it.
      await reopen(this.#context, item, this.#work.urgency);
      await this.#listOpen(event.id);
    }
    this.all = this.all.filter((one) => !ready.includes(one));
    return ready.length > 0;
  }

  /** Twice is harmless. */
  async #listOpen(id: EventId): Promise<void> {
    await listAsDue(this.#context, id, [id], this.#work.urgency);
    await endWaiting(this.#context, this.#personId, id);
  }

  /** Of events in hand those that wait from now on; before they end. */
  async keep({ waiting }: Plan): Promise<void> {
    const known = new Set(this.all.map(({ event }) => event.id));
    const now = this.#context.clock.now();
    for (const one of waiting) {
      if (!known.has(one.eventId)) await keepWaiting(this.#context, this.#personId, one, now);
    }
  }

  /** Keeps how they end by a plan that was carried out. */
  async finish({ waiting }: Plan, outcomes: Readonly<Record<string, Outcome>>): Promise<void> {
    const still = new Set(waiting.map(({ eventId }) => eventId));
    for (const one of this.all) {
      const { event, item } = one;
      const outcome = outcomes[event.id];
      const isOver = !still.has(event.id);
      if (outcome !== undefined && isNewOutcome(one, outcome, isOver))
        await this.#context.finishAgain(item, outcome);
      if (isOver) await endWaiting(this.#context, this.#personId, event.id);
    }
  }
}

/** One that no longer waits for a decision is not listed among those that do. */
function isNewOutcome({ item }: WaitingEvent, { state, reason, actions }: Outcome, isOver: boolean): boolean {
  if (item.reason === NAME_CONFLICT && reason !== NAME_CONFLICT) return true;
  if (reason !== item.reason && (isOver || state !== 'skipped')) return true;
  return state === 'synced' && actions.some(({ operation }) => operation === 'noted');
}
