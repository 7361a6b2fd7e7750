/**
 * Two people in hand can have one Firefish record: a recruiter has changed an address. Their writes do not mix, and a
 * plan that was made before the other's write is made again.
 */
import { type RecordKey, recordKey } from '../plan/person-state.ts';
import type { Operation } from '../plan/types.ts';
import type { Locks } from '../turn/turn-context.ts';

/** The writes of one turn: goes with its locks. */
class RecordWrites {
  #count = 0;
  readonly #last = new Map<RecordKey, number>();

  get count(): number {
    return this.#count;
  }

  note(records: readonly RecordKey[]): void {
    this.#count += 1;
    for (const record of records) this.#last.set(record, this.#count);
  }

  isWrittenSince(records: readonly RecordKey[], count: number): boolean {
    return records.some((record) => (this.#last.get(record) ?? 0) > count);
  }
}

const WRITES = new WeakMap<Locks, RecordWrites>();

function writesOf(locks: Locks): RecordWrites {
  const writes = WRITES.get(locks) ?? new RecordWrites();
  WRITES.set(locks, writes);
  return writes;
}

/** To be taken before anything is read for a plan. */
export const writesSoFar = (locks: Locks): number => writesOf(locks).count;

/** Another person's work has written one of the records since the plan was made. */
export class PlanOutdatedError extends Error {
  override name = 'PlanOutdatedError';
}

/** @throws PlanOutdatedError where `since` (`writesSoFar`) is too long ago */
export async function withRecords<T>(
  locks: Locks,
  operations: readonly Operation[],
  since: number,
  write: () => Promise<T>,
): Promise<T> {
  const records = [
    ...new Set(
      operations.flatMap((one) => ('ref' in one ? [recordKey({ kind: one.kind, ref: one.ref })] : [])),
    ),
  ].sort();
  if (records.length === 0) return write();
  const names = records.map((record) => `record ${record}`);
  return locks.hold(names, async () => {
    const writes = writesOf(locks);
    if (writes.isWrittenSince(records, since)) throw new PlanOutdatedError();
    try {
      return await write();
    } finally {
      writes.note(records);
    }
  });
}
