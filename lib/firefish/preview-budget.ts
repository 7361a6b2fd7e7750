/**
 * Calls beside the turn: previews, the probe and checks of scopes announce theirs in `T#preview` before they leave, one
 * run at a time for each tenant. The turn reads the item and counts them. About one call a second of
 * each endpoint leaves beside an open turn. While no turn is open, most of Firefish's limits can be used.
 */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { RateLimit } from '../config.ts';
import { previewKey } from '../store/sync-keys.ts';
import { update, type Item, type ReadableTable, type Table } from '../store/table.ts';
import { PREVIEW } from '../times.ts';
import type { Announcement } from './rate-limiter.ts';
import type { Pace } from './tenant-calls.ts';

/** What `T#preview` says: it is written here and nowhere else. */
export interface OtherCalls {
  announced: Announcement[];
  /** The token that the last of them were made with, encrypted. */
  token?: Uint8Array;
  /** Epoch milliseconds until when more may follow. */
  until: number;
}

const otherCallsIn = (item: Item | undefined): OtherCalls => ({
  ...{ announced: [], until: 0 },
  ...(item as Partial<OtherCalls> | undefined),
});

/** What the turn tells its Firefish. */
export const readOtherCalls = async (table: ReadableTable, tenantId: TenantId): Promise<OtherCalls> =>
  otherCallsIn(await table.get(previewKey(tenantId)));

/** Another run makes calls now. */
export class PreviewBusyError extends Error {
  override name = 'PreviewBusyError';
  /** Epoch milliseconds. */
  readonly retryAt: number;
  constructor(retryAt: number) {
    super('another preview of this tenant is running');
    this.retryAt = retryAt;
  }
}

interface BudgetDeps {
  table: Table;
  tenantId: TenantId;
  clock: Clock;
  limits: readonly RateLimit[];
  /**
   * Whether no turn makes calls, nor has made some that this run does not know of. A turn that begins after this reads
   * what was announced before it makes any.
   */
  isAlone: () => Promise<boolean>;
}

/** An announcement whose calls leave now. */
interface Open {
  at: number;
  /** Epoch milliseconds. */
  until: number;
  /** How many more may join the line, and how many were sent. */
  more: number;
  sent: number;
}

export class PreviewBudget {
  readonly #deps: BudgetDeps;
  readonly #callsAtOnce: number;
  readonly #endsAt: number;
  /** Once a turn has begun, its calls are unknown until the end of the run. */
  #isAlone = false;
  /** Both by endpoint. */
  readonly #open = new Map<string, Open>();
  readonly #lines = new Map<string, Promise<unknown>>();

  constructor(
    deps: BudgetDeps,
    { lastsMs, callsAtOnce }: { lastsMs: number; callsAtOnce: number } = PREVIEW,
  ) {
    this.#deps = deps;
    this.#callsAtOnce = callsAtOnce;
    this.#endsAt = deps.clock.now() + lastsMs;
  }

  /**
   * Announces a run; answers once a turn that is open has seen it, with what earlier runs have announced.
   * @throws PreviewBusyError
   */
  async begin(): Promise<OtherCalls> {
    const { clock, isAlone } = this.#deps;
    const begun = await this.#change((found) => {
      if (found.until > clock.now()) throw new PreviewBusyError(found.until);
      return { ...found, until: this.#endsAt };
    });
    this.#isAlone = await isAlone();
    if (!this.#isAlone) await clock.sleep(PREVIEW.seenWithinMs);
    return { ...otherCallsIn(begun), until: 0 };
  }

  /** Waits until a call of this endpoint may join its line. @throws PreviewBusyError when time is up */
  readonly pace: Pace = (endpoint) => {
    const mine = (this.#lines.get(endpoint) ?? Promise.resolve()).then(() => this.#take(endpoint));
    const taken = mine.catch(() => undefined);
    this.#lines.set(endpoint, taken);
    return mine;
  };

  /** Lets the next run begin, and use this token (encrypted). */
  end(token?: Uint8Array): Promise<unknown> {
    return this.#change((found) => ({
      ...{ ...found, announced: this.#used(found.announced, Infinity), until: this.#deps.clock.now() },
      ...(token !== undefined && { token }),
    }));
  }

  async #take(endpoint: string): ReturnType<Pace> {
    const { clock } = this.#deps;
    if (clock.now() >= this.#endsAt) throw new PreviewBusyError(clock.now());
    let mine = this.#open.get(endpoint);
    if (mine === undefined || mine.more === 0 || clock.now() >= mine.until) {
      const wait = (mine?.until ?? 0) - clock.now();
      if (wait > 0) await clock.sleep(wait);
      mine = await this.#announce(endpoint);
      this.#open.set(endpoint, mine);
    }
    const open = mine;
    open.more -= 1;
    return () => {
      const mayLeave = clock.now() < open.until;
      if (mayLeave) open.sent += 1;
      return mayLeave;
    };
  }

  async #announce(endpoint: string): Promise<Open> {
    const { clock, limits, isAlone } = this.#deps;
    const few = this.#callsAtOnce;
    const calls = this.#isAlone ? Math.max(few, callsAlone(limits)) : few;
    const began = clock.now();
    let at = began;
    await this.#change((found) => {
      at = Math.max(clock.now(), (found.announced.at(-1)?.[0] ?? 0) + 1);
      const earlier = recent(this.#used(found.announced, at), at);
      return { ...found, announced: [...earlier, [at, calls, endpoint]] };
    });
    // A turn that has begun meanwhile may not have seen it.
    this.#isAlone &&= await isAlone();
    const isFast = this.#isAlone && calls > few;
    const until = began + (isFast ? PREVIEW.aloneMs : PREVIEW.besideMs);
    return { at, until, more: isFast ? calls : few, sent: 0 };
  }

  /** Without the calls that can't leave any more. */
  #used(announced: readonly Announcement[], now: number): Announcement[] {
    return announced.map(([at, calls, endpoint]) => {
      const open = this.#open.get(endpoint);
      return [at, open?.at === at && open.until <= now ? open.sent : calls, endpoint];
    });
  }

  #change(change: (before: OtherCalls) => OtherCalls): Promise<Item | undefined> {
    const { table, tenantId, clock } = this.#deps;
    const key = previewKey(tenantId);
    return update(table, key, (item) => ({
      ...{ ...key, ...change(otherCallsIn(item)) },
      expiresAt: Math.ceil((clock.now() + PREVIEW.keptMs) / 1000),
    }));
  }
}

/** How many calls of one endpoint leave within a second while no turn is open. */
const callsAlone = (limits: readonly RateLimit[]): number =>
  Math.min(PREVIEW.callsAlone, ...limits.map(({ calls }) => Math.floor(calls * PREVIEW.shareAlone)));

const MINUTE_MS = 60_000;

/** Those of the last hour. Older ones are gathered under the last instant of each step, so that the item stays small. */
function recent(announced: readonly Announcement[], now: number): Announcement[] {
  const kept = new Map<string, Announcement>();
  for (const [at, calls, endpoint] of announced) {
    if (at <= now - PREVIEW.keptMs) continue;
    const step = at > now - MINUTE_MS ? at : Math.floor(at / PREVIEW.stepMs);
    const name = `${step} ${endpoint}`;
    const [, earlier] = kept.get(name) ?? [at, 0];
    // Set again, since they are in order of time.
    kept.delete(name);
    kept.set(name, [at, calls + earlier, endpoint]);
  }
  return [...kept.values()];
}
