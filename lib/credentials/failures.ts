/**
 * Failed attempts to get in, counted in the sync table per client id and per source address. Beyond the bound
 * they are answered 429 instead of 401 until the minute is over. Only failures are: the credentials are looked at
 * first, and good ones always pass, since many agencies share SourceWhale's few addresses and anybody may know a
 * client id. Guessing 256 bits is hopeless anyway; this makes it visible and cheap to bear.
 */
import { isIPv6 } from 'node:net';
import type { Clock } from '../clock.ts';
import { failuresKey } from '../store/keys.ts';
import { type Table, update } from '../store/table.ts';

const WINDOW_SECONDS = 60;
export const FAILURES_PER_MINUTE = { client: 20, source: 100 } as const;
type CountedBy = keyof typeof FAILURES_PER_MINUTE;

export class FailureCounter {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Counts one failure; answers the seconds to wait where there were too many, else 0. */
  async count(failure: { clientId?: string; source: string }): Promise<number> {
    const counted = [this.#countBy('source', network(failure.source))];
    if (failure.clientId !== undefined) counted.push(this.#countBy('client', failure.clientId));
    return Math.max(...(await Promise.all(counted)));
  }

  async #countBy(by: CountedBy, of: string): Promise<number> {
    const now = Math.floor(this.#clock.now() / 1000);
    const item = await update(this.#table, failuresKey(by, of), (current) => {
      const failures = (current?.['failures'] as number | undefined) ?? 0;
      // A full count is not written any more: a flood costs reads only.
      if (failures > FAILURES_PER_MINUTE[by]) return undefined;
      const expiresAt = current?.expiresAt ?? now + WINDOW_SECONDS;
      return { ...failuresKey(by, of), failures: failures + 1, expiresAt };
    });
    const failures = item?.['failures'] as number;
    return failures > FAILURES_PER_MINUTE[by] ? Math.max(1, (item?.expiresAt ?? now) - now) : 0;
  }
}

/** An IPv6 sender owns its whole /64 and could use a new address each time: they count as one. */
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
