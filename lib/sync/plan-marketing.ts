/** Which marketing fields a record is to be sent, by the newest words on the person. */
import { CHANNELS, type Kind, type MarketingChannel } from '../events/event.ts';
import type { Fields } from '../mapping/fields.ts';
import type { Word, Words } from './marketing.ts';
import type { LinkedRecord } from './person.ts';
import { FROM_THE_BEGINNING, type Stamp } from './stamp.ts';

/** Firefish's fields, as written. A contact has a field for e-mail only. */
export const MARKETING_FIELDS: Record<Kind, Partial<Record<MarketingChannel, string>>> = {
  candidate: { email: 'EmailMarketing', sms: 'SMSMarketing', post: 'PostalMarketing' },
  contact: { email: 'EmailMarketing' },
};

export interface MarketingPatch {
  fields: Fields;
  applied: Partial<Record<MarketingChannel, Stamp>>;
  /** The words that are new to the record, each with its channels. */
  heard: { word: Word; channels: MarketingChannel[] }[];
}

/**
 * What words newer than those applied ask of a record. An older opt-out is newer than nothing: where the word that
 * was applied turned out to be of an address that was wrong by then, the opt-out is in force again.
 */
export function marketingPatch(kind: Kind, words: Words, applied: LinkedRecord['marketing']): MarketingPatch {
  const patch: MarketingPatch = { fields: {}, applied: {}, heard: [] };
  for (const channel of CHANNELS) {
    const word = words[channel];
    const last = applied[channel] ?? FROM_THE_BEGINNING;
    if (word === undefined || word.stamp === last || (word.stamp < last && !word.optedOut)) continue;
    patch.applied[channel] = word.stamp;
    const same = patch.heard.find((one) => one.word.stamp === word.stamp);
    if (same === undefined) patch.heard.push({ word, channels: [channel] });
    else same.channels.push(channel);
    const field = MARKETING_FIELDS[kind][channel];
    if (field !== undefined) patch.fields[field] = !word.optedOut;
  }
  return patch;
}

/** A new record's marketing fields: what SourceWhale said, else out where the setting says so. */
export function newRecordMarketing(kind: Kind, words: Words, optedOutByDefault: boolean): MarketingPatch {
  const patch = marketingPatch(kind, words, {});
  if (!optedOutByDefault) return patch;
  const out = Object.values(MARKETING_FIELDS[kind]).map((field) => [field, false] as const);
  return { ...patch, fields: { ...Object.fromEntries(out), ...patch.fields } };
}

/** Words count as applied with the last of what they ask for: those that leave a note, with the note. */
export function appliedAtOnce(
  { applied }: MarketingPatch,
  notes: readonly { marketing?: MarketingPatch['applied'] }[],
): MarketingPatch['applied'] {
  const later = new Set(notes.flatMap(({ marketing }) => Object.keys(marketing ?? {})));
  return Object.fromEntries(Object.entries(applied).filter(([channel]) => !later.has(channel)));
}

export const channelsOf = (channels: readonly MarketingChannel[] | undefined): readonly MarketingChannel[] =>
  channels === undefined || channels.length === 0
    ? CHANNELS
    : CHANNELS.filter((channel) => channels.includes(channel));
