/**
 * How many tenants' backlogs are worked on at once, over all instances. Fewer than there are workers: whatever
 * floods, a worker is left for events that have a message of their own.
 *
 * Not guaranteed: a worker that dies keeps its slot until the entry runs out.
 */
import type { Clock } from '../clock.ts';
import { BACKLOG_SLOTS_KEY } from '../store/keys.ts';
import { type Item, type Table, update } from '../store/table.ts';

interface Slots extends Item {
  /** By tenant, the epoch milliseconds until which the slot is taken. */
  taken?: Record<string, number>;
}

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

  /** `last`: there is none left now, so that others may be waiting for this one; `none`: come again. */
  async take(tenantId: string): Promise<'one' | 'last' | 'none'> {
    if (this.#atOnce === Infinity) return 'one';
    let answer: 'one' | 'last' | 'none' = 'none';
    await this.#change((taken, now) => {
      const count = Object.keys(taken).filter((id) => id !== tenantId).length;
      if (count >= this.#atOnce) {
        answer = 'none';
        return undefined;
      }
      answer = count + 1 === this.#atOnce ? 'last' : 'one';
      return { ...taken, [tenantId]: now + TAKEN_FOR_MS };
    });
    return answer;
  }

  async leave(tenantId: string): Promise<void> {
    if (this.#atOnce === Infinity) return;
    await this.#change(({ [tenantId]: mine, ...others }) => (mine === undefined ? undefined : others));
  }

  async #change(
    change: (taken: Record<string, number>, now: number) => Record<string, number> | undefined,
  ): Promise<void> {
    await update(this.#table, BACKLOG_SLOTS_KEY, (current) => {
      const now = this.#clock.now();
      const { taken = {} } = (current ?? {}) as Slots; // written here and nowhere else
      const valid = Object.fromEntries(Object.entries(taken).filter(([, until]) => until > now));
      const changed = change(valid, now);
      return (
        changed && { ...BACKLOG_SLOTS_KEY, taken: changed, expiresAt: Math.ceil(now / 1000) + KEPT_SECONDS }
      );
    });
  }
}
