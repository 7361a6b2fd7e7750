/**
 * The token budget of one egress address, which all tenants behind it share. Whoever has waited longest is
 * served first: those who could not have a token stand in a list, each with the instant at which it was told
 * to come back. Who does not come when its turn has come keeps its seniority, but holds nobody up for long.
 */
import type { Clock } from '../clock.ts';
import type { RateLimit } from '../config.ts';
import { egressKey } from '../store/keys.ts';
import { update, type Table } from '../store/table.ts';
import { decodeRuns, encodeRuns } from './runs-codec.ts';
import { tokenWindows } from './token-windows.ts';
import { add, compact, earliest, type Run, type Window } from './windows.ts';

interface Waiting {
  tenantId: string;
  /** Epoch milliseconds, both. */
  since: number;
  due: number;
}

interface EgressState {
  runs?: Uint8Array;
  blockedUntil?: number;
  waiting?: Waiting[];
}

/** The sweeper looks each minute, and the worker has other things to do: two minutes to come when due. */
const GRACE_MS = 120_000;
/** Who has not come for so long does not want a token any more. */
const FORGOTTEN_AFTER_MS = 4 * 3_600_000;
/** A due time that moved by less is not worth a write. */
const SLACK_MS = 10_000;

export class EgressBudget {
  readonly #table: Table;
  readonly #egressId: string;
  readonly #windows: readonly Window[];
  readonly #clock: Clock;

  constructor(deps: { table: Table; egressId: string; limits: readonly RateLimit[]; clock: Clock }) {
    this.#table = deps.table;
    this.#egressId = deps.egressId;
    this.#windows = tokenWindows(deps.limits);
    this.#clock = deps.clock;
  }

  /** Takes one token request out of the budget. Answers `undefined`, or when to come back (epoch milliseconds). */
  async take(tenantId: string): Promise<number | undefined> {
    let due: number | undefined;
    await this.#change((item) => {
      const now = this.#clock.now();
      const runs = decodeRuns(item.runs);
      const line = (item.waiting ?? []).filter((waiting) => now - waiting.due < FORGOTTEN_AFTER_MS);
      const mine = line.find((waiting) => waiting.tenantId === tenantId);
      const ahead = line.filter(
        (other) => other !== mine && other.since <= (mine?.since ?? now) && now < other.due + GRACE_MS,
      );
      const turn = this.#turn(runs, ahead.length, Math.max(now, item.blockedUntil ?? 0));
      const others = line.filter((waiting) => waiting !== mine);
      if (turn <= now) {
        due = undefined;
        add(runs, now);
        return { ...item, runs: encodeRuns(compact(runs, this.#windows, now)), waiting: others };
      }
      due = turn;
      if (mine !== undefined && Math.abs(mine.due - turn) < SLACK_MS) return undefined;
      return { ...item, waiting: [...others, { tenantId, since: mine?.since ?? now, due: turn }] };
    });
    return due;
  }

  /** The same for a person at a desk, who is not made to stand in line and takes no place in it. */
  async takeNow(): Promise<number | undefined> {
    let due: number | undefined;
    await this.#change((state) => {
      const now = this.#clock.now();
      const runs = decodeRuns(state.runs);
      const turn = this.#turn(runs, 0, Math.max(now, state.blockedUntil ?? 0));
      due = turn > now ? turn : undefined;
      if (due !== undefined) return undefined;
      add(runs, now);
      return { ...state, runs: encodeRuns(compact(runs, this.#windows, now)) };
    });
    return due;
  }

  /** Firefish has answered a token request with 429: nobody behind this address asks for so long. */
  async block(milliseconds: number): Promise<void> {
    const until = this.#clock.now() + milliseconds;
    await this.#change((item) =>
      (item.blockedUntil ?? 0) >= until ? undefined : { ...item, blockedUntil: until },
    );
  }

  /** The instant at which a token is free for whoever has so many before them. */
  #turn(runs: readonly Run[], ahead: number, from: number): number {
    const imagined = runs.map(([at, count]): Run => [at, count]);
    let turn = earliest(imagined, this.#windows, from);
    for (let served = 0; served < ahead; served += 1) {
      add(imagined, turn);
      turn = earliest(imagined, this.#windows, turn);
    }
    return turn;
  }

  async #change(change: (state: EgressState) => EgressState | undefined): Promise<void> {
    const key = egressKey(this.#egressId);
    await update(this.#table, key, (current) => {
      const { runs, blockedUntil, waiting } = (current ?? {}) as EgressState; // written here and nowhere else
      const changed = change({
        ...(runs === undefined ? {} : { runs }),
        ...(blockedUntil === undefined ? {} : { blockedUntil }),
        ...(waiting === undefined ? {} : { waiting }),
      });
      if (changed === undefined) return undefined;
      return {
        ...changed,
        ...key,
        expiresAt: Math.ceil((this.#clock.now() + 2 * FORGOTTEN_AFTER_MS) / 1000),
      };
    });
  }
}
