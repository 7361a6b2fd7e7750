/**
 * What SourceWhale said of marketing, kept by itself and for ever: by keyed hash of an address, by
 * SourceWhale id, by domain. Per channel the newest word wins, whichever of them it was said of.
 */
import { CHANNELS, type MarketingChannel } from '../events/event.ts';
import { marketingKey } from '../store/keys.ts';
import { type Item, type Key, type Table, update } from '../store/table.ts';
import type { Stamp } from './stamp.ts';

export interface Word {
  stamp: Stamp;
  optedOut: boolean;
  /** Said of a whole domain, not of the person. */
  ofDomain?: true;
}
export type Words = Partial<Record<MarketingChannel, Word>>;

/** Whom a word is about. Domains and addresses by keyed hash. */
export interface Subject {
  by: 'address' | 'candidate-id' | 'domain';
  of: string;
}

/** Per channel the newest of all words. */
export function newestWords(all: readonly Words[]): Words {
  const newest: Words = {};
  for (const words of all) {
    for (const channel of CHANNELS) {
      const word = words[channel];
      const known = newest[channel];
      if (word !== undefined && (known === undefined || word.stamp > known.stamp)) newest[channel] = word;
    }
  }
  return newest;
}

/** The words in an item of `marketingKey`. */
export const wordsOf = (item: Item | undefined): Words => item?.['words'] ?? {};

/** Remembers words about a subject; an older word than the known one changes nothing. Never expires. */
export async function rememberWords(
  table: Table,
  tenantId: string,
  subject: Subject,
  words: Words,
): Promise<void> {
  const key: Key = marketingKey(tenantId, subject.by, subject.of);
  await update(table, key, (item) => {
    const known = wordsOf(item);
    const merged = newestWords([known, words]);
    const same = CHANNELS.every((channel) => merged[channel]?.stamp === known[channel]?.stamp);
    return same ? undefined : { ...key, words: merged };
  });
}
