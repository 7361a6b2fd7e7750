/**
 * A whole domain's word on marketing: remembered first, then brought to everyone with an address there, one
 * claimed person after the other. Who appears later is reached when they appear.
 */
import { KINDS, type DomainEvent } from '../events/event.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { RefusedError } from '../firefish/errors.ts';
import type { FirefishRecord } from '../firefish/port.ts';
import { emailDomain, normaliseEmail } from '../mapping/person-fields.ts';
import { addressPartition } from '../store/keys.ts';
import { queryAll } from '../store/table.ts';
import type { SyncContext } from './context.ts';
import { deferralFor } from './deferral.ts';
import { finishEvent } from './finish.ts';
import type { Identity } from './leads.ts';
import { addressOf, domainHash, type Loaded } from './loaded-event.ts';
import { rememberWords } from './marketing.ts';
import type { Deferral, Outcome } from './outcome.ts';
import { readAddress } from './person-lease.ts';
import { searchName } from './plan-types.ts';
import { type Known, nothingKnown } from './read-facts.ts';
import { stampOf } from './stamp.ts';
import { refreshPerson } from './sync-person.ts';
import { wordsOn } from './words.ts';

/** How many people are worked on at once: each waits for Firefish most of the time. */
const AT_ONCE = 8;
/** The most actions that an event's item keeps. */
const ACTIONS_KEPT = 100;

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

/** `@ACME.example ` and `acme.example` are one domain. */
export const normaliseDomain = (text: string): string =>
  emailDomain(normaliseEmail(`x@${text.trim().replace(/^@/, '')}`) ?? '@');

class DomainSync {
  readonly #context: SyncContext;
  readonly #item: StoredEvent;
  readonly #event: DomainEvent;
  readonly #domain: string;
  readonly #outcome: Outcome = { state: 'synced', actions: [], notes: [] };
  #people = 0;

  constructor(context: SyncContext, item: StoredEvent, event: DomainEvent) {
    this.#context = context;
    this.#item = item;
    this.#event = event;
    this.#domain = normaliseDomain(event.domain);
  }

  async run(): Promise<Deferral | undefined> {
    const { table, tenant } = this.#context;
    if (this.#domain === '') {
      return this.#end({ state: 'skipped', reason: 'no-domain', actions: [], notes: [] });
    }
    const optedOut = this.#event.type === 'domain.opted_out';
    const words = wordsOn([], { stamp: stampOf(this.#event), optedOut, ofDomain: true });
    await rememberWords(
      table,
      tenant.tenantId,
      { by: 'domain', of: domainHash(tenant, this.#domain) },
      words,
    );
    const { addresses, known } = await this.#everyone();
    const deferral = await this.#reach([...addresses].sort(), known);
    if (deferral !== undefined) return deferral;
    this.#outcome.notes.push(`${String(this.#people)} addresses at the domain`);
    return this.#end(this.#outcome);
  }

  /** Every address at the domain, in Firefish or known as a person's, and the records that have it. */
  async #everyone(): Promise<{ addresses: Set<string>; known: Map<string, Known> }> {
    const { firefish, tenant } = this.#context;
    const known = new Map<string, Known>();
    const knownOf = (address: string): Known => {
      const there = known.get(address) ?? nothingKnown();
      known.set(address, there);
      return there;
    };
    for (const kind of KINDS) {
      for (const row of await firefish.searchByDomain(kind, this.#domain)) {
        const address = normaliseEmail(row.EmailAddress ?? '');
        if (address === undefined) continue;
        const name = searchName(kind, addressOf(tenant, address).hash);
        const { searches } = knownOf(address);
        const rows: FirefishRecord[] = searches.get(name) ?? [];
        searches.set(name, [...rows, row]);
      }
    }
    for (const address of await this.#knownAddresses()) knownOf(address);
    // The search was of the whole domain: what it did not find is not there.
    for (const [address, { searches }] of known) {
      for (const kind of KINDS) {
        const name = searchName(kind, addressOf(tenant, address).hash);
        if (!searches.has(name)) searches.set(name, []);
      }
    }
    return { addresses: new Set(known.keys()), known };
  }

  /** Addresses of people that are known here by that domain, though Firefish may have another of theirs. */
  async #knownAddresses(): Promise<string[]> {
    const { table, tenant } = this.#context;
    const pk = addressPartition(tenant.tenantId, domainHash(tenant, this.#domain));
    const addresses: string[] = [];
    for await (const lead of queryAll(table, { pk })) {
      const text = await this.#textOf(lead.sk, lead['personId']);
      if (text !== undefined) addresses.push(text);
    }
    return addresses;
  }

  async #textOf(hash: string, personId: unknown): Promise<string | undefined> {
    if (typeof personId !== 'string') return undefined;
    return readAddress(this.#context, personId, hash);
  }

  async #reach(addresses: readonly string[], known: Map<string, Known>): Promise<Deferral | undefined> {
    const waiting = [...addresses];
    let deferral: Deferral | undefined;
    const work = async (): Promise<void> => {
      for (
        let address = waiting.shift();
        address !== undefined && deferral === undefined;
        address = waiting.shift()
      ) {
        if (this.#context.clock.now() > this.#context.deadline) deferral = this.#goOnLater();
        else deferral = (await this.#reachOne(address, known.get(address) ?? nothingKnown())) ?? deferral;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return deferral;
  }

  /** What is done stays done: the next run finds it so, and comes further. */
  #goOnLater(): Deferral {
    return { at: this.#context.clock.now() + 1_000, reason: 'busy', tenantWide: false };
  }

  async #reachOne(address: string, known: Known): Promise<Deferral | undefined> {
    const { tenant } = this.#context;
    const identity: Identity = {
      stamp: stampOf(this.#event),
      addresses: [addressOf(tenant, address)],
      onlyFinds: true,
    };
    try {
      const deferral = await refreshPerson(this.#context, identity, known, ({ actions }) => {
        const operation = this.#event.type === 'domain.opted_out' ? 'opted_out' : 'opted_in';
        const room = ACTIONS_KEPT - this.#outcome.actions.length;
        this.#outcome.actions.push(
          ...actions.slice(0, room).map(({ entity, ref }) => ({ entity, ref, operation }) as const),
        );
      });
      if (deferral === undefined) this.#people += 1;
      return deferral;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      // The others are reached all the same; the event is parked, and its replay tries this one again.
      this.#outcome.state = 'failed';
      this.#outcome.reason = error.message;
      return undefined;
    }
  }

  async #end(outcome: Outcome): Promise<undefined> {
    await finishEvent(this.#context, this.#item, outcome);
    return undefined;
  }
}
