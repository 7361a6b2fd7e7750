/**
 * Claims: who may match, create and write one person. Everything that leads to the person is made to do so
 * before anything is looked up in Firefish, and the person's lease is held from then on: who comes second
 * finds the first one's claim. Nobody waits while holding: a claim that meets another gives back what it has
 * and says until when.
 */
import { addressKey, recordLeadKey } from '../store/keys.ts';
import { ConflictError } from '../store/table.ts';
import { foreignRecords, linkedToOthers } from './address-owners.ts';
import { ClaimAttempt, type ClaimDeps } from './claim-attempt.ts';
import { flagLead, type Identity, type LeadItem, leadsOf } from './leads.ts';
import { freshLease, type HeldPerson, reserveMs, WORKING_MS, writePerson } from './person-lease.ts';
import { type PersonState, type RecordKey, recordKey } from './person.ts';
import type { Stamp } from './stamp.ts';

/** The lease ran out and somebody else took over: nothing more may be written. */
export class LostClaimError extends Error {
  override name = 'LostClaimError';
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

  linkedToOthers(records: readonly RecordKey[]): Promise<RecordKey[]> {
    return linkedToOthers(this.#deps, this.person, records);
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
  const attempt = new ClaimAttempt(deps, identities);
  try {
    return new Claim(deps, attempt.owner, await attempt.run());
  } catch (error) {
    await attempt.giveBack();
    throw error instanceof ConflictError ? new LostClaimError('the claim on this person was lost') : error;
  }
}
