/** Plans, reads what the plan says it must know, and plans again, until there is a plan. Writes nothing. */
import { GoneError } from '../apply/application.ts';
import { type KnownDocument, readDocument } from '../documents/documents.ts';
import type { PersonEvent } from '../events/event.ts';
import type { EndedEvent, OpenEvent, StoredContent, StoredEvent } from '../events/event-item.ts';
import { NotFoundError } from '../firefish/errors.ts';
import type { FirefishRecord, FoundRecords } from '../firefish/port.ts';
import { companyNameKey } from '../companies/company-name.ts';
import { type Consents, isAboutConsent } from '../plan/consent.ts';
import { type AppliedConsent, type PersonState, recordKey, type RecordKey } from '../plan/person-state.ts';
import { plan } from '../plan/plan.ts';
import {
  type Facts,
  type KnownNote,
  type NoteVersion,
  type Need,
  type Plan,
  type PlanInput,
  searchName,
} from '../plan/types.ts';
import { eventItemKey } from '../store/sync-keys.ts';
import { foreignRecords, linkedToOthers } from './find-people.ts';
import type { Address } from './identity-index.ts';
import { PersonItems } from './person-store.ts';
import type { FactReader, ReadContext } from './read-context.ts';

interface KnownFacts extends Facts {
  searches: Map<string, FirefishRecord[]>;
  profiles: Map<RecordKey, FirefishRecord | null>;
  companies: Map<string, readonly number[]>;
  foreign: Set<string>;
  sharing: Set<string>;
  notes: Map<string, KnownNote>;
  versions: Map<string, NoteVersion>;
  documents: Map<string, KnownDocument>;
  reached: Map<RecordKey, AppliedConsent>;
  incomplete: Set<string>;
}

export const nothingKnown = (): KnownFacts => ({
  searches: new Map(),
  profiles: new Map(),
  companies: new Map(),
  foreign: new Set(),
  sharing: new Set(),
  notes: new Map(),
  versions: new Map(),
  documents: new Map(),
  reached: new Map(),
  incomplete: new Set(),
});

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

export class FactFinder {
  readonly #context: ReadContext;
  readonly #reader: FactReader;
  facts = nothingKnown();

  constructor(context: ReadContext, reader: FactReader) {
    this.#context = context;
    this.#reader = reader;
  }

