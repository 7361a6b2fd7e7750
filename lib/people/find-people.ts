/** Which persons identities lead to. Reads only: for the turn and for previews. */
import { earlier, NOT_YET } from '../events/event-order.ts';
import { type LinkedRecord, mergePersons, newPerson, type PersonState } from '../plan/person-state.ts';
import { allContradict, mergeNames, namesOf, namesSaidBy, type NamesSaid } from '../plan/said-names.ts';
import {
  type AddressEntry,
  firstAddress,
  freedBy,
  type Identity,
  type NamedAddress,
  namedAddresses,
  namesakeId,
  newPersonId,
  ownersOf,
  personAt,
  personIdOf,
} from './identity-index.ts';
import type { PersonName } from '../names/person-names.ts';
import { type Held, type ReadContext, readHeir, readPerson, unsaved } from './person-store.ts';

/**
 * Ids and addresses that one person may have: far more than any person has. What leads to more is an address that a
 * whole list of people was given, and their one state would grow until no table takes it.
 */
export const MOST_NAMES = 500;

export class TooManyNamesError extends Error {
  override name = 'TooManyNamesError';
}

export interface Found {
  /** By id, all persons that the identities lead to; a new one where there is none. */
  persons: ReadonlyMap<string, Held>;
  /** Persons' ids of SourceWhale ids that lead nowhere yet. */
  newIds: readonly string[];
  /** Other persons, whose names contradict, with one of the addresses. */
  sharing: readonly Held[];
  /** Ids of persons that an address leads to and that nothing is stored of: their events wait, or a turn has ended. */
  unknown: readonly string[];
  /** Ids of persons that one of the addresses was taken off as wrong: opt-outs still go by it. */
  former: readonly string[];
  /** A person who must not continue being this one: an id was theirs while it had no name. */
  left?: { person: Held; candidateId: string };
  /** Addresses that lead nowhere yet, with their entries. */
  unowned: readonly { address: NamedAddress; entry: AddressEntry | undefined }[];
}

/**
 * The person that stays when several are one: one with a name, since a nameless one may turn out to be someone else;
 * then one with records in Firefish, else the smallest id.
 */
const heirFirst = (a: Held, b: Held): number =>
  Number(isNamed(b)) - Number(isNamed(a)) ||
  Number(b.state.records.length > 0) - Number(a.state.records.length > 0) ||
  (a.state.personId < b.state.personId ? -1 : 1);

export const isNamed = ({ state }: Held): boolean => Object.keys(state.names).length > 0;

/** The names of a person to compare others' with: what was said, else what a record had that was found without a name. */
const knownNames = ({ names, records }: PersonState): PersonName[] => {
  const said = namesOf(names);
  return said.length > 0 ? said : records.flatMap(({ unchecked }) => unchecked ?? []);
};

/** The newest name that the identities say, by id. */
const namesIn = (identities: readonly Identity[]): NamesSaid =>
  identities
    .map(({ candidateId = '', name = {}, order }) => namesSaidBy(candidateId, name, order))
    .reduce(mergeNames, {});

/** What was opted in to on these records was not theirs to say: opt-outs of the addresses hold there again. */
function release(person: PersonState, records: readonly LinkedRecord[]): PersonState {
  const released = records.map(({ kind, ref, marketing }) => ({ kind, ref, marketing }));
  const isNew = released.some(({ marketing }) => Object.keys(marketing).length > 0);
  return isNew ? { ...person, released: [...(person.released ?? []), ...released] } : person;
}

/** A record that was found while no name was known is checked once there is one. */
function checkRecords(person: PersonState): PersonState {
  const names = namesOf(person.names);
  if (names.length === 0 || person.records.every(({ unchecked }) => unchecked === undefined)) return person;
  const kept = person.records.filter(
    ({ unchecked }) => unchecked === undefined || !allContradict(names, [unchecked]),
  );
  const records = kept.map(({ unchecked: _checked, ...record }) => record);
  if (records.length === person.records.length) return { ...person, records };
  const others = person.records.filter((record) => !kept.includes(record));
  return release({ ...person, records, lookups: {} }, others);
}

