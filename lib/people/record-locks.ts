/**
 * Two people in hand can have one Firefish record: a recruiter has changed an address. Their writes do not mix, and a
 * plan that was made before the other's write is made again.
 */
import { type RecordKey, recordKey } from '../plan/person-state.ts';
import type { Operation } from '../plan/types.ts';
import type { Locks } from '../turn/turn-context.ts';

/** Of one turn: how many there were, and which was a record's last. They go with the turn's locks. */
interface Writes {
  count: number;
  last: Map<RecordKey, number>;
}

const WRITES = new WeakMap<Locks, Writes>();

function writesOf(locks: Locks): Writes {
  const writes = WRITES.get(locks) ?? { count: 0, last: new Map<RecordKey, number>() };
  WRITES.set(locks, writes);
  return writes;
}

/** To be taken before anything is read for a plan. */
export const writesSoFar = (locks: Locks): number => writesOf(locks).count;

/** Another person's work has written one of the records since the plan was made. */
export class PlanOutdatedError extends Error {
  override name = 'PlanOutdatedError';
}

/** @throws PlanOutdatedError if `since` (`writesSoFar`) is too long ago */
export async function withRecords<T>(
  locks: Locks,
  operations: readonly Operation[],
  since: number,
  write: () => Promise<T>,
): Promise<T> {
  const records = operations.flatMap((one) =>
    'ref' in one ? [recordKey({ kind: one.kind, ref: one.ref })] : [],
  );
  if (records.length === 0) return write();
  const names = records.map((record) => `record ${record}`);
  return locks.hold(names, async () => {
    const writes = writesOf(locks);
    if (records.some((record) => (writes.last.get(record) ?? 0) > since)) throw new PlanOutdatedError();
    try {
      return await write();
    } finally {
      writes.count += 1;
      for (const record of records) writes.last.set(record, writes.count);
    }
  });
}
