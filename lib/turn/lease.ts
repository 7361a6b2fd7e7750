/**
 * The tenant's lease, the only one in the system, and the guard that every step of a turn passes. Versions protect the
 * tables from a former holder; only time protects Firefish: a call leaves only while a fresh save vouches for it, and
 * the lease ends after the last such call can have reached Firefish.
 */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import { turnKey } from '../store/sync-keys.ts';
import { ConflictError, type Item, type NewItem, type Table } from '../store/table.ts';
import { TURN, leaseMs } from '../times.ts';
import { TurnOverError } from '../turn-over-error.ts';
import { type Kept, type TurnItem, type TurnRecord, readTurn } from './turn-record.ts';

export class Lease {
  readonly #deps: { table: Table; clock: Clock };
  readonly #tenantId: TenantId;
  readonly #durationMs: number;
  readonly #epoch: number;
  readonly #holder: string;
  readonly #over = new AbortController();
  #version: number | undefined;
  /** When the last successful save was sent. */
  #sentAt = -Infinity;

  /**
   * The first `save` takes the lease, on the condition that its record is still the one that was read before the work
   * was looked up.
   */
  constructor(
    deps: { table: Table; clock: Clock; newId: () => string; config: { FIREFISH_TIMEOUT_MS: number } },
    tenantId: TenantId,
    before: TurnItem | undefined,
  ) {
    this.#deps = deps;
    this.#tenantId = tenantId;
    this.#durationMs = leaseMs(deps.config.FIREFISH_TIMEOUT_MS);
    this.#epoch = (before?.epoch ?? 0) + 1;
    this.#holder = deps.newId();
    this.#version = before?.version;
  }

  /** Aborted when the turn is over: what sleeps or waits for a lock ends. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** By this holder's clock (epoch milliseconds). */
  get end(): number {
    return this.#sentAt + this.#durationMs;
  }

  /** For tables and all steps after an await. @throws TurnOverError */
  check(): void {
    if (this.signal.aborted || this.#deps.clock.now() >= this.end) this.#throwOver();
  }

  /** For calls to Firefish. @throws TurnOverError */
  mayLeave(): void {
    const isFresh = this.#deps.clock.now() - this.#sentAt < TURN.callAfterSaveMs;
    // A table that hesitates ends no turn: the next save lets calls leave again.
    if (this.signal.aborted || !isFresh) throw new TurnOverError();
  }

  /** The turn is over for all that it started. */
  endTurn(): void {
    this.#over.abort();
  }

  /** @throws TurnOverError if the lease was lost; else what the table throws, and the save may be tried again */
  async save(kept: Kept, closedAt?: number): Promise<void> {
    if (this.signal.aborted) throw new TurnOverError();
    const sentAt = this.#deps.clock.now();
    const item: NewItem & TurnRecord = {
      ...{ ...turnKey(this.#tenantId), ...kept, epoch: this.#epoch, holder: this.#holder },
      ...{ savedAt: sentAt, leaseEnd: sentAt + this.#durationMs },
      ...(closedAt !== undefined && { closedAt }),
    };
    this.#version = (await this.#write(item)).version;
    this.#sentAt = sentAt;
  }

  /** The last write of the turn. Its guard lets nothing pass from then on. */
  async close(kept: Kept): Promise<void> {
    await this.save(kept, this.#deps.clock.now());
    this.endTurn();
  }

  /** A save that failed may have landed after all: then the next one meets it, and continues from there. */
  async #write(item: NewItem): Promise<Item> {
    const { table } = this.#deps;
    for (;;) {
      try {
        return await table.put(item, this.#version ?? 'absent');
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        const there = await readTurn(table, this.#tenantId);
        if (there?.holder !== this.#holder || there.version === this.#version) this.#throwOver();
        this.#version = there.version;
      }
    }
  }

  #throwOver(): never {
    this.endTurn();
    throw new TurnOverError();
  }
}

/** Every use of the table passes the guard, before it and after it. */
export function guardedTable(table: Table, check: () => void): Table {
  const guarded = async <T>(use: () => Promise<T>): Promise<T> => {
    check();
    const answer = await use();
    check();
    return answer;
  };
  return {
    get: (key) => guarded(() => table.get(key)),
    getMany: (keys) => guarded(() => table.getMany(keys)),
    query: (query) => guarded(() => table.query(query)),
    put: (item, expected) => guarded(() => table.put(item, expected)),
    delete: (key, expected) => guarded(() => table.delete(key, expected)),
  };
}

/** Waits for time, or for something to happen. */
export class Alarm {
  readonly #clock: Clock;
  #rung = false;
  #sleeping: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#sleeping?.abort();
  }

  /** Ends after this time, or as soon as the alarm rings or has rung since it was waited for last. */
  async wait(milliseconds: number): Promise<void> {
    if (!this.#rung) {
      this.#sleeping = new AbortController();
      await this.#clock.sleep(milliseconds, this.#sleeping.signal);
    }
    this.#rung = false;
  }
}
