/**
 * From valid events to the promise of a 202: durably stored, and certain to be worked on. The event's item is
 * written before a message is sent that leads to it; one that could not be sent is made good by the sweeper, which
 * finds the tenant by its work marker and the event in the index.
 */
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { SourceWhaleEvent } from '../events/event.ts';
import {
  EVENT_RETENTION_SECONDS,
  OPEN_GRACE_SECONDS,
  RESEND_AFTER_SECONDS,
  type StoredEvent,
} from '../events/stored-event.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { EventQueue } from '../queue/queue.ts';
import { batchKey, eventKey, openEventsPartition, workKey } from '../store/keys.ts';
import { ConflictError, type NewItem, type Table } from '../store/table.ts';
import { Backlog, WORK_MARKER_INTERVAL_MS } from '../sync/backlog.ts';
import { Admission } from './admission.ts';

/** Enough to keep the table busy, few enough for the connection pool. */
const WRITES_AT_ONCE = 32;
/** A table that is slower gets no further write: the sender is told what to send again. Half of what API Gateway waits. */
const STORING_PATIENCE_MS = 15_000;

export interface Receipt {
  batchId: string;
  /** In the order of the events given: whether the event is stored, now or before. */
  stored: boolean[];
  /** For the log. */
  repeats: number;
  unsent: number;
}

type Stored = 'new' | 'repeat' | 'failed';

export class Intake {
  readonly #table: Table;
  readonly #queue: EventQueue;
  readonly #cipher: Cipher;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #admission: Admission;
  readonly #backlog: Backlog;
  readonly #markedAt = new Map<string, number>();

  constructor(table: Table, queue: EventQueue, cipher: Cipher, clock: Clock, newId: () => string) {
    this.#table = table;
    this.#queue = queue;
    this.#cipher = cipher;
    this.#clock = clock;
    this.#newId = newId;
    this.#admission = new Admission(table, clock);
    this.#backlog = new Backlog({ table, queue, clock });
  }

  /**
   * Stores and queues the events; of several with one id the first counts.
   * @throws what the table or the cipher throws, as long as nothing has been stored
   */
  async accept(tenantId: string, events: readonly SourceWhaleEvent[]): Promise<Receipt> {
    const now = this.#clock.now();
    const batchId = this.#newId();
    const unique = firstOfEach(events);
    const alone = await this.#admission.admits(tenantId, unique);
    const dueAt = alone ? now + RESEND_AFTER_SECONDS * 1000 : now;
    const items = await Promise.all(
      unique.map((event) => this.#toItem(tenantId, event, { batchId, receivedAt: now, dueAt })),
    );
    await Promise.all([
      this.#markWork(tenantId, now),
      this.#putBatch(tenantId, batchId, unique, now),
      ...(alone ? [] : [this.#backlog.mark(tenantId)]),
    ]);
    const outcomes = await mapConcurrently(items, WRITES_AT_ONCE, (item) => this.#store(item, now));
    const failed = new Set(unique.filter((_, index) => outcomes[index] === 'failed').map(({ id }) => id));
    if (failed.size > 0) {
      await this.#putBatch(
        tenantId,
        batchId,
        unique.filter(({ id }) => !failed.has(id)),
        now,
      ).catch(() => undefined);
    }
    const unsent = alone ? await this.#send(tenantId, unique, outcomes) : 0;
    if (!alone) await this.#backlog.ring(tenantId);
    return {
      batchId,
      stored: events.map(({ id }) => !failed.has(id)),
      repeats: outcomes.filter((outcome) => outcome === 'repeat').length,
      unsent,
    };
  }

  /** @param times epoch milliseconds; from `dueAt` on the event is part of the backlog */
  async #toItem(
    tenantId: string,
    event: SourceWhaleEvent,
    { batchId, receivedAt, dueAt }: { batchId: string; receivedAt: number; dueAt: number },
  ): Promise<NewItem> {
    const stored: Omit<StoredEvent, 'version'> & NewItem = {
      ...eventKey(tenantId, event.id),
      type: event.type,
      occurredAt: event.occurredAt,
      receivedAt,
      batchId,
      state: 'queued',
      attempts: 0,
      payload: await this.#cipher.encrypt(tenantId, JSON.stringify(event)),
      indexPk: openEventsPartition(tenantId),
      indexSk: new Date(dueAt).toISOString(),
      expiresAt: expiry(receivedAt) + OPEN_GRACE_SECONDS,
    };
    return stored;
  }

  /** Before the events: whatever is stored afterwards, the sweeper knows where to look. */
  async #markWork(tenantId: string, now: number): Promise<void> {
    if (now - (this.#markedAt.get(tenantId) ?? -Infinity) < WORK_MARKER_INTERVAL_MS) return;
    await this.#table.put({ ...workKey(tenantId), lastReceivedAt: now }, 'anything');
    this.#markedAt.set(tenantId, now);
  }

  async #putBatch(
    tenantId: string,
    batchId: string,
    events: readonly SourceWhaleEvent[],
    now: number,
  ): Promise<void> {
    const eventIds = events.map(({ id }) => id);
    const item = { ...batchKey(tenantId, batchId), eventIds, receivedAt: now, expiresAt: expiry(now) };
    await this.#table.put(item, 'anything');
  }

  async #store(item: NewItem, since: number): Promise<Stored> {
    if (this.#clock.now() - since > STORING_PATIENCE_MS) return 'failed';
    try {
      await this.#table.put(item, 'absent');
      return 'new';
    } catch (error) {
      return error instanceof ConflictError ? 'repeat' : 'failed';
    }
  }

  /** Answers how many could not be sent: the sweeper finds those in the index. */
  async #send(
    tenantId: string,
    events: readonly SourceWhaleEvent[],
    outcomes: readonly Stored[],
  ): Promise<number> {
    const repeats = events.filter((_, index) => outcomes[index] === 'repeat').map(({ id }) => id);
    const open = await this.#stillOpen(tenantId, repeats);
    const pointers = events
      .filter(({ id }, index) => outcomes[index] === 'new' || open.has(id))
      .map(({ id }) => ({ tenantId, eventId: id }));
    return (await this.#queue.send(pointers)).length;
  }

  /** A repeat of an event that has not ended is a reason to send it again; of one that has, it is nothing. */
  async #stillOpen(tenantId: string, eventIds: readonly string[]): Promise<Set<string>> {
    try {
      const items = await this.#table.getMany(eventIds.map((id) => eventKey(tenantId, id)));
      return new Set(items.filter(({ state }) => state === 'queued').map(({ sk }) => sk));
    } catch {
      // They are stored and in the index: this was a courtesy.
      return new Set();
    }
  }
}

const expiry = (now: number): number => Math.floor(now / 1000) + EVENT_RETENTION_SECONDS;

/** The first content of an id is the one that counts, within one request as well. */
function firstOfEach(events: readonly SourceWhaleEvent[]): SourceWhaleEvent[] {
  const seen = new Set<string>();
  return events.filter(({ id }) => !seen.has(id) && seen.add(id));
}
