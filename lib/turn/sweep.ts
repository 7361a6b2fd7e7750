/** Each minute: wakes the tenants whose timer rows are due. */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { WakeUps } from '../queue/wake-ups.ts';
import { TIMERS_PARTITION, tenantIdOfTimer, timersUntil } from '../store/sync-keys.ts';
import { type Item, type Table, queryAll } from '../store/table.ts';

interface SweepDeps {
  table: Table;
  wakeUps: WakeUps;
  clock: Clock;
  /** Told of the tenants that are due: someone may have to be told of a tenant in trouble. */
  watch?: (tenantIds: readonly TenantId[]) => Promise<void>;
}

export interface Sweep {
  /** Answers how many tenants were woken. @throws AggregateError if a part failed, after all parts were tried */
  sweep(): Promise<number>;
}

const DELETES_AT_ONCE = 16;

export const createSweep = (deps: SweepDeps): Sweep => ({
  async sweep() {
    const errors: unknown[] = [];
    const attempt = <T>(step: Promise<T> | undefined): Promise<T | undefined> =>
      Promise.resolve(step).catch((error: unknown) => void errors.push(error));
    const rows: Item[] = [];
    await attempt(readDue(deps, rows));
    const byTenant = Map.groupBy(rows, ({ sk }) => tenantIdOfTimer(sk));
    const woken = await attempt(wakeAndDelete(deps, byTenant));
    await attempt(deps.watch?.([...byTenant.keys()]));
    if (errors.length > 0) throw new AggregateError(errors, 'not all could be swept');
    return woken ?? 0;
  },
});

async function readDue({ table, clock }: SweepDeps, rows: Item[]): Promise<void> {
  for await (const row of queryAll(table, { pk: TIMERS_PARTITION, to: timersUntil(clock.now()) }))
    rows.push(row);
}

/** A row is deleted only once its wake-up is sent: one that was not sent for is due at the next sweep. */
async function wakeAndDelete(
  { table, wakeUps }: SweepDeps,
  byTenant: ReadonlyMap<TenantId, readonly Item[]>,
): Promise<number> {
  const failed = await wakeUps.send([...byTenant.keys()].map((tenantId) => ({ tenantId })));
  const unsent = new Set(failed.map(({ tenantId }) => tenantId));
  const done = [...byTenant].filter(([tenantId]) => !unsent.has(tenantId));
  const rows = done.flatMap(([, of]) => of);
  await mapConcurrently(rows, DELETES_AT_ONCE, (row) => table.delete(row));
  if (unsent.size > 0) throw new Error('not all wake-ups could be sent');
  return done.length;
}
