/** Which marketing fields a record is to be sent, by the newest consent of the person. */
import { CHANNELS, type Kind, type MarketingChannel } from '../events/event.ts';
import type { Fields } from '../mapping/fields.ts';
import type { Consent, Consents } from './consent.ts';
import type { Settings } from '../tenants/settings.ts';
import type { AppliedConsent } from './person-state.ts';
import { FROM_THE_BEGINNING } from '../events/event-order.ts';

/** Firefish's fields, as written. A contact has a field for e-mail only. */
export const MARKETING_FIELDS: Record<Kind, Partial<Record<MarketingChannel, string>>> = {
  candidate: { email: 'EmailMarketing', sms: 'SMSMarketing', post: 'PostalMarketing' },
  contact: { email: 'EmailMarketing' },
};

/** Whether consent may leave a note on a record of the kind: it counts as applied with the note, and not before. */
export const mayLeaveNote = (
  { optOutAsNote }: Pick<Settings, 'optOutAsNote'>,
  kind: Kind,
  { ofDomain, optedOut }: Consent,
): boolean =>
  ofDomain !== true &&
  (CHANNELS.some((channel) => MARKETING_FIELDS[kind][channel] === undefined) || (optOutAsNote && optedOut));

export interface MarketingPatch {
  fields: Fields;
  applied: AppliedConsent;
  /** The consent that is new to the record, each with its channels. */
  news: { consent: Consent; channels: MarketingChannel[] }[];
}

/**
 * What consent newer than the one applied asks of a record. An older opt-out counts as new where the consent that was
 * applied turned out to be of an address that was wrong by then: the opt-out is in force again.
 */
export function marketingPatch(kind: Kind, consents: Consents, applied: AppliedConsent): MarketingPatch {
  const patch: MarketingPatch = { fields: {}, applied: {}, news: [] };
  for (const channel of CHANNELS) {
    const consent = consents[channel];
    const last = applied[channel] ?? FROM_THE_BEGINNING;
    if (consent === undefined || consent.order === last || (consent.order < last && !consent.optedOut))
      continue;
    patch.applied[channel] = consent.order;
    const same = patch.news.find((one) => one.consent.order === consent.order);
    if (same === undefined) patch.news.push({ consent, channels: [channel] });
    else same.channels.push(channel);
    const field = MARKETING_FIELDS[kind][channel];
    if (field !== undefined) patch.fields[field] = !consent.optedOut;
  }
  return patch;
}

/** A new record's marketing fields: what SourceWhale said, else out where the setting says so. */
export function newRecordMarketing(
  kind: Kind,
  consents: Consents,
  optedOutByDefault: boolean,
): MarketingPatch {
  const patch = marketingPatch(kind, consents, {});
  if (!optedOutByDefault) return patch;
  const out = Object.values(MARKETING_FIELDS[kind]).map((field) => [field, false] as const);
  return { ...patch, fields: { ...Object.fromEntries(out), ...patch.fields } };
}

/** Consent counts as applied with the last of what it asks for: where it leaves a note, with the note. */
export function appliedAtOnce(
  { applied }: MarketingPatch,
  notes: readonly { marketing?: MarketingPatch['applied'] }[],
): MarketingPatch['applied'] {
  const later = new Set(notes.flatMap(({ marketing }) => Object.keys(marketing ?? {})));
  return Object.fromEntries(Object.entries(applied).filter(([channel]) => !later.has(channel)));
}
