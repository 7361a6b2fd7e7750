/** Each minute: wakes the tenants whose timer rows are due. */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { WakeUps } from '../queue/wake-ups.ts';
import { TIMERS_PARTITION, tenantIdOfTimer, timersUntil } from '../store/sync-keys.ts';
import { type Item, type Table, queryAll } from '../store/table.ts';

export interface SweepDeps {
  table: Table;
  wakeUps: WakeUps;
  clock: Clock;
  /** Told of the tenants that are due: someone may have to be told of a tenant in trouble. */
  watch?: (tenantIds: readonly TenantId[]) => Promise<void>;
}

export interface Sweep {
  /** Answers how many tenants were woken. @throws AggregateError where a part failed, after all parts were tried */
  sweep(): Promise<number>;
}

/** A row that could not be sent for stays, and is due at the next sweep. */
class UnsentError extends Error {
  override name = 'UnsentError';
}

const DELETES_AT_ONCE = 16;

export function createSweep(deps: SweepDeps): Sweep {
  const { table, clock, watch } = deps;
  return {
    async sweep() {
      const errors: unknown[] = [];
      const rows: Item[] = [];
      let woken = 0;
      try {
        const query = { pk: TIMERS_PARTITION, to: timersUntil(clock.now()) };
        for await (const row of queryAll(table, query)) rows.push(row);
      } catch (error) {
        errors.push(error);
      }
      const steps = [
        async () => void (woken = await wakeAndDelete(deps, rows)),
        async () => watch?.([...new Set(rows.map(({ sk }) => tenantIdOfTimer(sk)))]),
      ];
      for (const step of steps) await step().catch((error: unknown) => errors.push(error));
      if (errors.length > 0) throw new AggregateError(errors, 'not all could be swept');
      return woken;
    },
  };
}

/** A row is deleted only once its wake-up is sent. */
async function wakeAndDelete({ table, wakeUps }: SweepDeps, rows: readonly Item[]): Promise<number> {
  const byTenant = Map.groupBy(rows, ({ sk }) => tenantIdOfTimer(sk));
  const unsent = new Set(
    (await wakeUps.send([...byTenant.keys()].map((tenantId) => ({ tenantId })))).map(
      ({ tenantId }) => tenantId,
    ),
  );
  const done = [...byTenant].filter(([tenantId]) => !unsent.has(tenantId));
  await mapConcurrently(
    done.flatMap(([, of]) => of),
    DELETES_AT_ONCE,
    (row) => table.delete(row),
  );
  if (unsent.size > 0) throw new UnsentError();
  return done.length;
}
