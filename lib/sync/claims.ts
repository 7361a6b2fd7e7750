/**
 * Claims: who may match, create and write one person. Everything that leads to the person is made to do so
 * before anything is looked up in Firefish, and the person's lease is held from then on: who comes second
 * finds the first one's claim. Nobody waits while holding: a claim that meets another gives back what it has
 * and says until when.
 */
import { addressKey, personKey, recordLeadKey } from '../store/keys.ts';
import { ConflictError } from '../store/table.ts';
import { flagLead, type Identity, ledTo, type Lead, type LeadItem, leadsOf } from './leads.ts';
import {
  freshLease,
  type HeldPerson,
  type LeaseDeps,
  leaseNewPerson,
  leasePerson,
  openPerson,
  type Prepare,
  readPersonItem,
  reserveMs,
  WORKING_MS,
  writePerson,
} from './person-lease.ts';
import { heardOf, mergePersons, newPerson, type PersonState, recordKey } from './person.ts';
import { earlier, eventIdOf, type Stamp, UNSAID } from './stamp.ts';

/** The lease ran out and somebody else took over: nothing more may be written. */
export class LostClaimError extends Error {
  override name = 'LostClaimError';
}

export interface ClaimDeps extends LeaseDeps {
  /** False: addresses tie nobody to anybody (`mergeWithExisting` off). */
  matchByAddress: boolean;
}

export class Claim {
  readonly #deps: ClaimDeps;
  readonly #owner: string;
  #held: HeldPerson;

  constructor(deps: ClaimDeps, owner: string, held: HeldPerson) {
    this.#deps = deps;
    this.#owner = owner;
    this.#held = held;
  }

  get person(): PersonState {
    return this.#held.state;
  }

  /** The person's addresses by their hashes. */
  get texts(): Readonly<Record<string, string>> {
    return this.#held.texts;
  }

  /** @throws LostClaimError */
  async save(state: PersonState): Promise<void> {
    await this.#write(state, true);
  }

  /** Saves and lets go. @throws LostClaimError */
  async release(state: PersonState = this.person): Promise<void> {
    await this.#write(state, false);
  }