/** The heir first. */
export const inOrderOfHeirs = ({ persons }: Found): [Held, ...Held[]] => {
  const [heir, ...others] = [...persons.values()].sort(heirFirst);
  if (heir === undefined) throw new Error('identities lead to one person at least');
  return [heir, ...others];
};

const countNames = ({ candidateIds, addresses }: PersonState): number =>
  candidateIds.length + Object.keys(addresses).length;

/** The one person that the found ones are, with what the identities add. @throws TooManyNamesError */
export function combined(found: Found, identities: readonly Identity[]): PersonState {
  const [heir, ...others] = inOrderOfHeirs(found);
  const merged = others.reduce((person, { state }) => mergePersons(person, state), heir.state);
  const named = checkRecords(
    withIdentities(release(merged, found.left?.person.state.records ?? []), identities),
  );
  const count = countNames(named);
  if (count > MOST_NAMES && count > countNames(heir.state)) throw new TooManyNamesError();
  return named;
}

/** The person with what these identities add: ids, addresses, and since when. */
function withIdentities(person: PersonState, identities: readonly Identity[]): PersonState {
  const candidateIds = new Set(person.candidateIds);
  const addresses = { ...person.addresses };
  const unreached = new Set(person.unreached);
  const names = mergeNames(person.names, namesIn(identities));
  for (const { order, candidateId, addresses: said, wrong, finds } of identities) {
    if (candidateId !== undefined) candidateIds.add(candidateId);
    const nameless = candidateId !== undefined && names[candidateId] === undefined ? [candidateId] : [];
    for (const { text, hash, domainHash } of wrong === undefined ? said : [...said, wrong]) {
      const known = addresses[hash];
      if (known === undefined) unreached.add(hash);
      const since = earlier(known?.since ?? NOT_YET, finds === undefined ? order : NOT_YET);
      const saidBy = [...new Set([...(known?.saidBy ?? []), ...nameless])];
      addresses[hash] = { text, domainHash, ...known, since, ...(saidBy.length > 0 && { saidBy }) };
    }
  }
  return { ...person, candidateIds: [...candidateIds], names, addresses, unreached: [...unreached] };
}

/** Where the setting `mergeWithExisting` is off, addresses tie nobody together. */
export const findPeople = (context: ReadContext, identities: readonly Identity[]): Promise<Found> =>
  new Finding(context).run(identities);

class Finding {
  readonly #context: ReadContext;
  readonly #sharing = new Map<string, Held>();
  /** Versions of the items that lead to another person, by their ids. */
  readonly #tombstones = new Map<string, number>();
  readonly #unknown = new Set<string>();
  /** Ids of the persons that the identities are where nothing is stored of them. */
  #own: ReadonlySet<string> = new Set();
  /** Ids in entries of the persons in hand, which may be those of merged ones. */
  readonly #isHeld = new Set<string>();
  #left: Found['left'];
  #hasId = false;
  readonly #persons = new Map<string, Held>();

  constructor(context: ReadContext) {
    this.#context = context;
  }

