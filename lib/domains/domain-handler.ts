/**
 * The opt-out or opt-in of a whole domain. It is stored first, then applied to everyone with an address there, one unit
 * of work for each address. People who appear later are reached by the stored consent.
 */
import type { Binding } from '../crypto/cipher.ts';
import type { DomainEvent } from '../events/event.ts';
import type { EventAction, OpenEvent, Outcome } from '../events/event-item.ts';
import { NotNowError } from '../firefish/errors.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { rememberConsent } from '../people/consent.ts';
import { domainHash } from '../people/identity-index.ts';
import { failureOf, refreshPerson } from '../people/person-handler.ts';
import type { PersonResult } from '../people/person-work.ts';
import { consentOperation, isOptOut } from '../plan/consent.ts';
import { DOMAIN } from '../times.ts';
import {
  type EventHandler,
  type GroupResult,
  type Loaded,
  type TurnContext,
  waitAfter,
  type Waits,
} from '../turn/turn-context.ts';
import type { Work } from '../events/urgency.ts';
import { ACTIONS_KEPT, type AtAddress, domainConsent, everyoneAt, identityAt } from './domain-people.ts';

export const domainHandler: EventHandler<DomainEvent> = {
  callsFirefish: true,
  names: (tenant, event) => [`domain ${domainHash(tenant, event.domain)}`],
  async work(context, work, group) {
    for (const one of group) {
      const result = await new DomainWork(context, work, one).run();
      if (result.kind === 'waits') return result;
    }
    return { kind: 'ended' };
  },
  async remember(context, { event }) {
    if (isOptOut(event)) await remember(context, event);
  },
};

async function remember({ table, tenant }: TurnContext, event: DomainEvent): Promise<void> {
  const subject = { by: 'domain', hash: domainHash(tenant, event.domain) } as const;
  await rememberConsent(table, tenant.tenantId, subject, domainConsent(event));
}

/** The progress, stored on the event. */
interface Progress {
  /** Keyed hash of the last address that was worked on, in the order of the hashes. */
  after: string;
  /** Keyed hashes of addresses before that one that have to wait for a write whose answer was lost. */
  waiting: string[];
  /** How many addresses were reached. */
  addresses: number;
  actions: EventAction[];
  /** The records that refused it, with the reason. The text of the first refusal is in the event's `words`. */
  refused: string[];
}

const NOTHING_DONE: Progress = { after: '', waiting: [], addresses: 0, actions: [], refused: [] };

class DomainWork {
  readonly #context: TurnContext;
  readonly #work: Work;
  readonly #event: DomainEvent;
  #item: OpenEvent;
  #progress: Progress;

  constructor(context: TurnContext, work: Work, { item, event }: Loaded<DomainEvent>) {
    this.#context = context;
    this.#work = work;
    this.#event = event;
    this.#item = item;
    // Only this handler writes it.
    this.#progress = (item.progress as Progress | undefined) ?? NOTHING_DONE;
  }

