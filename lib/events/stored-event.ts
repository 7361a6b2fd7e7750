import type { Item } from '../store/table.ts';

/** Where an event stands in the table. `deferred` is not stored: it is read off the due time and the breaker. */
export type StoredState = 'queued' | 'synced' | 'skipped' | 'failed';

export interface EventAction {
  entity: 'candidate' | 'contact' | 'company';
  ref: number;
  operation: 'created' | 'updated' | 'unchanged' | 'noted' | 'opted_out' | 'opted_in';
  /** Names of Firefish fields, never values. */
  fields?: string[];
}

/**
 * The event's item (`eventKey`), written by `receive` before the pointer is queued: claim check and outbox
 * in one. While the event has not ended it stands in the sparse index (`indexPk` = `openEventsPartition`,
 * `indexSk` = the ISO instant from which on it is part of the tenant's backlog if nobody has ended it by then); once it
 * has ended, among those that ended alike (`endedEventsPartition`, `failedEventsPartition`) by the instant it did.
 */
export interface StoredEvent extends Item {
  type: string;
  /** As the sender wrote it. */
  occurredAt: string;
  /** Epoch milliseconds. */
  receivedAt: number;
  batchId: string;
  state: StoredState;
  /** How often it has ended: by replay, or planned again, more than once. What broke off is counted in `breakdowns`. */
  attempts: number;
  /** The validated event as JSON, encrypted; gone once the event is `synced` or the person erased. */
  payload?: Uint8Array;
  /** Set while the event waits: why, and until when (epoch milliseconds). */
  deferredReason?: string;
  deferredUntil?: number;
  /** Epoch milliseconds: the thirty days for which it may wait began anew. */
  replayedAt?: number;
  /** How often the work on it broke off for a reason that is none of Firefish's. */
  breakdowns?: number;
  /** How far a domain's word has come before it had to wait. */
  progress?: DomainProgress;
  finishedAt?: number;
  reason?: string;
  actions?: EventAction[];
  /** How the person was matched, which records were ambiguous: for a support person. */
  notes?: string[];
}

export interface DomainProgress {
  /** Keyed hash of the last address that was reached, in the order of the hashes. */
  after: string;
  addresses: number;
  /** Firefish's own words, where it refused one of them. */
  refused?: string;
}

/** Events, failed ones too, are kept this long after they were received or ended. */
export const EVENT_RETENTION_SECONDS = 30 * 24 * 3600;
/** An event with a message of its own that nobody has ended by then is part of the backlog. */
export const RESEND_AFTER_SECONDS = 180;
/** How much longer an open event is kept than it may wait: somebody must still find it to say that it failed. */
export const OPEN_GRACE_SECONDS = 7 * 24 * 3600;
