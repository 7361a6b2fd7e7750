/**
 * Who works on a tenant's backlog: one worker at a time, by a lease. Whoever is rung for while another has it
 * leaves word of that, so that the other looks once more before it ends: nothing is overlooked between its last
 * look and its end. The same item remembers a ring that is on its way, so that one is enough.
 */
import type { Clock } from '../clock.ts';
import { backlogKey } from '../store/keys.ts';
import { type Item, type NewItem, type Table, update } from '../store/table.ts';
import { CLOCK_SKEW_MS } from './margins.ts';

interface LeaseState {
  holder?: string;
  /** Epoch milliseconds, both. */
  until?: number;
  /** A ring that comes by itself then. */
  ringsAt?: number;
  /** Somebody was rung for meanwhile. */
  rung?: boolean;
  /** How many holders in a row have died, as far as one can tell: they never let go. */
  deaths?: number;
}

/** A worker that dies delays its tenant's backlog by this much. */
const LEASE_MS = 30_000;
/** One death may be anybody's; after two, something in the backlog may be what kills. */
const DEATHS_TO_WARN = 2;
export const RENEW_AFTER_MS = 10_000;
const KEPT_SECONDS = 24 * 3600;

/** The item is written below and nowhere else. */
const stateOf = (item: Item | undefined): LeaseState => (item ?? {}) as LeaseState;

const deathsOf = ({ deaths = 0 }: LeaseState): LeaseState => (deaths === 0 ? {} : { deaths });

/** Whoever has not let go of a lease that ran out is taken for dead. */
const buried = ({ holder, deaths = 0 }: LeaseState): LeaseState => ({
  deaths: holder === undefined ? deaths : deaths + 1,
});

const isHeld = ({ holder, until = 0 }: LeaseState, now: number): boolean =>
  holder !== undefined && until + CLOCK_SKEW_MS > now;

export class BacklogLease {
  readonly #table: Table;
  readonly #tenantId: string;
  readonly #clock: Clock;
  readonly #holder: string;
  #deaths = 0;

  constructor(deps: { table: Table; tenantId: string; clock: Clock; newId: () => string }) {
    this.#table = deps.table;
    this.#tenantId = deps.tenantId;
    this.#clock = deps.clock;
    this.#holder = deps.newId();
  }

  /** `false` while somebody else has it, who now knows that there was a ring. */
  async take(): Promise<boolean> {
    const state = await this.#change((current, now) => {
      if (isHeld(current, now)) return current.rung === true ? undefined : { ...current, rung: true };
      this.#deaths = buried(current).deaths ?? 0;
      return this.#mine(now);
    });
    return state.holder === this.#holder;
  }

  /** Several who had it before have died: what they had in hand may have been the cause. */
  get isDangerous(): boolean {
    return this.#deaths >= DEATHS_TO_WARN;
  }

  /** `false` where it was lost. */
  async renew(): Promise<boolean> {
    const state = await this.#change((current, now) =>
      current.holder === this.#holder ? { ...current, until: now + LEASE_MS } : undefined,
    );
    return state.holder === this.#holder;
  }

  /** `false`: somebody was rung for meanwhile, so that there may be more, and the lease is still held. */
  async leave(): Promise<boolean> {
    const state = await this.#change((current, now) => {
      if (current.holder !== this.#holder) return undefined;
      return current.rung === true ? this.#mine(now) : this.#survived();
    });
    return state.holder !== this.#holder;
  }

  /**
   * Lets go whatever was rung. With `ringsAt` (epoch milliseconds) answers whether this is the one who shall send
   * the ring that comes then.
   */
  async close(ringsAt?: number): Promise<boolean> {
    let send = false;
    await this.#change((current, now) => {
      const held = isHeld(current, now) && current.holder !== this.#holder;
      send = ringsAt !== undefined && !held && !isOnItsWay(current, now, ringsAt);
      if (held) return undefined;
      const deaths = current.holder === this.#holder ? this.#survived() : deathsOf(buried(current));
      if (send) return { ...deaths, ringsAt: ringsAt ?? now };
      return current.ringsAt === undefined ? deaths : { ...deaths, ringsAt: current.ringsAt };
    });
    return send;
  }

  #mine(now: number): LeaseState {
    return { holder: this.#holder, until: now + LEASE_MS, ...deathsOf({ deaths: this.#deaths }) };
  }

  /** Whoever was careful and lived need not have met it: the next one is careless again, and one death makes it careful. */
  #survived(): LeaseState {
    return deathsOf({ deaths: this.isDangerous ? DEATHS_TO_WARN - 1 : 0 });
  }

  async #change(change: (state: LeaseState, now: number) => LeaseState | undefined): Promise<LeaseState> {
    const key = backlogKey(this.#tenantId);
    const item = await update(this.#table, key, (current): NewItem | undefined => {
      const now = this.#clock.now();
      const { holder, until, ringsAt, rung, deaths } = stateOf(current);
      const changed = change(
        {
          ...(holder === undefined ? {} : { holder }),
          ...(until === undefined ? {} : { until }),
          ...(ringsAt === undefined ? {} : { ringsAt }),
          ...(rung === undefined ? {} : { rung }),
          ...(deaths === undefined ? {} : { deaths }),
        },
        now,
      );
      return changed && { ...changed, ...key, expiresAt: Math.ceil(now / 1000) + KEPT_SECONDS };
    });
    return stateOf(item);
  }
}

/** A ring that comes early enough, or is only a moment later than asked for. */
const isOnItsWay = ({ ringsAt = 0 }: LeaseState, now: number, at: number): boolean =>
  ringsAt > now && ringsAt <= at + 1_000;

/** Whether a tenant's backlog is seen to: somebody works on it, or will be rung for. One read. */
export async function isSeenTo(table: Table, tenantId: string, now: number): Promise<boolean> {
  const state = stateOf(await table.get(backlogKey(tenantId)));
  return isHeld(state, now) || (state.ringsAt ?? 0) + 2 * CLOCK_SKEW_MS > now;
}