  async run(): Promise<GroupResult> {
    await remember(this.#context, this.#event);
    try {
      const firefish = this.#context.firefish(this.#work);
      const { addresses, incomplete } = await everyoneAt(this.#context, firefish, this.#event);
      if (addresses.length > DOMAIN.urgentAddresses) this.#work.urgency = BULK;
      const waits = await this.#reachAll(addresses);
      if (waits !== undefined) return waits;
      await this.#context.finish(this.#item, await this.#outcome(incomplete));
      return { kind: 'ended' };
    } catch (error) {
      const waits = waitAfter(this.#context, error);
      if (waits === undefined) throw error;
      return waits;
    }
  }

  /** In the order of the addresses' hashes, a few at a time, so that a later turn knows where to continue. */
  async #reachAll(everyone: readonly AtAddress[]): Promise<GroupResult | undefined> {
    const { clock, deadline } = this.#context;
    const { after, waiting } = this.#progress;
    const left = everyone.filter(({ hash }) => hash > after || waiting.includes(hash));
    let waits: GroupResult | undefined;
    for (let start = 0; start < left.length; start += DOMAIN.stride) {
      if (clock.now() > deadline) return { kind: 'waits', until: clock.now(), reason: 'progress' };
      const some = left.slice(start, start + DOMAIN.stride);
      const reached = await mapConcurrently(some, DOMAIN.atOnce, (one) => this.#reach(one));
      const late = some.filter((_, place) => reached[place] !== undefined).map(({ hash }) => hash);
      for (const result of reached) {
        if (result instanceof NotNowError) throw result;
        waits = result ?? waits;
      }
      await this.#keepProgress(some, late);
    }
    return waits;
  }

  /** Returns why this address has to wait, if it does. */
  async #reach(one: AtAddress): Promise<GroupResult | NotNowError | undefined> {
    const { tenant } = this.#context;
    try {
      for (const finds of one.whose) {
        const identity = identityAt(tenant, this.#event, { address: one.address, finds });
        const refreshed = await refreshPerson(this.#context, this.#work, identity, one.searches);
        if (refreshed.kind === 'waits') return refreshed;
        await this.#credit(refreshed);
      }
      return undefined;
    } catch (error) {
      if (error instanceof NotNowError) return error;
      const waits = waitAfter(this.#context, error);
      if (waits === undefined) throw error;
      return waits;
    }
  }

  /** A record that refuses it does not prevent it on others: the event fails in the end, and can be replayed. */
  async #credit(refreshed: Exclude<PersonResult, Waits>): Promise<void> {
    const operation = consentOperation(this.#event);
    const done = refreshed.actions.map(({ entity, ref }) => ({ entity, ref, operation }) as const);
    const failure = refreshed.kind === 'refused' ? failureOf(refreshed.refusals) : undefined;
    if (failure?.words !== undefined && this.#item.words === undefined) {
      const words = await this.#context.cipher.encrypt(failure.words, this.#wordsAt());
      this.#item = { ...this.#item, words };
    }
    const { actions, refused } = this.#progress;
    // Where addresses tie nobody together, people can share a record.
    const all = new Map([...actions, ...done].map((one) => [`${one.entity} ${String(one.ref)}`, one]));
    this.#progress = {
      ...this.#progress,
      actions: [...all.values()].slice(0, ACTIONS_KEPT),
      refused: [...new Set([...refused, ...(failure === undefined ? [] : [failure.reason])])].slice(
        0,
        ACTIONS_KEPT,
      ),
    };
  }

  #wordsAt(): Binding {
    return { tenantId: this.#context.tenant.tenantId, key: this.#item, field: 'words' };
  }

  async #keepProgress(some: readonly AtAddress[], late: readonly string[]): Promise<void> {
    const progress = this.#progress;
    const tried = new Set(some.map(({ hash }) => hash));
    this.#progress = {
      ...progress,
      after: [progress.after, ...tried].reduce((last, hash) => (hash > last ? hash : last)),
      waiting: [...progress.waiting.filter((hash) => !tried.has(hash)), ...late],
      addresses: progress.addresses + some.length - late.length,
    };
    const item = { ...this.#item, progress: this.#progress };
    // The same item with the new progress.
    this.#item = (await this.#context.table.put(item, this.#item.version)) as OpenEvent;
  }

  async #outcome(incomplete: boolean): Promise<Outcome> {
    const { addresses, actions, refused } = this.#progress;
    const { words } = this.#item;
    const { cipher } = this.#context;
    const [first = incomplete ? 'too-many-records' : undefined] = refused;
    return {
      ...(first === undefined ? { state: 'synced' } : { state: 'failed', reason: first }),
      ...(words === undefined ? {} : { words: await cipher.decrypt(words, this.#wordsAt()) }),
      actions,
      notes: [`reached: ${String(addresses)} addresses at the domain`, ...refused.slice(1)],
    };
  }
}

/** With more than a few addresses it is no longer urgent work. */
const BULK = 3;
