/** Everything that is stored about a person, found by e-mail addresses: for `erase` and `export`. */
import { ifReadable } from '../crypto/cipher.ts';
import { contentOf } from '../events/event-content.ts';
import type { PersonEvent } from '../events/event.ts';
import type { StoredContent, StoredEvent } from '../events/event-item.ts';
import { outerId } from '../events/inner-id.ts';
import type { HashedAddress } from '../events/internal-event.ts';
import { type EventOrder, instantOf, NOT_YET } from '../events/event-order.ts';
import { addressesWithin, readAddress } from '../events/reading/addresses.ts';
import { hasFullName, hasPartOfName, type PersonName } from '../names/person-names.ts';
import {
  type AddressEntry,
  addressHash,
  addressOf,
  domainHash,
  identityOf,
  newPersonId,
  personIdOf,
} from '../people/identity-index.ts';
import { personLock } from '../people/identify.ts';
import { readPerson } from '../people/person-store.ts';
import { type PersonState, recordKey } from '../plan/person-state.ts';
import { namesOf } from '../plan/said-names.ts';
import { addressEntryKey } from '../store/sync-keys.ts';
import type { Key, ReadableTable } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { TurnContext } from '../turn/turn-context.ts';
import { allEvents } from './held-events.ts';

type Context = Pick<TurnContext, 'tenant' | 'cipher'> & { table: ReadableTable };

export interface HeldEvent {
  item: StoredEvent;
  /** Absent if the content is not kept any more. */
  content: StoredContent | undefined;
  /** `named`: an event about others, or of their whole domain, whose texts may name them. */
  about: 'them' | 'named';
  /** Of an event about others, those that name them for certain. */
  texts: Text[];
}

/** What Firefish or an operator said of an event, in free text. */
type Text = ['firefishSaid' | 'dismissedBecause', string];

/** Verbs that read or write such texts run one after the other. */
export const onTexts = (): string[] => ['texts'];

/** What stands between ids in running text. */
const NOT_OF_IDS = /[^\w.:~-]+/;

/** How often everything is read again, because later items can show more addresses or ids. */
const ROUNDS = 5;

export class PersonData {
  readonly persons = new Map<string, PersonState>();
  /** The persons' ids, and ids that lead or may lead to them. */
  readonly personIds = new Set<string>();
  readonly candidateIds = new Set<string>();
  /** Domain hashes by address hash. */
  readonly addresses = new Map<string, string>();
  /** The same for addresses that were removed from the person as wrong: they may belong to other people now. */
  readonly wrongAddresses = new Map<string, string>();
  /** Their names, by the JSON of each. */
  readonly #names = new Map<string, PersonName>();
  readonly #context: Context;
  /** Until when each address that was asked for is meant (epoch ms). */
  readonly #start: ReadonlyMap<string, number>;

  constructor(context: Context, start: readonly HashedAddress[]) {
    this.#context = context;
    this.#start = new Map(start.map(({ hash, until = Infinity }) => [hash, until]));
    for (const one of start) this.addresses.set(one.hash, one.domainHash);
  }

