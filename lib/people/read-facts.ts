/** Plans, reads what the plan says it must know, and plans again, until there is a plan. Writes nothing. */
import type { EventId } from '../ids.ts';
import { gone } from '../apply/application.ts';
import { readDocument } from '../documents/documents.ts';
import type { PersonEvent } from '../events/event.ts';
import type { StoredEvent } from '../events/event-item.ts';
import type { Firefish, FirefishRecord } from '../firefish/port.ts';
import { companyNameKey } from '../names/company-name.ts';
import { type Consents, isAboutConsent } from '../plan/consent.ts';
import { type PersonState, recordKey, type RecordKey, recordOf } from '../plan/person-state.ts';
import { plan } from '../plan/plan.ts';
import { type Need, nothingKnown, type Plan, type PlanInput, searchName } from '../plan/types.ts';
import { eventItemKey } from '../store/sync-keys.ts';
import { foreignRecords, linkedToOthers } from './foreign-records.ts';
import type { Address } from './identity-index.ts';
import { type ReadContext, readNotes, readReached } from './person-store.ts';

/** What reading facts works with besides the tables. */
export interface FactReader {
  firefish: Pick<Firefish, 'searchByEmail' | 'read'>;
  /** Refs of the companies of a name, best match first. */
  findCompany: (name: string) => Promise<readonly number[]>;
}

/** Searches that were made before it was known which person they are about. */
export interface Searched {
  addresses: readonly Address[];
  /** By `searchName`. */
  searches: ReadonlyMap<string, FirefishRecord[]>;
}

/** The person who is planned for. */
export interface PlannedPerson {
  state: PersonState;
  /** The ids of all persons who are this one. */
  ids: ReadonlySet<string>;
}

/** Whether consent must reach every record with one of the addresses: news of it, or an opt-out that has not yet. */
export const mustReachAll = (
  events: readonly PersonEvent[],
  person: PersonState,
  consents: Consents,
): boolean =>
  events.some(isAboutConsent) ||
  (person.unreached.length > 0 && Object.values(consents).some(({ optedOut }) => optedOut));

/** Of several that fail the first one counts, not the fastest: so a preview ends like the turn. */
export async function allInOrder(reads: readonly Promise<unknown>[]): Promise<void> {
  for (const read of await Promise.allSettled(reads)) if (read.status === 'rejected') throw read.reason;
}

export const storedEvents = async (
  { table, tenant }: ReadContext,
  ids: readonly EventId[],
): Promise<StoredEvent[]> =>
  // Only StoredEvents have these keys.
  (await table.getMany(ids.map((id) => eventItemKey(tenant.tenantId, id)))) as StoredEvent[];

export class FactFinder {
  readonly #context: ReadContext;
  readonly #reader: FactReader;
  facts = nothingKnown();

  constructor(context: ReadContext, reader: FactReader) {
    this.#context = context;
    this.#reader = reader;
  }

  async alreadySearched(person: PlannedPerson, { addresses, searches }: Searched): Promise<void> {
    const hashes = addresses.map(({ hash }) => hash);
    await this.#readForeign(person, hashes);
    for (const [name, rows] of searches) this.facts.searches.set(name, rows);
  }

  /** What is known may have changed since. */
  forget(): void {
    this.facts = nothingKnown();
  }

  /** @throws FirefishError, GoneError */
  async plan(
    person: PlannedPerson,
    planning: Pick<PlanInput, 'events' | 'consents' | 'optOuts' | 'reachAll' | 'early' | 'refused'>,
  ): Promise<Plan> {
    for (;;) {
      // Read each time: the settings may change while a search waits for Firefish.
      const { tenant, clock } = this.#context;
      const planned = plan({
        ...planning,
        ...{ person: person.state, facts: this.facts, settings: tenant.settings, now: clock.now() },
        hash: (value) => tenant.hash(value),
      });
      if ('plan' in planned) return planned.plan;
      const inHand = planning.events.map(({ event }) => event.id);
      await this.#read(person, planned.needs, inHand);
    }
  }