  /** Ids first: the person an id leads to decides what a flagged address means. */
  async run(identities: readonly Identity[]): Promise<Found> {
    const { tenant, table } = this.#context;
    const added = await this.#holdByIds(identities);
    const addresses = namedAddresses(tenant.tenantId, identities);
    // Only the identity index writes entries.
    const items = (await table.getMany(addresses.map(({ key }) => key))) as AddressEntry[];
    const entries = new Map(items.map((item) => [item.sk, item]));
    for (const { personId } of identities) {
      if (personId !== undefined) await this.#hold(await readHeir(this.#context, personId));
    }
    const names = this.#namesOfIds(identities);
    const entry = entries.get(firstAddress(identities)?.hash ?? '');
    const freed = freedBy(entry, identities[0]?.order ?? NOT_YET);
    const ownId = newPersonId(tenant, identities, freed);
    const ownNamesakeId = namesakeId(tenant, identities, freed);
    this.#own = new Set([...added, ownId, ownNamesakeId]);
    // Nobody becomes another one who has an id by an address that is said to be wrong.
    this.#hasId = identities.some(({ candidateId }) => candidateId !== undefined);
    const wasWrong = ({ hash, order }: NamedAddress): boolean =>
      freedBy(entries.get(hash), order) !== undefined;
    // Whose address was wrong decides whether it means them: they are found by their others first.
    for (const address of addresses.toSorted((a, b) => Number(wasWrong(a)) - Number(wasWrong(b))))
      await this.#holdByAddress(address, entries.get(address.hash), names);
    const newIds = this.#giveHome(added, identities);
    if (this.#persons.size === 0) {
      const personId = this.#sharing.size > 0 ? ownNamesakeId : ownId;
      // Where addresses tie nobody together, the person of an address may be there although its entry was not asked.
      const isNew = added.includes(personId);
      await this.#hold(isNew ? unsaved(personId) : await readHeir(this.#context, personId));
    }
    const unowned = addresses
      .map((address) => ({ address, entry: entries.get(address.hash) }))
      .filter(({ address, entry }) => !this.#isFlagged(address) && this.#isUnowned(address, entry));
    const former = addresses.flatMap(({ hash, order }) =>
      (entries.get(hash)?.flagged ?? []).flatMap((flag) => (flag.order <= order ? [flag.personId] : [])),
    );
    return {
      ...{ persons: this.#persons, newIds, unowned, sharing: [...this.#sharing.values()], former },
      unknown: [...this.#unknown],
      ...(this.#left === undefined ? {} : { left: this.#left }),
    };
  }

  /** Nobody's, or only others'. */
  #isUnowned({ order, isWrong }: NamedAddress, entry: AddressEntry | undefined): boolean {
    if (personAt(entry, order) === undefined) return true;
    const others = this.#sharing.size + this.#unknown.size;
    if (isWrong || others === 0 || personAt(entry, order) !== entry?.personId) return false;
    return !ownersOf(entry).some((id) => this.#isHeld.has(id));
  }

  async #holdByIds(identities: readonly Identity[]): Promise<string[]> {
    const names = namesIn(identities);
    const newIds: string[] = [];
    for (const candidateId of new Set(identities.flatMap((one) => one.candidateId ?? []))) {
      const id = personIdOf(this.#context.tenant, candidateId);
      const found = await readPerson(this.#context, id);
      if (found === undefined) newIds.push(id);
      else if (!('heir' in found)) await this.#hold(found);
      else {
        const heir = await readHeir(this.#context, found.heir);
        this.#tombstones.set(id, found.version);
        if (isElse(heir.state, candidateId, names)) {
          // The tie was made while a name was missing: from now on the id is its own person.
          this.#left = { person: heir, candidateId };
          this.#share(heir);
          await this.#hold({
            ...unsaved(id),
            state: leaving(id, heir.state, candidateId),
            version: found.version,
          });
        } else await this.#hold(heir);
      }
    }
    return newIds;
  }

  /**
   * A nameless person may turn out to be someone else than the id that is named now: so the person lives at that id
   * from now on, and the nameless ids can leave. Answers the ids that are still new.
   */
  #giveHome(newIds: readonly string[], identities: readonly Identity[]): readonly string[] {
    const [first] = identities;
    if (first?.candidateId === undefined) return newIds;
    const { candidateId } = first;
    const id = personIdOf(this.#context.tenant, candidateId);
    const name = namesIn(identities)[candidateId] ?? {};
    const known = this.#persons.get(id);
    const others = [...this.#persons.values()].filter((one) => one !== known);
    const version = known?.version ?? (newIds.includes(id) ? 0 : this.#tombstones.get(id));
    const isNeeded =
      Object.keys(name).length > 0 &&
      version !== undefined &&
      others.length > 0 &&
      (known === undefined || !isNamed(known)) &&
      others.every((one) => !isNamed(one) && one.state.candidateIds.length > 0);
    if (!isNeeded) return newIds;
    const state = { ...(known?.state ?? newPerson(id)), names: { [candidateId]: name } };
    this.#persons.set(id, { state, version, isStored: false });
    return newIds.filter((one) => one !== id);
  }

  #share(person: Held): void {
    this.#sharing.set(person.state.personId, person);
  }

  /** Whether someone in hand has a name that the person's contradicts. */
  #isOther({ state }: Held, names: NamesSaid): boolean {
    const theirs = knownNames(state);
    const said = namesOf(names);
    const held = [...this.#persons.values()].map((one) => knownNames(one.state));
    return [said, ...held].some((one) => allContradict(one, theirs));
  }

  /** The newest names of the identities' ids, held events included. */
  #namesOfIds(identities: readonly Identity[]): NamesSaid {
    const ids = identities.flatMap(({ candidateId }) => candidateId ?? []);
    const known = [...this.#persons.values()].map(({ state }) =>
      Object.fromEntries(Object.entries(state.names).filter(([id]) => ids.includes(id))),
    );
    return known.reduce<NamesSaid>(mergeNames, namesIn(identities));
  }

  async #holdByAddress(
    address: NamedAddress,
    entry: AddressEntry | undefined,
    names: NamesSaid,
  ): Promise<void> {
    if (!this.#context.tenant.settings.mergeWithExisting || this.#isFlagged(address)) return;
    const first = personAt(entry, address.order);
    if (first === undefined) return;
    const ids = first === entry?.personId ? ownersOf(entry) : [first];
    const persons = await Promise.all(ids.map((id) => readHeir(this.#context, id)));
    for (const [place, person] of persons.entries()) {
      if (address.isWrong && !isFoundByWrong(person.state, address, this.#hasId || this.#persons.size > 0))
        continue;
      const { personId } = person.state;
      if (this.#persons.has(personId)) this.#isHeld.add(ids[place] ?? '');
      // Who they are is not known before their own events are worked on: by then they may contradict.
      else if (person.version === 0 && !this.#own.has(personId)) this.#unknown.add(personId);
      else if (this.#isOther(person, names)) this.#share(person);
      else {
        await this.#hold(person);
        this.#isHeld.add(ids[place] ?? '');
      }
    }
  }

  /** SourceWhale may continue listing an address that was taken off the person: it leads nowhere from there. */
  #isFlagged({ hash, order }: NamedAddress): boolean {
    return [...this.#persons.values()].some(({ state }) => {
      const flagged = state.addresses[hash]?.flagged;
      return flagged !== undefined && order >= flagged;
    });
  }

  /** With the persons of a merge that was begun: whatever holds one of them continues with it. */
  async #hold(person: Held): Promise<void> {
    if (this.#persons.has(person.state.personId)) return;
    this.#sharing.delete(person.state.personId);
    this.#persons.set(person.state.personId, person);
    for (const other of person.state.absorbing) {
      const found = await readPerson(this.#context, other);
      if (found !== undefined && !('heir' in found)) await this.#hold(found);
    }
  }
}

/** Whether an id that had no name turns out, by the name that is said now, to be someone else than its person. */
function isElse({ names, candidateIds }: PersonState, candidateId: string, said: NamesSaid): boolean {
  if (names[candidateId] !== undefined || candidateIds.length < (candidateIds.includes(candidateId) ? 2 : 1))
    return false;
  return allContradict(namesOf({ [candidateId]: said[candidateId] ?? {} }), namesOf(names));
}

/** The id as a separate person, with the addresses that it said. */
function leaving(personId: string, { addresses }: PersonState, candidateId: string): PersonState {
  const own = Object.entries(addresses).filter(([, { saidBy = [] }]) => saidBy.includes(candidateId));
  return { ...newPerson(personId), addresses: Object.fromEntries(own), unreached: own.map(([hash]) => hash) };
}

/**
 * Whether an address that is said to be wrong finds this person, who has it. Another one may have it since: then it
 * does not. Where the event's person is known otherwise, it finds only a person that no event has named, but a domain's
 * opt-out has found in Firefish.
 */
function isFoundByWrong(
  person: PersonState,
  { hash, order }: NamedAddress,
  isKnownOtherwise: boolean,
): boolean {
  const address = person.addresses[hash];
  if (address === undefined || (isKnownOtherwise && person.candidateIds.length > 0)) return false;
  return address.since <= order || address.since === NOT_YET;
}
