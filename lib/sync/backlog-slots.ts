/**
 * How many tenants' backlogs are worked on at once, over all instances. Fewer than there are workers: whatever
 * floods, a worker is left for events that have a message of their own. One of the slots is for short backlogs
 * alone: who has pushed a few dozen events does not wait for others' floods.
 *
 * Not guaranteed: a worker that dies keeps its slot until the entry runs out.
 */
import type { Clock } from '../clock.ts';
import { BACKLOG_SLOTS_KEY } from '../store/keys.ts';
import { type Item, type Table, update } from '../store/table.ts';

type Pool = 'taken' | 'short';
/** By tenant, the epoch milliseconds until which the slot is taken. */
type Taken = Record<string, number>;

interface Slots extends Item, Partial<Record<Pool, Taken>> {}

/** Longer than any invocation lasts. */
const TAKEN_FOR_MS = 75_000;
const KEPT_SECONDS = 24 * 3600;

export class BacklogSlots {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #atOnce: number;

  constructor(deps: { table: Table; clock: Clock; backlogsAtOnce?: number | undefined }) {
    this.#table = deps.table;
    this.#clock = deps.clock;
    this.#atOnce = deps.backlogsAtOnce ?? Infinity;
  }

  /**
   * @param isShort asked where no other slot is left: whether the backlog may have the one for short ones
   * @returns `last`: there is none left now, so that others may be waiting for this one; `none`: come again
   */
  async take(tenantId: string, isShort: () => Promise<boolean>): Promise<'one' | 'last' | 'none'> {
    if (this.#atOnce === Infinity) return 'one';
    // Where there is but one, it is everybody's.
    const slot = await this.#take(tenantId, 'taken', Math.max(1, this.#atOnce - 1));
    if (slot !== 'none' || this.#atOnce === 1 || !(await isShort())) return slot;
    return this.#take(tenantId, 'short', 1);
  }

  async #take(tenantId: string, pool: Pool, size: number): Promise<'one' | 'last' | 'none'> {
    let answer: 'one' | 'last' | 'none' = 'none';
    await this.#change((slots, now) => {
      const count = Object.keys(slots[pool]).filter((id) => id !== tenantId).length;
      answer = count >= size ? 'none' : count + 1 === size ? 'last' : 'one';
      if (answer === 'none') return undefined;
      return { ...slots, [pool]: { ...slots[pool], [tenantId]: now + TAKEN_FOR_MS } };
    });
    return answer;
  }

  async leave(tenantId: string): Promise<void> {
    if (this.#atOnce === Infinity) return;
    await this.#change(({ taken, short }) =>
      tenantId in taken || tenantId in short
        ? { taken: without(tenantId, taken), short: without(tenantId, short) }
        : undefined,
    );
  }

  async #change(
    change: (slots: Record<Pool, Taken>, now: number) => Record<Pool, Taken> | undefined,
  ): Promise<void> {
    await update(this.#table, BACKLOG_SLOTS_KEY, (current) => {
      const now = this.#clock.now();
      const { taken = {}, short = {} } = (current ?? {}) as Slots; // written here and nowhere else
      const changed = change({ taken: stillTaken(taken, now), short: stillTaken(short, now) }, now);
      return changed && { ...BACKLOG_SLOTS_KEY, ...changed, expiresAt: Math.ceil(now / 1000) + KEPT_SECONDS };
    });
  }
}

const stillTaken = (taken: Taken, now: number): Taken =>
  Object.fromEntries(Object.entries(taken).filter(([, until]) => until > now));

const without = (tenantId: string, { [tenantId]: _, ...others }: Taken): Taken => others;
