/**
 * Searches by address that wait for their turn at the same time share one call where they are of one e-mail domain.
 *
 * Which askers a call serves is settled as it leaves, never earlier: each of them has asked before, and so has claimed
 * the person before Firefish looks. An answer from before that could miss a record that was made meanwhile.
 */
import type { Kind } from '../events/event.ts';
import { domainOf } from '../events/addresses.ts';
import { fold } from '../text/visible.ts';
import { LIKE_CLASS_OPENER, PARAMETER } from './assumptions.ts';
import type { Urgency, Work } from '../events/urgency.ts';
import { addressesOf, peopleWith, searchByEmail, spellingsOf } from './people-search.ts';
import type { FirefishRecord, FoundRecords } from './port.ts';
import { overAllTime, searchOnce, type Caller, type SearchDeps } from './search.ts';

/** Those who have asked for one domain and not been sent for yet. */
interface Party {
  addresses: Set<string>;
  /** Theirs: the call is as urgent as the most urgent of them. */
  works: Work[];
  found: Promise<Map<string, FirefishRecord[]> | undefined>;
}

/** A domain that one search can't show is not tried again for so long. */
const TOO_LARGE_FOR_MS = 3_600_000;
const LARGE_DOMAINS_KEPT = 1_000;

export class SharedSearch {
  readonly #callsFor: (work: Work) => Caller;
  readonly #now: () => number;
  readonly #waiting = new Map<string, Party>();
  /** By kind and domain: until when. */
  readonly #tooLarge = new Map<string, number>();

  constructor(callsFor: (work: Work) => Caller, now: () => number) {
    this.#callsFor = callsFor;
    this.#now = now;
  }

  /** Every record of the kind with exactly this address, archived ones included, over all time. */
  async find(kind: Kind, text: string, work: Work): Promise<FoundRecords> {
    const address = fold(text);
    const domain = domainOf(address);
    const name = `${kind} ${domain}`;
    const alone =
      domain === address ||
      address.includes(LIKE_CLASS_OPENER) ||
      spellingsOf(address).length > 1 ||
      this.#isTooLarge(name);
    const found = alone ? undefined : await this.#join(kind, domain, address, work);
    return found?.get(address) ?? searchByEmail(this.#callsFor(work), this.#now, kind, address);
  }

  async #join(
    kind: Kind,
    domain: string,
    address: string,
    work: Work,
  ): Promise<Map<string, FirefishRecord[]> | undefined> {
    const name = `${kind} ${domain}`;
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) {
      waiting.addresses.add(address);
      waiting.works.push(work);
      return waiting.found;
    }
    const [addresses, works] = [new Set([address]), [work]];
    const found = this.#search(kind, domain, addresses, works);
    this.#waiting.set(name, { addresses, works, found });
    try {
      return await found;
    } finally {
      // Where the call could not leave at all.
      if (this.#waiting.get(name)?.found === found) this.#waiting.delete(name);
    }
  }

  /** By address what there is; `undefined` where one search does not show it all. */
  async #search(
    kind: Kind,
    domain: string,
    addresses: Set<string>,
    works: readonly Work[],
  ): Promise<Map<string, FirefishRecord[]> | undefined> {
    const name = `${kind} ${domain}`;
    const leaving = (): Record<string, string> => {
      if (this.#waiting.get(name)?.addresses === addresses) this.#waiting.delete(name);
      const [first = '', ...others] = addresses;
      return { [PARAMETER.email]: others.length === 0 ? first : `@${domain}` };
    };
    const deps: SearchDeps<FirefishRecord> = peopleWith(this.#callsFor(mostUrgent(works)), kind, this.#now);
    const { rows, complete } = await searchOnce(
      deps,
      { ...overAllTime({}, this.#now()), leaving },
      () => addresses.size,
    );
    if (!complete) {
      if (addresses.size > 1) this.#keepTooLarge(name);
      return undefined;
    }
    return new Map(
      [...addresses].map((address) => [address, rows.filter((row) => addressesOf(row).includes(address))]),
    );
  }

  #isTooLarge(name: string): boolean {
    return (this.#tooLarge.get(name) ?? 0) > this.#now();
  }

  #keepTooLarge(name: string): void {
    const [oldest] = this.#tooLarge.keys();
    if (this.#tooLarge.size >= LARGE_DOMAINS_KEPT && oldest !== undefined) this.#tooLarge.delete(oldest);
    this.#tooLarge.set(name, this.#now() + TOO_LARGE_FOR_MS);
  }
}

const mostUrgent = (works: readonly Work[]): Work => ({
  get urgency() {
    return works.reduce<Urgency>((most, { urgency }) => (urgency < most ? urgency : most), 4);
  },
});