  /** Reads all needs at once; they are on different endpoints for the most part. */
  async #read(person: PlannedPerson, needs: readonly Need[], inHand: readonly EventId[]): Promise<void> {
    const searched = needs.flatMap((need) => (need.need === 'search' ? [need.addressHash] : []));
    if (searched.length > 0) await this.#readForeign(person, [...new Set(searched)]);
    await this.#readNotes(person, needs, inHand);
    await this.#readReached(person, needs);
    await allInOrder(needs.map((need) => this.#ask(person, need)));
  }

  async #readForeign({ state, ids }: PlannedPerson, hashes: readonly string[]): Promise<void> {
    const { foreign, sharing, stopped } = await foreignRecords(this.#context, state, hashes, ids);
    for (const hash of stopped) this.facts.stopped.add(hash);
    for (const record of foreign) this.facts.foreign.add(record);
    for (const record of sharing) this.facts.sharing.add(record);
  }

  async #ask({ state }: PlannedPerson, need: Need): Promise<void> {
    if (need.need === 'search') await this.#search(state, need);
    else if (need.need === 'profile') await this.readProfile(recordKey(need));
    else if (need.need === 'company') {
      this.facts.companies.set(companyNameKey(need.name), await this.#reader.findCompany(need.name));
    } else if (need.need === 'document') {
      const { table, cipher, tenant } = this.#context;
      const stores = { table, cipher, tenantId: tenant.tenantId };
      this.facts.documents.set(need.documentId, await readDocument(stores, need.documentId));
    }
  }

  async #search(state: PersonState, need: Extract<Need, { need: 'search' }>): Promise<void> {
    const { kind, addressHash, exhaustive = false, unlinked } = need;
    const address = state.addresses[addressHash]?.text;
    const { firefish } = this.#reader;
    const rows = address === undefined ? [] : await firefish.searchByEmail(kind, address, { exhaustive });
    this.facts.searches.set(searchName(kind, addressHash), rows);
    if (unlinked !== true) return;
    const found = rows.map(({ Ref }) => recordKey({ kind, ref: Ref }));
    for (const record of await linkedToOthers(this.#context, state.personId, found))
      this.facts.foreign.add(record);
  }

  /** @throws FirefishError, GoneError */
  async readProfile(record: RecordKey): Promise<void> {
    const { kind, ref } = recordOf(record);
    this.facts.profiles.set(record, await gone(record, this.#reader.firefish.read(kind, ref)));
  }

  /** A note that was begun is written once the event that began it has ended `synced`. */
  async #readNotes(
    { ids }: PlannedPerson,
    needs: readonly Need[],
    inHand: readonly EventId[],
  ): Promise<void> {
    const notes = needs.filter((need) => need.need === 'note');
    if (notes.length === 0) return;
    for (const { key } of notes) this.facts.notes.set(key, 'none');
    const { tenantId } = this.#context.tenant;
    const begun = await readNotes(
      this.#context,
      ids,
      notes.map(({ key }) => key),
    );
    const by = [...begun.values().map((note) => note.by), ...notes.map(({ saidBy }) => saidBy)];
    const others = new Set(by.flatMap((id) => (id === undefined || inHand.includes(id) ? [] : [id])));
    const items = await storedEvents(this.#context, [...others]);
    const states = new Map(items.map(({ pk, state }) => [pk, state]));
    const stateOf = (id: EventId | undefined): StoredEvent['state'] | undefined =>
      id === undefined ? undefined : states.get(eventItemKey(tenantId, id).pk);
    for (const [key, { record, at, by: beganBy, noteVersion }] of begun) {
      if (noteVersion !== undefined) this.facts.versions.set(key, noteVersion);
      this.facts.notes.set(key, stateOf(beganBy) === 'synced' ? 'written' : { record, at });
    }
    for (const { key, saidBy } of notes)
      if (stateOf(saidBy) === 'queued') this.facts.notes.set(key, 'to come');
  }

  async #readReached({ ids }: PlannedPerson, needs: readonly Need[]): Promise<void> {
    const records = needs.flatMap((need) => (need.need === 'reached' ? [recordKey(need)] : []));
    if (records.length === 0) return;
    const reached = await readReached(this.#context, ids, records);
    for (const record of records) this.facts.reached.set(record, reached.get(record)?.applied ?? {});
  }
}
