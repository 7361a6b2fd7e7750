/**
 * Calls beside the turn: previews, the probe and checks of scopes announce theirs in `T#preview`, one run at a time for
 * each tenant, at most one call a second for each endpoint. The turn reads the item and counts them.
 */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import { previewKey } from '../store/sync-keys.ts';
import { update, type Item, type Table } from '../store/table.ts';
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

export interface PreviewBudget {
  /** Waits until a call of this endpoint may leave: `pace` of createTenantFirefish. @throws PreviewBusyError when time is up */
  pace: (endpoint: string) => Promise<void>;
  /** Lets the next run begin. */
  end: () => Promise<unknown>;
}

/**
 * Announces a run; answers once a turn that is open has seen it.
 * @throws PreviewBusyError
 */
export async function announceCalls(
  { table, tenantId, clock }: { table: Table; tenantId: TenantId; clock: Clock },
  { lastsMs, callsAtOnce }: { lastsMs: number; callsAtOnce: number } = PREVIEW,
): Promise<PreviewBudget> {
  const key = previewKey(tenantId);
  const change = (changed: (announced: OtherCalls) => OtherCalls): Promise<Item | undefined> =>
    update(table, key, (item) => ({
      ...{ ...key, ...changed(otherCallsIn(item)) },
      // Calls older than an hour count no more: the item begins again.
      expiresAt: Math.ceil((clock.now() + PREVIEW.keptMs) / 1000),
    }));
  const endsAt = clock.now() + lastsMs;
  await change(({ seconds, until }) => {
    if (until > clock.now()) throw new PreviewBusyError(until);
    return { seconds, until: endsAt };
  });
  await clock.sleep(PREVIEW.seenWithinMs);

  /** The second that was announced last: when it began, and how many calls the endpoints have had. */
  let began = -Infinity;
  const used = new Map<string, number>();
  const take = async (endpoint: string): Promise<void> => {
    if (clock.now() >= endsAt) throw new PreviewBusyError(clock.now());
    if ((used.get(endpoint) ?? 0) >= callsAtOnce || clock.now() - began >= PREVIEW.secondMs) {
      const wait = began + PREVIEW.secondMs - clock.now();
      if (wait > 0) await clock.sleep(wait);
      await change(({ seconds }) => ({ seconds: seconds + callsAtOnce, until: endsAt }));
      began = clock.now();
      used.clear();
    }
    used.set(endpoint, (used.get(endpoint) ?? 0) + 1);
  };
  let next = Promise.resolve();
  return {
    pace(endpoint) {
      const mine = next.then(() => take(endpoint));
      next = mine.catch(() => undefined);
      return mine;
    },
    end: () => change(({ seconds }) => ({ seconds, until: clock.now() })),
  };
}
