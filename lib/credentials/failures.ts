/**
 * Failed authentications, counted in the sync table for each client id and each source address. Beyond the limit they
 * are answered 429 instead of 401 until the minute is over. The credentials are checked first, and good ones always
 * pass, because many agencies share SourceWhale's few addresses and anyone can know a client id. Guessing 256 bits is
 * hopeless; this makes attempts visible and cheap. A source address is stored only as a keyed hash, with a key that is
 * replaced each day.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Clock } from '../clock.ts';
import { FAILURES_KEY, failuresKey } from '../store/keys.ts';
import { ConflictError, type Table } from '../store/table.ts';

export const WINDOW_SECONDS = 60;
export const FAILURES_PER_MINUTE = { client: 20, source: 100 } as const;
type CountedBy = keyof typeof FAILURES_PER_MINUTE;

/** One count, as one instance knows it. */
interface Tally {
  /** This instance's own failures, and how many of them are in the table. */
  own: number;
  written: number;
  /** The failures on other instances, as last seen. */
  others: number;
  /** Epoch seconds. */
  expiresAt: number;
  /** At most one write at a time, however many requests fail at once. */
  writing?: Promise<void>;
}

/** Beyond this number the oldest is dropped: a sender with many names must not fill the memory. */
const TALLIES_KEPT = 1_000;
const TRIES = 3;
const KEY_BYTES = 32;
export const KEY_KEPT_SECONDS = 24 * 3600;
const HASH_BYTES = 16;

/** Of the keyed hashes of source addresses. */
interface HashKey {
  key: Buffer;
  /** Epoch seconds. */
  expiresAt: number;
}

export class FailureCounter {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #tallies = new Map<string, Tally>();
  #hashKey: Promise<HashKey> | undefined;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /**
   * Counts one failure; returns the seconds to wait if there were too many, otherwise 0. A sender who is already over
   * the limit is not also counted by client id, because it could send a new one each time.
   */
  async count(failure: { clientId?: string; source: string }): Promise<number> {
    const wait = await this.#countBy('source', await this.#hashed(network(failure.source)));
    if (wait > 0 || failure.clientId === undefined) return wait;
    return this.#countBy('client', failure.clientId);
  }

  async #countBy(by: CountedBy, of: string): Promise<number> {
    const tally = this.#tally(`${by} ${of}`);
    tally.own += 1;
    const mine = tally.own;
    // A count at its limit is not written again: a flood costs nothing.
    if (mine + tally.others <= FAILURES_PER_MINUTE[by] + 1) {
      tally.writing ??= this.#write(by, of, tally).finally(() => {
        delete tally.writing;
      });
      await tally.writing;
    }
    const isTooMany = mine + tally.others > FAILURES_PER_MINUTE[by];
    return isTooMany ? Math.max(1, tally.expiresAt - this.#seconds()) : 0;
  }

  async #hashed(source: string): Promise<string> {
    const known = (this.#hashKey ??= this.#loadHashKey());
    let hashKey = await known;
    if (hashKey.expiresAt <= this.#seconds()) {
      // If many find it expired, only one reads the next.
      if (this.#hashKey === known) this.#hashKey = this.#loadHashKey();
      hashKey = await this.#hashKey;
    }
    return createHmac('sha256', hashKey.key)
      .update(source)
      .digest()
      .subarray(0, HASH_BYTES)
      .toString('base64url');
  }

  /** The key that all instances share. If the table does not answer, this instance counts by itself for a minute. */
  async #loadHashKey(): Promise<HashKey> {
    const key = randomBytes(KEY_BYTES);
    try {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const item = await this.#table.get(FAILURES_KEY);
        if (item?.expiresAt !== undefined) {
          // Only this file writes the item.
          return { key: Buffer.from(item['key'] as string, 'base64'), expiresAt: item.expiresAt };
        }
        const expiresAt = this.#seconds() + KEY_KEPT_SECONDS;
        await this.#table
          .put({ ...FAILURES_KEY, key: key.toString('base64'), expiresAt }, 'absent')
          .catch((error: unknown) => {
            if (!(error instanceof ConflictError)) throw error;
          });
      }
    } catch {
      // The request is refused, even if the failure could not be counted for all instances.
    }
    return { key, expiresAt: this.#seconds() + WINDOW_SECONDS };
  }

  #tally(name: string): Tally {
    const known = this.#tallies.get(name);
    if (known !== undefined && known.expiresAt > this.#seconds()) return known;
    const tally = { own: 0, written: 0, others: 0, expiresAt: this.#seconds() + WINDOW_SECONDS };
    this.#tallies.delete(name);
    this.#tallies.set(name, tally);
    const [oldest] = this.#tallies.keys();
    if (oldest !== undefined && this.#tallies.size > TALLIES_KEPT) this.#tallies.delete(oldest);
    return tally;
  }

  /**
   * Adds to the shared count what is not in the table yet. If that fails, this instance continues with what it knows.
   */
  async #write(by: CountedBy, of: string, tally: Tally): Promise<void> {
    const key = failuresKey(by, of);
    for (let tries = 0; tries < TRIES; tries += 1) {
      try {
        const current = await this.#table.get(key);
        const { own } = tally;
        const counted = (current?.['failures'] as number | undefined) ?? 0;
        const failures = Math.min(counted + own - tally.written, FAILURES_PER_MINUTE[by] + 1);
        const expiresAt = current?.expiresAt ?? tally.expiresAt;
        await this.#table.put({ ...key, failures, expiresAt }, current?.version ?? 'absent');
        Object.assign(tally, { written: own, others: Math.max(0, counted - tally.written), expiresAt });
        return;
      } catch (error) {
        // The request is refused, even if the failure could not be counted.
        if (!(error instanceof ConflictError)) return;
      }
    }
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}

/** An IPv6 sender has a whole /64 and could use a new address each time: these count as one. */
export function network(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  // The URL parser writes any form of an IPv6 address in the one short form.
  const [head = '', tail] = new URL(`http://[${address.replace(/%.*/, '')}]`).hostname
    .slice(1, -1)
    .split('::');
  const groups = (text: string | undefined): string[] =>
    text === undefined || text === '' ? [] : text.split(':');
  const missing = 8 - groups(head).length - groups(tail).length;
  const zeros = Array.from({ length: tail === undefined ? 0 : missing }, () => '0');
  return `${[...groups(head), ...zeros, ...groups(tail)].slice(0, 4).join(':')}::/64`;
}
