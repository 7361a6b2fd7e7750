/**
 * From valid events to the promise of a 202: durably stored, and certain to be worked on. The order of writes is timer
 * row, batch item and inbox rows, events, wake-up: if the process ends in between, there is a row for the sweep, and an
 * inbox row that names what is stored.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { Event } from '../events/event.ts';
import { sealContent } from '../events/event-content.ts';
import type { OpenEvent, StoredContent, StoredEvent } from '../events/event-item.ts';
import { eventOrder } from '../events/event-order.ts';
import type { InternalEvent } from '../events/internal-event.ts';
import type { Urgency } from '../events/urgency.ts';
import type { BatchId, TenantId, EventId } from '../ids.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { WakeUps } from '../queue/wake-ups.ts';
import { batchItemKey, eventItemKey, inboxKey } from '../store/sync-keys.ts';
import { ConflictError, type NewItem, type Table } from '../store/table.ts';
import { CLASS_2, EVENT_RETENTION_SECONDS, OPEN_GRACE_SECONDS, STORING_PATIENCE_MS } from '../times.ts';
import { ensureForStoring, Timers, wakeTenant } from '../queue/timers.ts';

export interface IntakeDeps {
  table: Table;
  wakeUps: WakeUps;
  cipher: Cipher;
  clock: Clock;
  newId: () => string;
}

export interface Incoming {
  event: Event;
  /** SHA-256 of the content as sent, before tidying. Default: of the event as it is. */
  contentHash?: string;
}

/** `retry`: could not be stored, send it again; `reused`: the id was used with other content. */
export type Storing = 'stored' | 'retry' | 'reused';

export interface Receipt {
  batchId: string;
  /** In the order of the events given. */
  results: Storing[];
  /** For the log. */
  repeats: number;
  woken: boolean;
}

export interface Intake {
  /**
   * Stores the events of one POST and wakes the tenant; of several with one id the first counts.
   * @throws what the table or the cipher throws, as long as nothing is stored
   */
  accept(tenantId: TenantId, events: readonly Incoming[]): Promise<Receipt>;
  /** The same for work that an operator asks for. Asking again with the same id resumes it. */
  acceptInternal(tenantId: TenantId, event: InternalEvent): Promise<void>;
}

/** Enough to keep the table busy, few enough for the connection pool. */
const WRITES_AT_ONCE = 32;
/** Work that an operator asks for has a separate class before all others: it runs in every state of the tenant. */
const INTERNAL_CLASS = 0;
/** Base 36, so that batch ids sort by time. */
const TIME_DIGITS = 9;

interface NewEvent {
  id: EventId;
  urgency: Urgency;
  contentHash: string;
  item: NewItem;
}

/** The item that is stored under an id now. Its content may differ. */
type Stored = 'retry' | { contentHash: string; isNew: boolean };

export function createIntake(deps: IntakeDeps): Intake {
  const { table, clock } = deps;
  const timers = new Timers(table, clock);
  return {
    async accept(tenantId, events) {
      await ensureForStoring(timers, clock, tenantId);
      return new Post(deps, tenantId, firstOfEach(events)).accept(events);
    },
    async acceptInternal(tenantId, event) {
      await ensureForStoring(timers, clock, tenantId);
      await new Post(deps, tenantId, [{ event }]).acceptInternal();
    },
  };
}

/** The events of one request on their way into the table. */
class Post {
  readonly #deps: IntakeDeps;
  readonly #tenantId: TenantId;
  readonly #events: readonly { event: StoredContent; contentHash?: string }[];
  readonly #receivedAt: number;
  readonly #batchId: BatchId;

  constructor(
    deps: IntakeDeps,
    tenantId: TenantId,
    events: readonly { event: StoredContent; contentHash?: string }[],
  ) {
    this.#deps = deps;
    this.#tenantId = tenantId;
    this.#events = events;
    this.#receivedAt = deps.clock.now();
    const time = this.#receivedAt.toString(36).padStart(TIME_DIGITS, '0');
    this.#batchId = `${time}-${deps.newId()}` as BatchId; // ids of batches are made here
  }

