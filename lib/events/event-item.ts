/** Events as they are stored: a union by state. Personal data is in encrypted blobs only. */
import type { EventOrder } from './event-order.ts';
import type { BatchId, PersonId } from '../ids.ts';
import type { Item } from '../store/table.ts';
import type { Urgency } from './urgency.ts';
import type { Event } from './event.ts';
import type { InternalEvent } from './internal-event.ts';
import type { FailReason, SkipReason } from './reasons.ts';

export type StoredContent = Event | InternalEvent;

export interface EventAction {
  entity: 'candidate' | 'contact' | 'company';
  ref: number;
  operation: 'created' | 'updated' | 'unchanged' | 'noted' | 'opted_out' | 'opted_in';
  /** Names of Firefish fields, never values. */
  fields?: string[];
}

/** How an event ended, as stored, previewed and shown. Field names, never values. */
export interface Outcome {
  state: 'synced' | 'skipped' | 'failed';
  /** One of reasons.ts. It may be indexed and logged. */
  reason?: string;
  /** The text of Firefish's refusal. It can name a person, so it is encrypted. */
  words?: string;
  actions: EventAction[];
  /** Each begins with one of `NOTE_CODES`. */
  notes: string[];
  /** True for an event whose content is kept because it may be planned again when the person or a step appears. */
  waits?: true;
}

export const skipped = (reason: SkipReason, notes: string[] = []): Outcome => ({
  ...{ state: 'skipped', reason, actions: [], notes },
});

export const failed = (reason: FailReason, notes: string[] = []): Outcome => ({
  ...{ state: 'failed', reason, actions: [], notes },
});

interface StoredEventBase extends Item {
  type: StoredContent['type'];
  /** Event order (`eventOrder`): sorts as text. */
  order: EventOrder;
  /** SHA-256 of the content as sent, for `id-reused`. */
  contentHash: string;
  /** Epoch milliseconds. */
  receivedAt: number;
  batchId: BatchId;
  /** How often it has ended: more than once if it was replayed or planned again. */
  attempts: number;
  /** Epoch milliseconds: when the 30 days for which it can wait started again. */
  replayedAt?: number;
  /** The person that it was about, as soon as that is known. */
  personId?: PersonId;
  /** The text of Firefish's refusal, encrypted; of long work that is still open, the first one so far. */
  words?: Uint8Array;
}

/** Accepted, and not ended. `deferred` is not stored: it is read from the turn record and `waitUntil`. */
export interface OpenEvent extends StoredEventBase {
  state: 'queued';
  urgency: Urgency;
  /** The event as JSON, deflated and encrypted. */
  content: Uint8Array;
  /** Set while this event waits alone: why, and until when (epoch milliseconds). */
  waitReason?: string;
  waitUntil?: number;
  /** How often the work on it failed: because of an error of ours, or because Firefish had one each time. */
  errors?: number;
  /** The progress of long work (a domain's opt-out). */
  progress?: unknown;
}

export interface EndedEvent extends StoredEventBase {
  state: 'synced' | 'skipped' | 'failed';
  finishedAt: number;
  reason?: string;
  actions: EventAction[];
  notes: string[];
  /** Kept if the event may be planned again or replayed. */
  content?: Uint8Array;
  /** A failed event that an operator has dismissed (epoch milliseconds); the reason is encrypted. */
  dismissedAt?: number;
  dismissReason?: Uint8Array;
}

export type StoredEvent = OpenEvent | EndedEvent;
