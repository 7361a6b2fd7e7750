/** One try at a claim: collects the leases of all whom the identities lead to, all or none, and makes them one person. */
import { ConflictError, type Table } from '../store/table.ts';
import { isFoundByWrong, type OwnerDeps } from './address-owners.ts';
import { heirFirst, mergeHeld, refuseTooMany, withIdentities } from './held-person.ts';
import { type Identity, ledTo, type Lead, type LeadItem, leadsOf } from './leads.ts';
import {
  freshLease,
  type HeldPerson,
  type Lease,
  type LeaseDeps,
  leaseNewPerson,
  leasePerson,
  openPerson,
  type Prepare,
  readPersonItem,
  writePerson,
} from './person-lease.ts';

export interface ClaimDeps extends LeaseDeps, OwnerDeps {
  table: Table;
  /** Whether somebody with too many names is refused. */
  isBounded?: boolean;
}

export class ClaimAttempt {
  readonly owner: string;
  readonly #deps: ClaimDeps;
  readonly #identities: readonly Identity[];
  readonly #held = new Map<string, HeldPerson>();
  /** Left behind by a merge that died half-way: lead to their heir already, whose lease covers them. */
  readonly #orphans = new Map<string, HeldPerson>();
  /** As the persons were before. */
  readonly #original = new Map<string, HeldPerson>();

  /**
   * The ids and addresses are written with the lease, before anything leads to the person by them: a domain's
   * word finds either the address here, or itself remembered by who comes after it.
   */
  readonly #prepare: Prepare = (person) => {
    this.#original.set(person.state.personId, person);
    const named = withIdentities(person, this.#identities);
    if (this.#deps.isBounded === true) refuseTooMany([named], person);
    return named;
  };

  constructor(deps: ClaimDeps, identities: readonly Identity[]) {
    this.#deps = deps;
    this.#identities = identities;
    this.owner = deps.newId();
  }

  /** @throws BusyError, ConflictError: what is held by then must be given back */
  async run(): Promise<HeldPerson> {
    const leads = leadsOf(this.#deps.tenantId, this.#identities);
    const items = await this.#read(leads);
    for (const lead of leads) {
      const personId = this.#leadsTo(lead, items.get(lead));
      if (personId === undefined) continue;
      if (lead.isWrong !== true || (await this.#isFound(personId, lead, this.#held.size > 0)))
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
          lead.isWrong !== true || (await this.#isFound(leadsTo, lead, !this.#holdsNewcomerOnly));
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

  #isFound(personId: string, lead: Lead, isKnownOtherwise: boolean): Promise<boolean> {
    return isFoundByWrong(this.#deps, personId, { lead, isKnownOtherwise });
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
    // What has been begun is ended, however much it is.
    if (this.#deps.isBounded === true && this.#orphans.size === 0 && heir.state.absorbing.length === 0)
      refuseTooMany([heir, ...others]);
    const lease = freshLease(this.#deps, this.owner);
    const absorbing = [...others, ...this.#orphans.values()].map(({ state }) => state.personId);
    heir = await this.#write({ ...heir, state: { ...heir.state, absorbing } }, lease);
    for (const other of others) await this.#orphan(other, heirId);
    const orphans = [...this.#orphans.values()];
    heir = await this.#write(orphans.reduce(mergeHeld, heir), lease);
    for (const { item } of orphans) {
      await this.#deps.table.put({ pk: item.pk, sk: item.sk, mergedInto: heirId }, item.version);
    }
    return heir;
  }

  async #write(person: HeldPerson, lease: Lease): Promise<HeldPerson> {
    const held = await writePerson(this.#deps, person, lease);
    this.#held.set(held.state.personId, held);
    return held;
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