  /** Epoch milliseconds by which a write must have left; renews the lease where too little of it is left. */
  async startBy(): Promise<number> {
    if (this.#until - reserveMs(this.#deps) - this.#deps.clock.now() < WORKING_MS / 2)
      await this.save(this.person);
    return this.#until - reserveMs(this.#deps);
  }

  /** Epoch milliseconds from which on nothing that was begun under this claim can land any more. */
  get settlesAt(): number {
    return this.#until;
  }

  /** The address is wrong: it leads to this person for events before `stamp` only, and is free for others. */
  async flagAddress(hash: string, stamp: Stamp, records: string[]): Promise<void> {
    const address = this.person.addresses[hash];
    if (address === undefined) return;
    const { table, tenantId } = this.#deps;
    const key = addressKey(tenantId, address.domainHash, hash);
    await flagLead(table, key, { personId: this.person.personId, stamp, records });
  }

  /** Records of others that still hold one of the person's addresses although it was taken off them. */
  foreignRecords(hashes: readonly string[]): Promise<Set<string>> {
    return foreignRecords(this.#deps, this.person, hashes);
  }

  /** Whether nobody knew the person before this claim. */
  get isNew(): boolean {
    return this.#held.item.version === 1;
  }

  /** As if the person had never been claimed, for one who was erased meanwhile. */
  async forget(identities: readonly Identity[]): Promise<void> {
    const { table, tenantId } = this.#deps;
    for (const { key } of leadsOf(tenantId, identities)) {
      const item = (await table.get(key)) as LeadItem | undefined;
      if (item?.personId === this.person.personId) await table.delete(key, item.version);
    }
    await table.delete(this.#held.item, this.#held.item.version);
  }

  get #until(): number {
    return this.#held.item.lease?.until ?? 0;
  }

  async #write(state: PersonState, keep: boolean): Promise<void> {
    const lease = keep ? freshLease(this.#deps, this.#owner) : undefined;
    await this.#pointRecords(state);
    try {
      this.#held = await writePerson(this.#deps, { ...this.#held, state }, lease);
    } catch (error) {
      if (error instanceof ConflictError) throw new LostClaimError('the claim on this person was lost');
      throw error;
    }
  }

  /** Before the person has them: no record is ever linked without leading to its person. */
  async #pointRecords({ records, personId }: PersonState): Promise<void> {
    const known = new Set(this.person.records.map(recordKey));
    const fresh = records.map(recordKey).filter((record) => !known.has(record));
    const { table, tenantId } = this.#deps;
    await Promise.all(
      fresh.map((record) => table.put({ ...recordLeadKey(tenantId, record), personId }, 'anything')),
    );
  }
}

/**
 * Claims the one person whom all these identities are about, made new where nobody knows any of them, and
 * merged where they lead to several.
 * @throws BusyError while another worker has any of them; nothing is held then
 */
export async function claimPerson(deps: ClaimDeps, identities: readonly Identity[]): Promise<Claim> {
  const attempt = new Attempt(deps, (person) => withIdentities(person, identities));
  try {
    return new Claim(deps, attempt.owner, await attempt.run(leadsOf(deps.tenantId, identities)));
  } catch (error) {
    await attempt.giveBack();
    throw error instanceof ConflictError ? new LostClaimError('the claim on this person was lost') : error;
  }
}

export type PeekDeps = Pick<ClaimDeps, 'table' | 'tenantId' | 'cipher' | 'newId' | 'matchByAddress'>;

/** A person as a claim would find them, without one. */
export interface Peeked {
  person: PersonState;
  texts: Readonly<Record<string, string>>;
  foreignRecords: (hashes: readonly string[]) => Promise<Set<string>>;
}

/** What `claimPerson` would answer now; nothing is written, nobody is kept out. */
export async function peekPerson(deps: PeekDeps, identities: readonly Identity[]): Promise<Peeked> {
  const { table, tenantId } = deps;
  const leads = leadsOf(tenantId, identities);
  const items = (await table.getMany(leads.map(({ key }) => key))) as LeadItem[];
  const persons = new Map<string, HeldPerson>();
  for (const lead of leads) {
    if (lead.addressHash !== undefined && !deps.matchByAddress) continue;
    const hash = lead.addressHash;
    const isFlagged = [...persons.values()].some(
      ({ state }) => hash !== undefined && lead.stamp >= (state.addresses[hash]?.flagged ?? '\uffff'),
    );
    const item = items.find(({ pk, sk }) => pk === lead.key.pk && sk === lead.key.sk);
    const personId = isFlagged ? undefined : ledTo(item, lead.stamp);
    if (personId === undefined) continue;
    if (lead.isWrong !== true || (persons.size === 0 && (await hadAddress(deps, personId, lead)))) {
      await peek(deps, personId, persons);
    }
  }
  const [first = emptyPerson(deps), ...others] = [...persons.values()].sort(heirFirst);
  const merged = others.reduce<HeldPerson>(mergeHeld, first);
  const { state, texts } = withIdentities(merged, identities);
  return {
    person: state,
    texts,
    foreignRecords: (hashes) => foreignRecords(deps, state, hashes),
  };
}

async function peek(deps: PeekDeps, personId: string, persons: Map<string, HeldPerson>): Promise<void> {
  const item = await readPersonItem(deps, personId);
  if (item?.mergedInto !== undefined) await peek(deps, item.mergedInto, persons);
  else if (item?.state !== undefined) persons.set(personId, await openPerson(deps, item, item.state));
}

const emptyPerson = (deps: PeekDeps): HeldPerson => {
  const personId = deps.newId();
  return {
    item: { ...personKey(deps.tenantId, personId), version: 0 },
    state: newPerson(personId),
    texts: {},
  };
};

const mergeHeld = (into: HeldPerson, from: HeldPerson): HeldPerson => ({
  ...into,
  state: mergePersons(into.state, from.state),
  texts: { ...into.texts, ...from.texts },
});

/** The person that stays when several are one: who has records in Firefish, else the smallest id. */
const heirFirst = (a: HeldPerson, b: HeldPerson): number =>
  Number(b.state.records.length > 0) - Number(a.state.records.length > 0) ||
  (a.state.personId < b.state.personId ? -1 : 1);

/** Whether the address was the person's when it was said to be wrong. Somebody else may have it since. */
async function hadAddress(
  deps: Pick<ClaimDeps, 'table' | 'tenantId'>,
  personId: string,
  lead: Lead,
): Promise<boolean> {
  const item = await readPersonItem(deps, personId);
  if (item?.mergedInto !== undefined) return hadAddress(deps, item.mergedInto, lead);
  const address = item?.state?.addresses[lead.addressHash ?? ''];
  return address !== undefined && (address.since <= lead.stamp || address.since === UNSAID);
}

/**
 * Records that are other persons', although they hold an address of this one's. Where addresses tie nobody, several
 * may have one: what is said of it reaches them all.
 */
async function foreignRecords(
  { table, tenantId, matchByAddress }: Pick<ClaimDeps, 'table' | 'tenantId' | 'matchByAddress'>,
  person: PersonState,
  hashes: readonly string[],
): Promise<Set<string>> {
  const keys = hashes.flatMap((hash) => {
    const address = person.addresses[hash];
    return address === undefined ? [] : [addressKey(tenantId, address.domainHash, hash)];
  });
  const items = (await table.getMany(keys)) as LeadItem[];
  const flags = items.flatMap(({ flagged }) => flagged ?? []);
  const taken = flags.filter(({ personId }) => personId !== person.personId);
  const owners = items.flatMap(({ personId }) =>
    personId !== undefined && matchByAddress ? [personId] : [],
  );
  const others = await Promise.all(
    owners
      .filter((id) => id !== person.personId)
      .map((id) => recordsOf({ table, tenantId }, id, person.personId)),
  );
  return new Set([...taken.flatMap(({ records }) => records), ...others.flat()]);
}

/** The records of a person, unless they were merged into the one who asks. */
async function recordsOf(
  deps: Pick<ClaimDeps, 'table' | 'tenantId'>,
  personId: string,
  asking: string,
): Promise<string[]> {
  if (personId === asking) return [];
  const item = await readPersonItem(deps, personId);
  if (item?.mergedInto !== undefined) return recordsOf(deps, item.mergedInto, asking);
  return item?.state?.records.map((record) => recordKey(record)) ?? [];
}

/** The person with what these identities add: ids, addresses, and since when. */
function withIdentities(held: HeldPerson, identities: readonly Identity[]): HeldPerson {
  const candidateIds = { ...held.state.candidateIds };
  const addresses = { ...held.state.addresses };
  const texts = { ...held.texts };
  const unreached = new Set(held.state.unreached);
  for (const { stamp, candidateId, addresses: said, wrong, finds } of identities) {
    if (candidateId !== undefined) {
      candidateIds[candidateId] = earlier(candidateIds[candidateId] ?? stamp, stamp);
    }
    for (const { text, hash, domainHash } of wrong === undefined ? said : [...said, wrong]) {
      const address = addresses[hash];
      if (address === undefined) unreached.add(hash);
      const since = earlier(address?.since ?? UNSAID, finds === undefined ? stamp : UNSAID);
      addresses[hash] = { domainHash, ...address, since };
      texts[hash] = text;
    }
  }
  const state = { ...held.state, candidateIds, addresses, unreached: [...unreached] };
  return {
    ...held,
    state: heardOf(
      state,
      identities.map(({ stamp }) => eventIdOf(stamp)),
    ),
    texts,
  };
}

/** One try at claiming: collects leases, and gives them back where one can't be had. */
class Attempt {
  readonly owner: string;
  readonly #deps: ClaimDeps;
  readonly #held = new Map<string, HeldPerson>();
  /** Left behind by a merge that died half-way: lead to their heir already, whose lease covers them. */
  readonly #orphans = new Map<string, HeldPerson>();

