/**
 * Which events get a message of their own. A few at a time do, and are worked on at once; what comes as a flood, or
 * while Firefish lets the tenant wait, joins its backlog, which takes a message in all. So nobody else's event
 * stands behind a flood, whatever the queue does about fairness.
 *
 * A limit is of one endpoint, and mostly that of searches, used up by new people: changes and notes have messages of
 * their own all the same, since those of people who are there already need no search.
 */
import type { Clock } from '../clock.ts';
import { type SourceWhaleEvent, WITHOUT_SEARCH } from '../events/event.ts';
import { GATE_CACHE_MS, isOfOneEndpoint, readGate } from '../firefish/gate.ts';
import type { Table } from '../store/table.ts';

/** Events that come together are worked on together, so that one person's become one call. */
const TOGETHER = 10;
/** Of each tenant in each instance: so many messages at once, and so many a second over time. */
const BURST = 20;
const PER_SECOND = 5;

interface Seen {
  /** Messages that may be sent. */
  room: number;
  at: number;
  gate?: { state: Awaited<ReturnType<typeof readGate>>; readAt: number };
}

export class Admission {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #seen = new Map<string, Seen>();

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Whether these events may have messages of their own; takes the room for them. */
  async admits(tenantId: string, events: readonly SourceWhaleEvent[]): Promise<boolean> {
    if (events.length > TOGETHER) return false;
    const now = this.#clock.now();
    const seen = this.#seen.get(tenantId) ?? { room: BURST, at: now };
    seen.room = Math.min(BURST, seen.room + ((now - seen.at) / 1000) * PER_SECOND);
    seen.at = now;
    this.#seen.set(tenantId, seen);
    if (seen.room < events.length) return false;
    seen.room -= events.length;
    const gate = await this.#gate(tenantId, seen);
    if (gate === undefined || gate.until <= now) return true;
    return isOfOneEndpoint(gate, now) && events.every(({ type }) => WITHOUT_SEARCH.has(type));
  }

  async #gate(tenantId: string, seen: Seen): ReturnType<typeof readGate> {
    const now = this.#clock.now();
    if (seen.gate === undefined || now - seen.gate.readAt >= GATE_CACHE_MS) {
      seen.gate = { state: await readGate(this.#table, tenantId, now), readAt: now };
    }
    return seen.gate.state;
  }
}
