/**
 * Calls beside the turn: previews, the probe and checks of scopes announce theirs in `T#preview`, one run at a time for
 * each tenant, at most one call a second for each endpoint. The turn reads the item and counts them.
 */
import type { Clock } from '../clock.ts';
import type { TenantId } from '../ids.ts';
import { previewKey } from '../store/sync-keys.ts';
import { update, type Table } from '../store/table.ts';
import { PREVIEW } from '../times.ts';
import { type OtherCalls, otherCallsIn } from './tenant-firefish.ts';

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

interface PreviewDeps {
  table: Table;
  tenantId: TenantId;
  clock: Clock;
}

export class PreviewBudget {
  readonly #deps: PreviewDeps;
  readonly #endsAt: number;
  readonly #callsAtOnce: number;
  /** The second that was announced last: when it began, and how many calls the endpoints have had. */
  #began = -Infinity;
  readonly #used = new Map<string, number>();
  #next: Promise<void> = Promise.resolve();

  private constructor(deps: PreviewDeps, endsAt: number, callsAtOnce: number) {
    this.#deps = deps;
    this.#callsAtOnce = callsAtOnce;
    this.#endsAt = endsAt;
  }

  /**
   * Announces a run; answers once a turn that is open has seen it.
   * @throws PreviewBusyError
   */
  static async begin(
    deps: PreviewDeps,
    { lastsMs, callsAtOnce }: { lastsMs: number; callsAtOnce: number } = PREVIEW,
  ): Promise<PreviewBudget> {
    const { clock } = deps;
    const endsAt = clock.now() + lastsMs;
    await change(deps, ({ seconds, until }) => {
      if (until > clock.now()) throw new PreviewBusyError(until);
      return { seconds, until: endsAt };
    });
    await clock.sleep(PREVIEW.seenWithinMs);
    return new PreviewBudget(deps, endsAt, callsAtOnce);
  }

  /** Waits until a call of this endpoint may leave: `pace` of createTenantFirefish. @throws PreviewBusyError when time is up */
  readonly pace = (endpoint: string): Promise<void> => {
    const mine = this.#next.then(() => this.#take(endpoint));
    this.#next = mine.catch(() => undefined);
    return mine;
  };

  /** Lets the next run begin. */
  async end(): Promise<void> {
    await change(this.#deps, ({ seconds }) => ({ seconds, until: this.#deps.clock.now() }));
  }

  async #take(endpoint: string): Promise<void> {
    const { clock } = this.#deps;
    if (clock.now() >= this.#endsAt) throw new PreviewBusyError(clock.now());
    const used = this.#used.get(endpoint) ?? 0;
    if (used >= this.#callsAtOnce || clock.now() - this.#began >= PREVIEW.secondMs) {
      const wait = this.#began + PREVIEW.secondMs - clock.now();
      if (wait > 0) await clock.sleep(wait);
      await change(this.#deps, ({ seconds }) => ({
        seconds: seconds + this.#callsAtOnce,
        until: this.#endsAt,
      }));
      this.#began = clock.now();
      this.#used.clear();
    }
    this.#used.set(endpoint, (this.#used.get(endpoint) ?? 0) + 1);
  }
}

async function change(
  { table, tenantId, clock }: PreviewDeps,
  changed: (announced: OtherCalls) => OtherCalls,
): Promise<void> {
  const key = previewKey(tenantId);
  await update(table, key, (item) => ({
    ...key,
    ...changed(otherCallsIn(item)),
    // Calls older than an hour count no more: the item begins again.
    expiresAt: Math.ceil((clock.now() + PREVIEW.keptMs) / 1000),
  }));
}