  /**
   * The persons that the known addresses and ids lead to, and their ids and addresses, until no new ones are found.
   */
  async addKnown(): Promise<void> {
    for (let before = -1; before !== this.#size();) {
      before = this.#size();
      const { table, tenant } = this.#context;
      const keys = [...this.addresses].map(([hash, domain]) => entryKey(tenant, hash, domain));
      for (const entry of (await table.getMany(keys)) as AddressEntry[]) {
        const { sk, personId, flagged = [] } = entry;
        // An address that is shared with others leads only to people who were asked for by it.
        const isShared = entry.also !== undefined && !this.#start.has(sk);
        if (personId !== undefined && !isShared) await this.#addPerson(personId, sk);
        if (this.#start.has(sk)) for (const id of entry.also ?? []) await this.#addPerson(id, sk);
        // Persons who had the address before it was flagged are included.
        if (this.#start.has(sk)) for (const one of flagged) await this.#addPerson(one.personId, sk);
      }
      for (const id of this.candidateIds) await this.#addPerson(personIdOf(tenant, id));
      for (const hash of this.addresses.keys()) await this.#addPerson(idOfAddress(tenant, hash), hash);
    }
  }

  /**
   * Shows every event that is about them or names them, open ones first. What an event says of them counts for all
   * others, so an event can be shown more than once.
   */
  async eachEvent(visit: (event: HeldEvent) => Promise<void>): Promise<void> {
    for (let round = 1, before = -1; round <= ROUNDS && before !== this.#size(); round += 1) {
      await this.addKnown();
      before = this.#size();
      for await (const items of allEvents(this.#context)) {
        for (const item of items) {
          const held = await this.#heldEvent(item);
          if (held === undefined) continue;
          if (held.content !== undefined && 'record' in held.content)
            this.#addIdentity(held.content, item.order);
          await visit(held);
        }
      }
    }
  }

  /** The locks under which the turn works on them. */
  locks(): string[] {
    return [...this.personIds].sort().map(personLock);
  }

  /** The entries of their addresses, wrong ones too. */
  entryKeys(): Key[] {
    const all = new Map([...this.addresses, ...this.wrongAddresses]);
    return [...all].map(([hash, domain]) => entryKey(this.#context.tenant, hash, domain));
  }

  #size(): number {
    const { candidateIds, addresses, wrongAddresses, persons } = this;
    return candidateIds.size + addresses.size + wrongAddresses.size + persons.size + this.#names.size;
  }

  #addName(name: PersonName): void {
    this.#names.set(JSON.stringify(name), name);
  }

  async #heldEvent(item: StoredEvent): Promise<HeldEvent | undefined> {
    const content = await contentOf(this.#context, item);
    const about = this.about(item, content);
    const texts = await this.#textsOf(item, content);
    if (about === 'them') return { item, content, about, texts };
    const naming = texts.filter(([, text]) => this.#isNamedIn(text, item.order));
    const mayBeNamed = about === 'named' || texts.some(([, text]) => this.#mayBeNamedIn(text, item.order));
    return mayBeNamed ? { item, content, about: 'named', texts: naming } : undefined;
  }

  async #textsOf(item: StoredEvent, content: StoredContent | undefined): Promise<Text[]> {
    const { tenant, cipher } = this.#context;
    const { words } = item;
    const dismissReason = item.state === 'queued' ? undefined : item.dismissReason;
    const read = async (sealed: Uint8Array | undefined, field: string): Promise<string | undefined> =>
      sealed && (await ifReadable(cipher.decrypt(sealed, { tenantId: tenant.tenantId, key: item, field })));
    const texts: Text[] = [];
    const said = await read(words, 'words');
    if (said !== undefined) texts.push(['firefishSaid', said]);
    const because = await read(dismissReason, 'dismissReason');
    if (because !== undefined) texts.push(['dismissedBecause', because]);
    if (content?.type === 'internal.dismiss' && content.reason !== undefined)
      texts.push(['dismissedBecause', content.reason]);
    return texts;
  }

  /** Whether a text names them, by an address or a full name. What was said later than is meant does not count. */
  #isNamedIn(text: string, order: EventOrder): boolean {
    const hashes = addressesWithin(text).map((address) => addressHash(this.#context.tenant, address));
    if (hashes.some((hash) => this.#isTheirs(hash, order))) return true;
    if (instantOf(order) > Math.max(...this.#start.values())) return false;
    return [...this.#names.values()].some((name) => hasFullName(text, name));
  }

  /** The same, or by a part of a name, which may have been another one before, or by SourceWhale's id. */
  #mayBeNamedIn(text: string, order: EventOrder): boolean {
    if (this.#isNamedIn(text, order)) return true;
    if (instantOf(order) > Math.max(...this.#start.values())) return false;
    const ids = [...this.candidateIds].map(outerId);
    return (
      [...this.#names.values()].some((name) => hasPartOfName(text, name)) ||
      text.split(NOT_OF_IDS).some((one) => ids.includes(one))
    );
  }

  /** @param by the address that leads to them */
  async #addPerson(personId: string, by?: string): Promise<void> {
    if (this.personIds.has(personId)) return;
    const found = await readPerson(this.#context, personId);
    if (found !== undefined && 'state' in found && by !== undefined) {
      const { since } = found.state.addresses[by] ?? {};
      if (since !== undefined && !this.isMeant(by, since)) return;
    }
    this.personIds.add(personId);
    if (found === undefined) return;
    if ('heir' in found) return this.#addPerson(found.heir, by);
    const { state } = found;
    this.persons.set(personId, state);
    for (const id of state.absorbing) this.personIds.add(id);
    for (const id of state.candidateIds) this.candidateIds.add(id);
    for (const [id, said] of Object.entries(state.names))
      for (const name of namesOf({ [id]: said })) this.#addName(name);
    for (const [hash, { domainHash: domain, flagged }] of Object.entries(state.addresses)) {
      (flagged === undefined ? this.addresses : this.wrongAddresses).set(hash, domain);
    }
  }

  /** Whether what an event of this order has said of the address is meant. */
  isMeant(hash: string, order: EventOrder): boolean {
    return !(instantOf(order) > (this.#start.get(hash) ?? Infinity));
  }

  /** Whether it is one of theirs, and meant. */
  #isTheirs(hash: string, order: EventOrder): boolean {
    return this.addresses.has(hash) && this.isMeant(hash, order);
  }

  /** Whether the event is about them, as far as they are known. */
  about(item: StoredEvent, content: StoredContent | undefined): HeldEvent['about'] | undefined {
    const { tenant } = this.#context;
    if (content !== undefined && 'domain' in content) {
      const hash = domainHash(tenant, content.domain);
      return [...this.addresses.values()].includes(hash) ? 'named' : undefined;
    }
    if (item.personId !== undefined && this.personIds.has(item.personId)) return 'them';
    if (content === undefined) return this.#isByRecord(item) ? 'them' : undefined;
    if ('email' in content && !('record' in content)) {
      const hash = addressHash(tenant, readAddress(content.email) ?? '');
      return this.#isTheirs(hash, item.order) ? 'them' : undefined;
    }
    if (!('record' in content)) return undefined;
    const { candidateId, addresses, wrong } = identityOf(tenant, content);
    const isTheirs =
      (candidateId !== undefined && this.candidateIds.has(candidateId)) ||
      [...addresses, ...(wrong === undefined ? [] : [wrong])].some(({ hash }) =>
        this.#isTheirs(hash, item.order),
      );
    return isTheirs ? 'them' : undefined;
  }

  /** By the Firefish records that an event without content has changed. */
  #isByRecord(item: StoredEvent): boolean {
    if (item.state === 'queued' || item.type.startsWith('domain.')) return false;
    const records = new Set<string>(
      [...this.persons.values()].flatMap((person) => person.records.map((one) => recordKey(one))),
    );
    return item.actions.some(({ entity, ref }) => records.has(`${entity}:${String(ref)}`));
  }

  /** The ids and addresses that an event about them adds. */
  #addIdentity(event: PersonEvent, order: EventOrder): void {
    const { tenant } = this.#context;
    const { candidateId, name = {}, addresses, wrong } = identityOf(tenant, event);
    const isNamed =
      (candidateId !== undefined && this.candidateIds.has(candidateId)) ||
      addresses.some(({ hash }) => this.#isTheirs(hash, order));
    // An address that the event flags leads to nobody.
    if (!isNamed) return;
    this.#addName(name);
    if (candidateId !== undefined) this.candidateIds.add(candidateId);
    if (wrong !== undefined) {
      this.wrongAddresses.set(wrong.hash, wrong.domainHash);
      if (!this.#start.has(wrong.hash)) this.addresses.delete(wrong.hash);
    }
    // If people are not matched by address, another address of the person may also be another person's.
    if (!tenant.settings.mergeWithExisting) return;
    for (const { hash, domainHash: domain } of addresses) {
      if (!this.wrongAddresses.has(hash)) this.addresses.set(hash, domain);
    }
  }
}

const entryKey = (tenant: Tenant, hash: string, domain: string): Key =>
  addressEntryKey(tenant.tenantId, domain, hash);

/** The id of a person who is known only by this address. */
const idOfAddress = (tenant: Tenant, hash: string): string =>
  newPersonId(tenant, [{ order: NOT_YET, addresses: [{ text: '', hash, domainHash: '' }] }]);

/** @param email normalised */
export const hashedAddress = (tenant: Pick<Tenant, 'hash'>, email: string): HashedAddress => {
  const { hash, domainHash: domain } = addressOf(tenant, email);
  return { hash, domainHash: domain };
};