  /**
   * The ids and addresses are written with the lease, before anything leads to the person by them: a domain's
   * word finds either the address here, or itself remembered by who comes after it.
   */
  readonly #prepare: Prepare;
  /** As the persons were before. */
  readonly #original = new Map<string, HeldPerson>();

  constructor(deps: ClaimDeps, prepare: Prepare) {
    this.#deps = deps;
    this.#prepare = (person) => {
      this.#original.set(person.state.personId, person);
      return prepare(person);
    };
    this.owner = deps.newId();
  }

  async run(leads: readonly Lead[]): Promise<HeldPerson> {
    const items = await this.#read(leads);
    for (const lead of leads) {
      const personId = this.#leadsTo(lead, items.get(lead));
      if (personId === undefined) continue;
      if (lead.isWrong !== true) await this.#hold(personId);
      else if (this.#held.size === 0 && (await hadAddress(this.#deps, personId, lead)))
        await this.#hold(personId);
    }
    if (this.#held.size === 0) {
      const personId = this.#deps.newId();
      this.#held.set(personId, await leaseNewPerson(this.#deps, this.owner, personId, this.#prepare));
    }
    for (const lead of leads) await this.#point(lead, items.get(lead));
    return this.#absorb();
  }

  /** What is held goes back as it was; what can't be given back runs out by itself. */
  async giveBack(): Promise<void> {
    await Promise.allSettled(
      [...this.#held.values()].map((held) =>
        writePerson(this.#deps, { ...held, ...this.#before(held) }, undefined),
      ),
    );
  }

  /** What was merged stays so; what was only added to a person goes again. */
  #before({ state, texts }: HeldPerson): Pick<HeldPerson, 'state' | 'texts'> {
    const original = this.#original.get(state.personId);
    const isMerged = original === undefined || original.state.records.length !== state.records.length;
    return isMerged ? { state, texts } : { state: original.state, texts: original.texts };
  }

  async #read(leads: readonly Lead[]): Promise<Map<Lead, LeadItem>> {
    const items = (await this.#deps.table.getMany(leads.map(({ key }) => key))) as LeadItem[];
    const byLead = new Map<Lead, LeadItem>();
    for (const lead of leads) {
      const item = items.find(({ pk, sk }) => pk === lead.key.pk && sk === lead.key.sk);
      if (item !== undefined) byLead.set(lead, item);
    }
    return byLead;
  }

  #leadsTo(lead: Lead, item: LeadItem | undefined): string | undefined {
    if (lead.addressHash !== undefined && !this.#deps.matchByAddress) return undefined;
    return this.#isFlagged(lead) ? undefined : ledTo(item, lead.stamp);
  }

  /** SourceWhale may go on listing an address that was taken off the person: it leads nowhere from there. */
  #isFlagged({ addressHash, stamp }: Lead): boolean {
    if (addressHash === undefined) return false;
    return [...this.#held.values()].some(({ state }) => {
      const flagged = state.addresses[addressHash]?.flagged;
      return flagged !== undefined && stamp >= flagged;
    });
  }

  async #hold(personId: string): Promise<void> {
    if (this.#held.has(personId)) return;
    const item = await readPersonItem(this.#deps, personId);
    if (item?.mergedInto !== undefined) {
      await this.#hold(item.mergedInto);
      return;
    }
    const held =
      item === undefined
        ? await leaseNewPerson(this.#deps, this.owner, personId, this.#prepare)
        : await leasePerson(this.#deps, this.owner, item, this.#prepare);
    this.#held.set(personId, held);
    for (const other of held.state.absorbing) await this.#resume(personId, other);
  }

  /** Goes on with a merge that died half-way. */
  async #resume(heirId: string, otherId: string): Promise<void> {
    const item = await readPersonItem(this.#deps, otherId);
    if (item?.state === undefined) return;
    if (item.mergedInto === heirId)
      this.#orphans.set(otherId, await openPerson(this.#deps, item, item.state));
    else await this.#hold(otherId);
  }

  /**
   * Makes the lead lead to the claimed person; whom it leads to already is claimed as well. A wrong address may be
   * somebody else's by now; where it is nobody's, its records are matched one last time, by one person only.
   */
  async #point(lead: Lead, read: LeadItem | undefined): Promise<void> {
    let item = read;
    for (;;) {
      if (this.#isFlagged(lead)) return;
      const leadsTo = ledTo(item, lead.stamp);
      if (leadsTo !== undefined) {
        const isTheirs =
          lead.isWrong !== true || (this.#holdsNewcomerOnly && (await hadAddress(this.#deps, leadsTo, lead)));
        if (isTheirs && this.#leadsTo(lead, item) !== undefined) await this.#hold(leadsTo);
        return;
      }
      const flagged = item?.flagged === undefined ? {} : { flagged: item.flagged };
      const { personId } = this.#heir().state;
      try {
        await this.#deps.table.put({ ...lead.key, personId, ...flagged }, item?.version ?? 'absent');
        return;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        item = await this.#deps.table.get(lead.key);
      }
    }
  }

  /** Nothing led to anybody but what somebody else has claimed since. */
  get #holdsNewcomerOnly(): boolean {
    return [...this.#held.values()].every(({ item }) => item.version === 1);
  }

  #heir(): HeldPerson {
    const [first] = [...this.#held.values()].sort(heirFirst);
    if (first === undefined) throw new Error('an attempt holds at least one person');
    return first;
  }

  /**
   * Merges all that are held into one, in steps of which each can be the last before a crash: the heir says
   * whom it absorbs; each of those leads to the heir; the heir has taken over; what the others were is dropped.
   */
  async #absorb(): Promise<HeldPerson> {
    let heir = this.#heir();
    const heirId = heir.state.personId;
    const others = [...this.#held.values()].filter(({ state }) => state.personId !== heirId);
    if (others.length === 0 && this.#orphans.size === 0) return heir;
    const lease = freshLease(this.#deps, this.owner);
    const absorbing = [...others, ...this.#orphans.values()].map(({ state }) => state.personId);
    heir = await this.#keep(
      await writePerson(this.#deps, { ...heir, state: { ...heir.state, absorbing } }, lease),
    );
    for (const other of others) await this.#orphan(other, heirId);
    const orphans = [...this.#orphans.values()];
    const merged = orphans.reduce(mergeHeld, heir);
    heir = await this.#keep(await writePerson(this.#deps, merged, lease));
    for (const { item } of orphans) {
      await this.#deps.table.put({ pk: item.pk, sk: item.sk, mergedInto: heirId }, item.version);
    }
    return heir;
  }

  #keep(held: HeldPerson): Promise<HeldPerson> {
    this.#held.set(held.state.personId, held);
    return Promise.resolve(held);
  }

  async #orphan(other: HeldPerson, heirId: string): Promise<void> {
    const { pk, sk, sealed, version } = other.item;
    const item = await this.#deps.table.put(
      { pk, sk, state: other.state, ...(sealed === undefined ? {} : { sealed }), mergedInto: heirId },
      version,
    );
    this.#held.delete(other.state.personId);
    this.#orphans.set(other.state.personId, { ...other, item });
  }
}