  async alreadySearched(person: PlannedPerson, { addresses, searches }: Searched): Promise<void> {
    await this.#readForeign(
      person,
      addresses.map(({ hash }) => hash),
    );
    for (const [name, rows] of searches) this.facts.searches.set(name, rows);
  }

  /** What is known may have changed since. */
  forget(): void {
    this.facts = nothingKnown();
  }

  /** @throws FirefishError, GoneError */
  async plan(
    person: PlannedPerson,
    planning: Pick<PlanInput, 'events' | 'consents' | 'reachAll' | 'early' | 'refused'>,
  ): Promise<Plan> {
    const { tenant, clock } = this.#context;
    for (;;) {
      const planned = plan({
        ...planning,
        ...{ person: person.state, facts: this.facts, settings: tenant.settings, now: clock.now() },
        hash: (value) => tenant.hash(value),
      });
      if ('plan' in planned) return planned.plan;
      await this.#read(
        person,
        planned.needs,
        planning.events.map(({ event }) => event.id),
      );
    }
  }

  /** Reads all needs at once; they are on different endpoints for the most part. */
  async #read(person: PlannedPerson, needs: readonly Need[], inHand: readonly string[]): Promise<void> {
    const searched = needs.flatMap((need) => (need.need === 'search' ? [need.addressHash] : []));
    if (searched.length > 0) await this.#readForeign(person, [...new Set(searched)]);
    await this.#readNotes(person, needs, inHand);
    await this.#readReached(person, needs);
    await allInOrder(needs.map((need) => this.#ask(person, need)));
  }

  async #readForeign({ state, ids }: PlannedPerson, hashes: readonly string[]): Promise<void> {
    const { foreign, sharing } = await foreignRecords(this.#context, state, hashes, ids);
    for (const record of foreign) this.facts.foreign.add(record);
    for (const record of sharing) this.facts.sharing.add(record);
  }

  async #ask({ state }: PlannedPerson, need: Need): Promise<void> {
    const { firefish, findCompany } = this.#reader;
    switch (need.need) {
      case 'search': {
        const address = state.addresses[need.addressHash]?.text;
        const { kind, addressHash, exhaustive = false } = need;
        const rows: FoundRecords =
          address === undefined ? [] : await firefish.searchByEmail(kind, address, { exhaustive });
        this.facts.searches.set(searchName(kind, addressHash), rows);
        if (rows.incomplete === true) this.facts.incomplete.add(searchName(kind, addressHash));
        if (need.unlinked !== true) return;
        const found = rows.map(({ Ref }) => recordKey({ kind, ref: Ref }));
        for (const record of await linkedToOthers(this.#context, state.personId, found)) {
          this.facts.foreign.add(record);
        }
        return;
      }
      case 'profile':
        this.facts.profiles.set(recordKey(need), await this.readProfile(recordKey(need), need));
        return;
      case 'company':
        this.facts.companies.set(companyNameKey(need.name), await findCompany(need.name));
        return;
      case 'document': {
        const { table, cipher, tenant } = this.#context;
        const stores = { table, cipher, tenantId: tenant.tenantId };
        this.facts.documents.set(need.documentId, await readDocument(stores, need.documentId));
        return;
      }
      case 'note':
      case 'reached':
    }
  }

  /** @throws FirefishError, GoneError */
  async readProfile(record: RecordKey, { kind, ref }: Pick<PersonState['records'][number], 'kind' | 'ref'>) {
    try {
      return await this.#reader.firefish.read(kind, ref);
    } catch (error) {
      throw error instanceof NotFoundError ? new GoneError(record) : error;
    }
  }

  /** A note that was begun is written once the event that began it has ended `synced`. */
  async #readNotes({ ids }: PlannedPerson, needs: readonly Need[], inHand: readonly string[]): Promise<void> {
    const keys = needs.flatMap((need) => (need.need === 'note' ? [need.key] : []));
    for (const key of keys) this.facts.notes.set(key, 'none');
    if (keys.length === 0) return;
    const begun = await new PersonItems(this.#context, ids).notes(keys);
    const ended = [...begun.values()].flatMap(({ by }) =>
      by === undefined || inHand.includes(by) ? [] : [by],
    );
    const { table, tenant } = this.#context;
    const items = (await table.getMany(
      [...new Set(ended)].map((id) => eventItemKey(tenant.tenantId, id)),
    )) as StoredEvent[];
    const synced = new Set(items.filter((item) => item.state === 'synced').map(({ pk }) => pk));
    for (const [key, { record, at, by, noteVersion }] of begun) {
      if (noteVersion !== undefined) this.facts.versions.set(key, noteVersion);
      const isWritten = by !== undefined && synced.has(eventItemKey(tenant.tenantId, by).pk);
      this.facts.notes.set(key, isWritten ? 'written' : { record, at });
    }
  }

  async #readReached({ ids }: PlannedPerson, needs: readonly Need[]): Promise<void> {
    const records = needs.flatMap((need) => (need.need === 'reached' ? [recordKey(need)] : []));
    for (const record of records) this.facts.reached.set(record, {});
    if (records.length === 0) return;
    const reached = await new PersonItems(this.#context, ids).reached(records);
    for (const record of records) this.facts.reached.set(record, reached.get(record)?.applied ?? {});
  }
}

/** An event that was skipped, or has a note to leave yet, and its content. */
export interface WaitingEvent {
  item: EndedEvent;
  event: PersonEvent;
}

/** Events that waited for the person or a step and are planned again; `gone`: what no longer waits. */
export async function readWaiting(
  context: ReadContext,
  { state, ids }: PlannedPerson,
  most: number,
  due: ReadonlySet<string>,
): Promise<{ waiting: WaitingEvent[]; gone: string[]; isListed: boolean }> {
  if (!state.hasPending) return { waiting: [], gone: [], isListed: false };
  const { table, tenant } = context;
  const eventIds = (await new PersonItems(context, ids).pending(most)).filter((id) => !due.has(id));
  const items = (await table.getMany(
    eventIds.map((id) => eventItemKey(tenant.tenantId, id)),
  )) as StoredEvent[];
  const byKey = new Map(items.map((item) => [item.pk, item]));
  const waiting: WaitingEvent[] = [];
  const gone: string[] = [];
  for (const id of eventIds) {
    const item = byKey.get(eventItemKey(tenant.tenantId, id).pk);
    if (isOpen(item)) continue;
    const event = item === undefined ? undefined : await context.contentOf(item);
    if (item === undefined || item.state === 'failed' || event === undefined || !isPersonEvent(event)) {
      gone.push(id);
    } else waiting.push({ item, event });
  }
  return { waiting, gone, isListed: eventIds.length > 0 };
}

const isPersonEvent = (event: StoredContent): event is PersonEvent => 'record' in event;

/** Replayed, or about to end: it comes by itself. */
const isOpen = (item: StoredEvent | undefined): item is OpenEvent => item?.state === 'queued';