  /** @param all those of one id as well */
  async accept(all: readonly Incoming[]): Promise<Receipt> {
    const items = await this.#items();
    await Promise.all([this.#putBatch(this.#events.map(({ event }) => event.id)), this.#putInboxRows(items)]);
    const stored = new Map<EventId, Stored>();
    await mapConcurrently(items, WRITES_AT_ONCE, async ({ item, id, contentHash }) => {
      stored.set(id, await this.#store(item, contentHash));
    });
    const results = all.map((one) => resultOf(stored.get(one.event.id), one));
    const known = new Set(all.flatMap(({ event }, at) => (results[at] === 'stored' ? [event.id] : [])));
    if (known.size < stored.size) await this.#putBatch([...known]).catch(() => undefined);
    const woken = known.size > 0 && (await this.#wake());
    const repeats = [...stored].filter(([id, one]) => known.has(id) && one !== 'retry' && !one.isNew).length;
    return { batchId: this.#batchId, results, repeats, woken };
  }

  async acceptInternal(): Promise<void> {
    const [only] = await this.#items();
    if (only === undefined) return;
    await this.#putRow(INTERNAL_CLASS, 1, [only.id]);
    try {
      await this.#deps.table.put(only.item, 'absent');
    } catch (error) {
      // An earlier request has stored it; it continues.
      if (!(error instanceof ConflictError)) throw error;
    }
    await this.#wake();
  }

  #items(): Promise<NewEvent[]> {
    return Promise.all(
      this.#events.map(async ({ event, contentHash = hashOf(event) }) => {
        const urgency = urgencyOf(event, this.#events.length);
        const item: NewItem = {
          ...eventItemKey(this.#tenantId, event.id),
          state: 'queued',
          type: event.type,
          order: eventOrder(event),
          urgency,
          contentHash,
          receivedAt: this.#receivedAt,
          batchId: this.#batchId,
          attempts: 0,
          content: await sealContent(
            this.#deps.cipher,
            this.#tenantId,
            eventItemKey(this.#tenantId, event.id),
            event,
          ),
          expiresAt: this.#expiry + OPEN_GRACE_SECONDS,
        } satisfies Omit<OpenEvent, 'version'>;
        return { id: event.id, urgency, contentHash, item };
      }),
    );
  }

  async #putBatch(eventIds: readonly EventId[]): Promise<void> {
    const item = { ...batchItemKey(this.#tenantId, this.#batchId), eventIds, receivedAt: this.#receivedAt };
    await this.#deps.table.put({ ...item, expiresAt: this.#expiry }, 'anything');
  }

  /** Before the events, so that every stored event is listed. */
  async #putInboxRows(items: readonly NewEvent[]): Promise<void> {
    const byUrgency = Map.groupBy(items, ({ urgency }) => urgency);
    await Promise.all(
      [...byUrgency].map(([urgency, of]) =>
        this.#putRow(
          urgency,
          urgency,
          of.map(({ id }) => id),
        ),
      ),
    );
  }

  async #putRow(inboxClass: number, urgency: Urgency, eventIds: readonly EventId[]): Promise<void> {
    const key = inboxKey(this.#tenantId, inboxClass, this.#receivedAt, this.#batchId);
    const row = { ...key, eventIds, urgency, receivedAt: this.#receivedAt };
    await this.#deps.table.put({ ...row, expiresAt: this.#expiry + OPEN_GRACE_SECONDS }, 'anything');
  }

  async #store(item: NewItem, contentHash: string): Promise<Stored> {
    // No more writes to a slow table: the answer names the events to send again.
    if (this.#deps.clock.now() - this.#receivedAt > STORING_PATIENCE_MS) return 'retry';
    try {
      await this.#deps.table.put(item, 'absent');
      return { contentHash, isNew: true };
    } catch (error) {
      if (!(error instanceof ConflictError)) return 'retry';
    }
    try {
      const there = (await this.#deps.table.get(item)) as StoredEvent | undefined; // only StoredEvents have these keys
      return there === undefined ? 'retry' : { contentHash: there.contentHash, isNew: false };
    } catch {
      return 'retry';
    }
  }

  /**
   * If the wake-up cannot be sent, a timer row makes the tenant due at the next sweep; if that fails, too, its first
   * timer row does.
   */
  async #wake(): Promise<boolean> {
    try {
      return await wakeTenant(this.#deps, this.#tenantId);
    } catch {
      return false;
    }
  }

  get #expiry(): number {
    return Math.floor(this.#receivedAt / 1000) + EVENT_RETENTION_SECONDS;
  }
}

function resultOf(stored: Stored = 'retry', { event, contentHash = hashOf(event) }: Incoming): Storing {
  if (stored === 'retry') return 'retry';
  return stored.contentHash === contentHash ? 'stored' : 'reused';
}

/** 128 bits are enough to tell contents of one id apart. */
const hashOf = (event: StoredContent): string =>
  createHash('sha256').update(JSON.stringify(event)).digest('base64url').slice(0, 22);

/** The first content of an id counts, also within one request. */
function firstOfEach(events: readonly Incoming[]): Incoming[] {
  const seen = new Set<string>();
  return events.filter(({ event: { id } }) => !seen.has(id) && seen.add(id));
}

const ABOUT_CONSENT = /^(marketing|domain)\.|\.flagged$|^internal\./;

/** @param posted events in the same request: few events are what a person has just done */
function urgencyOf(event: StoredContent, posted: number): Urgency {
  if (ABOUT_CONSENT.test(event.type)) return 1;
  if ('origin' in event && event.origin === 'automation') return 4;
  return posted <= CLASS_2.mostInOnePost ? 2 : 3;
}
