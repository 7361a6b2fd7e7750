/**
 * Timer rows: the sweep wakes a tenant when its row is due. They replace wake-ups that were lost. A row is written for
 * a later minute than the current one, and only the sweep deletes it, after it has sent the wake-up. So no row is
 * deleted while it is needed.
 */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { WakeUps } from './wake-ups.ts';
import { timerKey } from '../store/sync-keys.ts';
import type { Table } from '../store/table.ts';
import { QUEUE, TIMER } from '../times.ts';

const MINUTE_MS = 60_000;
/** Beyond this number of tenants the cache of known rows is cleared. */
const MOST_KNOWN = 10_000;

/** The first full minute after this instant (epoch milliseconds). */
export const minuteAfter = (at: number): number => (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS;

export class Timers {
  readonly #table: Table;
  readonly #clock: Clock;
  /** When the latest row that this instance knows of is due, by tenant. */
  readonly #known = new Map<string, number>();

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /**
   * Writes a row that is due in the minute after `at`, unless there is one that is due between `enoughAt` and
   * `latestAt` (all in epoch milliseconds): each row costs a write here and one in the sweep.
   */
  async ensure(tenantId: TenantId, at: number, { enoughAt = at, latestAt = at } = {}): Promise<void> {
    const now = this.#clock.now();
    const known = this.#known.get(tenantId) ?? -Infinity;
    const due = minuteAfter(Math.max(at, now));
    const latest = Math.max(due, minuteAfter(latestAt));
    if (known >= enoughAt && known > now && known <= latest) return;
    const minutes = [];
    for (let minute = minuteAfter(Math.max(enoughAt, now)); minute <= latest; minute += MINUTE_MS) {
      minutes.push(minute);
    }
    const there = await this.#table.getMany(minutes.map((minute) => timerKey(minute, tenantId)));
    if (there.length === 0) await this.#table.put({ ...timerKey(due, tenantId) }, 'anything');
    if (this.#known.size > MOST_KNOWN) this.#known.clear();
    const found = there.map(({ sk }) => Number(sk.slice(0, sk.indexOf('#'))));
    this.#known.set(tenantId, found.length === 0 ? due : Math.min(...found));
  }
}

/**
 * Wakes the tenant, at once or when it is due. A wake-up that cannot be sent, or is due later than the queue can
 * delay it, becomes a timer row.
 * @throws what the table throws if the wake-up could not be sent either
 */
export async function wakeTenant(
  { wakeUps, table, clock }: { wakeUps: WakeUps; table: Table; clock: Clock },
  tenantId: TenantId,
  at = 0,
): Promise<boolean> {
  const now = clock.now();
  const delaySeconds = Math.max(0, Math.ceil((at - now) / 1000));
  if (delaySeconds <= QUEUE.longestDelaySeconds) {
    const unsent = await wakeUps.send([{ tenantId, ...(delaySeconds > 0 ? { delaySeconds } : {}) }]);
    if (unsent.length === 0) return true;
  }
  await table.put({ ...timerKey(minuteAfter(Math.max(at, now)), tenantId) }, 'anything');
  return false;
}

/** For `receive`: a row that is due after its events are stored. */
export const ensureForStoring = (timers: Timers, clock: Clock, tenantId: TenantId): Promise<void> =>
  timers.ensure(tenantId, clock.now() + TIMER.firstMs, { enoughAt: clock.now() + TIMER.enoughMs });
