/** What the turn and the code that knows one kind of subject (a person, a company, a domain) ask of each other. */
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { DocumentFiles } from '../documents/document-files.ts';
import type { EndedEvent, OpenEvent, Outcome, StoredContent } from '../events/event-item.ts';
import type { WaitReason } from '../events/reasons.ts';
import type { Work } from '../events/urgency.ts';
import { ConflictedError, FailedError, UnavailableError, UnknownOutcomeError } from '../firefish/errors.ts';
import type { Firefish } from '../firefish/port.ts';
import type { Table } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { CONFLICT_PAUSE_MS, LATE_MS } from '../times.ts';

/**
 * In-memory locks of one turn. They are needed because one writer is not one thread: 32 groups are in hand at once.
 * Levels, to be taken in this order and never backwards, which excludes deadlocks:
 * identity keys (the turn takes them when it starts a group), person ids, Firefish refs, company names.
 */
export interface Locks {
  /** Waits until all names are free, takes them at once, runs `work`, and frees them. */
  hold<T>(names: readonly string[], work: () => Promise<T>): Promise<T>;
}

/** What a handler works with during one turn of one tenant. A handler keeps nothing between turns. */
export interface TurnContext {
  readonly tenant: Tenant;
  /** Every use passes the turn's guard: it throws TurnOverError once the turn is over. */
  readonly table: Table;
  readonly cipher: Cipher;
  readonly documents: DocumentFiles;
  readonly clock: Clock;
  /** FIREFISH_TIMEOUT_MS. */
  readonly callTimeoutMs: number;
  readonly locks: Locks;
  /** Epoch milliseconds after which long work (a domain's opt-out) stops, keeps its progress and waits. */
  readonly deadline: number;
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
}

/** An event in hand: its item and its decrypted content. */
export interface Loaded<C extends StoredContent = StoredContent> {
  item: OpenEvent;
  event: C;
}

export interface EventHandler<C extends StoredContent = StoredContent> {
  /**
   * Names of the subjects that the event is about, such as keyed hashes of ids and addresses. Events that share a
   * name are one group, in hand once: two groups never share a name. Empty: the event is its own group.
   */
  names(tenant: Tenant, event: C): readonly string[];
  /**
   * Works on one group, its events in event order.
   * @throws NotNowError if the whole tenant waits (limit, token, outage, credentials): nothing is written for it
   * @throws TurnOverError; any other error counts as an error of ours and is retried with backoff
   */
  work(context: TurnContext, work: Work, group: readonly Loaded<C>[]): Promise<GroupResult>;
  /**
   * Remembers what must outlive the event (consent, rule 5). The turn calls it before it ends an event by itself, such
   * as one of a tenant that is disabled; no call to Firefish may be made here.
   */
  remember?(context: TurnContext, one: Loaded<C>): Promise<void>;
  /** False for internal events without Firefish calls: they run in every state (breaker open, disabled, after a crash). */
  readonly callsFirefish: boolean;
}

/** The content of one type of event. */
type ContentOf<T, C = StoredContent> = C extends { type: infer U } ? (T extends U ? C : never) : never;

/** A handler for each type of event: a new type without one does not compile. */
export type EventHandlers = { [T in StoredContent['type']]: EventHandler<ContentOf<T>> };

/** The open events of the group wait until then (epoch milliseconds); the rest of the tenant continues. */
export interface Waits {
  kind: 'waits';
  until: number;
  /** `settling`: a lost answer may still take effect; `conflict`: 409; `progress`: more of the same work follows. */
  reason: Extract<WaitReason, 'outage' | 'settling' | 'conflict' | 'progress' | 'error'>;
}

/** How the work on a group came out. `ended`: `finish` was called for every event of the group. */
export type GroupResult = { kind: 'ended' } | Waits;

/**
 * The wait of the group whose work ended with this error; undefined if it is no reason to wait. A wait of the whole
 * tenant (NotNowError) passes on to the turn, and so do errors of ours.
 */
export function waitAfter(
  { clock, callTimeoutMs }: Pick<TurnContext, 'clock' | 'callTimeoutMs'>,
  error: unknown,
): Waits | undefined {
  const now = clock.now();
  if (error instanceof UnknownOutcomeError) {
    const until = Math.max(now, error.sentAt + callTimeoutMs + LATE_MS);
    return { kind: 'waits', until, reason: 'settling' };
  }
  if (error instanceof ConflictedError)
    return { kind: 'waits', until: now + CONFLICT_PAUSE_MS, reason: 'conflict' };
  // For how long, the turn decides: it grows with each failure.
  if (error instanceof UnavailableError || error instanceof FailedError)
    return { kind: 'waits', until: now, reason: 'outage' };
  return undefined;
}
