/** Which marketing fields a record is to be sent, by the newest words on the person. */
import { CHANNELS, type Kind, type MarketingChannel } from '../events/event.ts';
import type { Fields } from '../firefish/port.ts';
import type { Words } from './marketing.ts';
import type { LinkedRecord } from './person.ts';
import type { Stamp } from './stamp.ts';

/** Firefish's fields, as written. A contact has a field for e-mail only. */
export const MARKETING_FIELDS: Record<Kind, Partial<Record<MarketingChannel, string>>> = {
  candidate: { email: 'EmailMarketing', sms: 'SMSMarketing', post: 'PostalMarketing' },
  contact: { email: 'EmailMarketing' },
};

export interface MarketingPatch {
  fields: Fields;
  applied: Partial<Record<MarketingChannel, Stamp>>;
}

/** Words newer than those applied. @param unseenBefore for a record only now found: since when it is the person's */
export function marketingPatch(
  kind: Kind,
  words: Words,
  applied: LinkedRecord['marketing'],
  unseenBefore?: Stamp,
): MarketingPatch {
  const patch: MarketingPatch = { fields: {}, applied: {} };
  for (const channel of CHANNELS) {
    const field = MARKETING_FIELDS[kind][channel];
    const word = words[channel];
    if (field === undefined || word === undefined || word.stamp <= (applied[channel] ?? '')) continue;
    patch.applied[channel] = word.stamp;
    // An opt-out reaches whoever turns out to be the person; an old opt-in does not undo what a record
    // has said that was not known to be theirs when it was given.
    if (!word.optedOut && unseenBefore !== undefined && word.stamp < unseenBefore) continue;
    patch.fields[field] = !word.optedOut;
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

export const channelsOf = (channels: readonly MarketingChannel[] | undefined): readonly MarketingChannel[] =>
  channels === undefined || channels.length === 0
    ? CHANNELS
    : CHANNELS.filter((channel) => channels.includes(channel));
