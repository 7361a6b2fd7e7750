/**
 * A tenant's backlog: its open events that have no message of their own, because they came in a flood, or wait
 * for Firefish or for a person. They are found by the index, by the instant they are due, and one message for
 * all of them ("ring") has one worker at a time work them off. So a tenant never has more than a few messages
 * on the queue, however many events it has, and what waits uses up neither receives nor retention.
 */
import type { Clock } from '../clock.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import type { ClockWord } from '../firefish/clock-word.ts';
import type { EventQueue } from '../queue/queue.ts';
import { backlogMarkKey } from '../store/keys.ts';
import { ConflictError, type Table } from '../store/table.ts';

/** A tenant is marked once per instance in this time. */
const MARK_INTERVAL_MS = 10_000;
/** The sweeper forgets no tenant that was marked less than this ago: the index may lag behind. */
export const MARK_LASTS_MS = 3 * MARK_INTERVAL_MS;
/** One ring of an instance in this time; whoever comes between two is heard with the second. */
const RING_INTERVAL_MS = 1_000;
/** The longest delay of a message. */
const MAX_DELAY_SECONDS = 900;

interface BacklogDeps {
  table: Table;
  queue: EventQueue;
  clock: Clock;
}

/**
 * The work marker is written once per instance in this time. The sweeper must not remove one that is
 * younger than twice that.
 */
export const WORK_MARKER_INTERVAL_MS = 60_000;

export class Backlog {
  readonly #deps: BacklogDeps;
  readonly #markedAt = new Map<string, number>();
  /** When the tenant's last ring is heard. */
  readonly #rings = new Map<string, number>();

  constructor(deps: BacklogDeps) {
    this.#deps = deps;
  }

  /** Has the sweeper see to the tenant, should a ring get lost. To be called before there is a backlog. */
  async mark(tenantId: string): Promise<void> {
    const now = this.#deps.clock.now();
    if (now - (this.#markedAt.get(tenantId) ?? -Infinity) < MARK_INTERVAL_MS) return;
    await markBacklog(this.#deps.table, tenantId, now);
    this.#markedAt.set(tenantId, now);
  }

  /** Takes events in that had a message of their own. Costs a write for each, and none for those that are due. */
  async add(tenantId: string, events: readonly StoredEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.mark(tenantId);
    const due = new Date(this.#deps.clock.now()).toISOString();
    const later = events.filter(({ indexSk }) => indexSk === undefined || indexSk > due);
    await Promise.all(later.map((event) => putUnlessChanged(this.#deps.table, { ...event, indexSk: due })));
  }

  /** Has a worker look, now or at that instant (epoch milliseconds), or within a second after. */
  async ring(tenantId: string, at = 0): Promise<void> {
    const now = this.#deps.clock.now();
    const due = Math.max(at, now);
    const last = this.#rings.get(tenantId) ?? -Infinity;
    if (last > now && last >= due && last <= due + RING_INTERVAL_MS) return;
    const heardAt = last <= due && due - last < RING_INTERVAL_MS ? last + RING_INTERVAL_MS : due;
    this.#rings.set(tenantId, heardAt);
    await sendRing(this.#deps.queue, tenantId, heardAt - now);
  }
}

/**
 * What can't be sent is made good by the sweeper.
 * @param clockWord what the worker says to the next one, for a message that takes so long (milliseconds) at least
 */
export async function sendRing(
  queue: EventQueue,
  tenantId: string,
  delayMs = 0,
  clockWord?: (delayMs: number) => ClockWord | undefined,
): Promise<void> {
  const delaySeconds = Math.min(Math.ceil(delayMs / 1000), MAX_DELAY_SECONDS);
  const clock = clockWord?.(delaySeconds * 1000);
  await queue.send([
    {
      ...{ tenantId, backlog: true },
      ...(clock === undefined || clock.length === 0 ? {} : { clock }),
      ...(delaySeconds > 0 ? { delaySeconds } : {}),
    },
  ]);
}

export async function markBacklog(table: Table, tenantId: string, now: number): Promise<void> {
  await table.put({ ...backlogMarkKey(tenantId), parkedAt: now }, 'anything');
}

async function putUnlessChanged(table: Table, event: StoredEvent): Promise<void> {
  try {
    await table.put(event, event.version);
  } catch (error) {
    // Somebody has it in hand, or it has ended.
    if (!(error instanceof ConflictError)) throw error;
  }
}
