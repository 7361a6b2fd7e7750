/**
 * A whole domain's word on marketing: remembered first, then brought to everyone with an address there, one
 * claimed person after the other. Who appears later is reached when they appear.
 */
import type { DomainEvent } from '../events/event.ts';
import type { DomainProgress, EventAction, StoredEvent } from '../events/stored-event.ts';
import { RefusedError } from '../firefish/errors.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { ConflictError } from '../store/table.ts';
import type { SyncContext } from './context.ts';
import { deferralFor } from './deferral.ts';
import {
  ACTIONS_KEPT,
  type AtAddress,
  domainWords,
  everyoneAt,
  identityAt,
  normaliseDomain,
} from './domain-people.ts';
import { finishEvent } from './finish.ts';
import { addressOf, domainHash, type Loaded } from './loaded-event.ts';
import { rememberWords, type Subject } from './marketing.ts';
import { type Deferral, type Outcome, skipped } from './outcome.ts';
import { refreshPerson } from './sync-person.ts';

/** How many people are worked on at once: each waits for Firefish most of the time. */
const AT_ONCE = 8;
/** How many are begun before it is looked at whether to go on. */
const STRIDE = 40;

/**
 * Works on one event about a domain. Answers nothing once it has ended, else until when it waits; how far it came is
 * kept on its item. Unexpected errors pass: whoever called counts a breakdown.
 */
export async function syncDomain(
  context: SyncContext,
  { item, event }: Loaded<DomainEvent>,
): Promise<Deferral | undefined> {
  try {
    return await new DomainSync(context, item, event).run();
  } catch (error) {
    const deferral = deferralFor(context, error);
    if (deferral === undefined) throw error;
    return deferral;
  }
}

class DomainSync {
  readonly #context: SyncContext;
  readonly #item: StoredEvent;
  readonly #event: DomainEvent;
  readonly #domain: string;
  readonly #actions: EventAction[];
  #progress: DomainProgress;

  constructor(context: SyncContext, item: StoredEvent, event: DomainEvent) {
    this.#context = context;
    this.#item = item;
    this.#event = event;
    this.#domain = normaliseDomain(event.domain);
    this.#actions = item.actions ?? [];
    this.#progress = item.progress ?? { after: '', addresses: 0 };
  }

  async run(): Promise<Deferral | undefined> {
    const { table, tenant } = this.#context;
    if (this.#domain === '') return this.#end(skipped('no-domain'));
    const subject: Subject = { by: 'domain', of: domainHash(tenant, this.#domain) };
    await rememberWords(table, tenant.tenantId, subject, domainWords(this.#event));
    const deferral = await this.#reach(await everyoneAt(this.#context, this.#event, this.#domain));
    if (deferral !== undefined) {
      await this.#keepProgress();
      return deferral;
    }
    const { addresses, refused } = this.#progress;
    const notes = [`${String(addresses)} addresses at the domain`];
    return this.#end({
      ...(refused === undefined ? { state: 'synced' } : { state: 'failed', reason: refused }),
      actions: this.#actions,
      notes,
    });
  }

  /** In the order of the addresses' hashes, a few at a time, so that who has to stop knows how far it has come. */
  async #reach(everyone: ReadonlyMap<string, AtAddress>): Promise<Deferral | undefined> {
    const { tenant, clock, deadline } = this.#context;
    const waiting = [...everyone]
      .map(([address, found]) => ({ address, found, hash: addressOf(tenant, address).hash }))
      .filter(({ hash }) => hash > this.#progress.after)
      .sort((a, b) => (a.hash < b.hash ? -1 : 1));
    for (let start = 0; start < waiting.length; start += STRIDE) {
      if (clock.now() > deadline) return { at: clock.now() + 1_000, reason: 'busy', tenantWide: false };
      const some = waiting.slice(start, start + STRIDE);
      const deferrals = await mapConcurrently(some, AT_ONCE, ({ address, found }) =>
        this.#reachAt(address, found),
      );
      // Those of the stride that were reached are found so the next time.
      const deferral = deferrals.find((one) => one !== undefined);
      if (deferral !== undefined) return deferral;
      const after = some.at(-1)?.hash ?? this.#progress.after;
      this.#progress = { ...this.#progress, after, addresses: this.#progress.addresses + some.length };
    }
    return undefined;
  }

  async #reachAt(address: string, { searches, whose }: AtAddress): Promise<Deferral | undefined> {
    const { tenant } = this.#context;
    try {
      for (const finds of whose) {
        const identity = identityAt(tenant, this.#event, address, finds);
        const deferral = await refreshPerson(this.#context, identity, searches, (outcome) => {
          this.#credit(outcome);
        });
        if (deferral !== undefined) return deferral;
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      // The others are reached all the same; the event is parked, and its replay tries this one again.
      this.#progress = { ...this.#progress, refused: error.message };
      return undefined;
    }
  }

  #credit({ actions }: Outcome): void {
    const operation = this.#event.type === 'domain.opted_out' ? 'opted_out' : 'opted_in';
    const room = ACTIONS_KEPT - this.#actions.length;
    this.#actions.push(
      ...actions.slice(0, room).map(({ entity, ref }) => ({ entity, ref, operation }) as const),
    );
  }

  async #keepProgress(): Promise<void> {
    try {
      await this.#context.table.put(
        { ...this.#item, actions: this.#actions, progress: this.#progress },
        this.#item.version,
      );
    } catch (error) {
      // Somebody else has it in hand, or it has ended.
      if (!(error instanceof ConflictError)) throw error;
    }
  }

  async #end(outcome: Outcome): Promise<undefined> {
    await finishEvent(this.#context, this.#item, outcome);
    return undefined;
  }
}
