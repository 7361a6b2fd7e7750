/** What the turn asks of the code that knows one kind of subject: a person, a company, a domain, internal work. */
import type { OpenEvent, StoredContent } from '../events/event-item.ts';
import type { Work } from '../events/urgency.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { GroupResult, TurnContext } from './turn-context.ts';

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
   * @throws NotNowError where the whole tenant waits (limit, token, outage, credentials): nothing is written for it
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
