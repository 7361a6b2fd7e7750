/** What a handler works with during one turn of one tenant. A handler keeps nothing between turns. */
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { DocumentFiles } from '../documents/document-files.ts';
import type { EndedEvent, OpenEvent, Outcome, StoredContent, StoredEvent } from '../events/event-item.ts';
import type { Work } from '../events/urgency.ts';
import type { Firefish } from '../firefish/port.ts';
import type { Table } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';

export { TurnOverError } from '../turn-over-error.ts';

/**
 * In-memory locks of one turn. They are needed because one writer is not one thread: 32 groups are in hand at once.
 * Levels, to be taken in this order and never backwards, which excludes deadlocks:
 * identity keys (the turn takes them when it starts a group), person ids, Firefish refs, company names, note ids.
 */
export interface Locks {
  /** Waits until all names are free, takes them at once, runs `work`, and frees them. */
  hold<T>(names: readonly string[], work: () => Promise<T>): Promise<T>;
}

export interface TurnContext {
  readonly tenant: Tenant;
  /** Every use passes the turn's guard: it throws TurnOverError once the turn is over. */
  readonly table: Table;
  readonly cipher: Cipher;
  readonly documents: DocumentFiles;
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly newId: () => string;
  /** FIREFISH_TIMEOUT_MS. */
  readonly callTimeoutMs: number;
  readonly locks: Locks;
  /** Epoch milliseconds after which long work (a domain's opt-out) stops, keeps its progress and waits. */
  readonly deadline: number;
  /** @throws TurnOverError */
  check(): void;
  /** Firefish for this work: its calls wait in line by the work's urgency. */
  firefish(work: Work): Firefish;
  /**
   * Writes how the event ended. Twice is harmless; an event that has ended stays ended. An erasure ends events of other
   * groups that the turn has read and not started: the turn never starts an event that was ended here.
   */
  finish(item: OpenEvent, outcome: Outcome): Promise<void>;
  /**
   * Replaces how an event ended that waited for its person or a step (`Outcome.waits`). Twice is harmless; what was
   * erased meanwhile stays as it is.
   */
  finishAgain(item: EndedEvent, outcome: Outcome): Promise<void>;
  /** The event of a stored item; `undefined` where its content is not kept any more. */
  contentOf(item: StoredEvent): Promise<StoredContent | undefined>;
}

/** How the work on a group of events came out. */
export type GroupResult =
  /** Every event of the group has ended: `finish` was called for each. */
  | { kind: 'ended' }
  /** The open events of the group wait until then (epoch milliseconds); the rest of the tenant continues. */
  | { kind: 'waits'; until: number; reason: WaitReason };

/** `settling`: a lost answer may still take effect; `conflict`: 409; `progress`: more of the same work follows. */
export type WaitReason =
  'limit' | 'token' | 'outage' | 'credentials' | 'settling' | 'conflict' | 'progress' | 'error';
