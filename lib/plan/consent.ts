/** Consent to marketing, as data: for each channel the newest opt-out or opt-in, of all that concern a person. */
import {
  CHANNELS,
  type DomainEvent,
  type Kind,
  type MarketingChannel,
  type MarketingEvent,
  type PersonEvent,
} from '../events/event.ts';
import type { StoredContent } from '../events/event-item.ts';
import { type EventOrder, eventOrder, FROM_THE_BEGINNING } from '../events/event-order.ts';
import type { Fields } from '../mapping/fields.ts';
import type { Settings } from '../tenants/settings.ts';
import type { AppliedConsent, PersonState } from './person-state.ts';
import type { UpdateOperation } from './types.ts';

export interface Consent {
  order: EventOrder;
  optedOut: boolean;
  /** Said of a whole domain, not of the person. */
  ofDomain?: true;
}
export type Consents = Partial<Record<MarketingChannel, Consent>>;

export function newestConsent(all: readonly Consents[]): Consents {
  const newest: Consents = {};
  for (const consents of all) {
    for (const channel of CHANNELS) {
      const consent = consents[channel];
      const known = newest[channel];
      if (consent !== undefined && (known === undefined || consent.order > known.order))
        newest[channel] = consent;
    }
  }
  return newest;
}

export const sameConsent = (a: Consents, b: Consents): boolean =>
  CHANNELS.every((channel) => a[channel]?.order === b[channel]?.order);

/** The same consent for these channels. */
export const consentFor = (channels: readonly MarketingChannel[], consent: Consent): Consents =>
  Object.fromEntries(channels.map((channel) => [channel, consent]));

/** A person's or a domain's. */
export const isOptOut = ({ type }: { type: StoredContent['type'] }): boolean =>
  type === 'marketing.opted_out' || type === 'domain.opted_out';

export const isAboutConsent = (event: PersonEvent): event is MarketingEvent =>
  event.type === 'marketing.opted_out' || event.type === 'marketing.opted_in';

export const optInsIn = (consents: Consents): Consents =>
  Object.fromEntries(Object.entries(consents).filter(([, { optedOut }]) => !optedOut));

/** Of all this, what holds for anyone who else has one of the addresses. */
export const optOutsOf = (all: readonly Consents[]): Consents => newestConsent(all.map(byAddressAlone));

/** What reaches a record of another name: a person who shares an address cannot opt another person in. */
export const byAddressAlone = (consents: Consents): Consents =>
  Object.fromEntries(
    Object.entries(consents).filter(([, { optedOut, ofDomain }]) => optedOut || ofDomain === true),
  );

/** What a marketing event says; nothing for other events. */
export const consentSaid = (event: PersonEvent): Consents =>
  isAboutConsent(event)
    ? consentFor(event.channels, {
        order: eventOrder(event),
        optedOut: isOptOut(event),
      })
    : {};

/** Firefish's fields, as written. A contact has a field for e-mail only. */
export const MARKETING_FIELDS: Record<Kind, Partial<Record<MarketingChannel, string>>> = {
  candidate: { email: 'EmailMarketing', sms: 'SMSMarketing', post: 'PostalMarketing' },
  contact: { email: 'EmailMarketing' },
};

/** Whether consent may leave a note on a record of the kind: it counts as applied with the note, and not before. */
const mayLeaveNote = (
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

/**
 * Brings all records of the person in line with this consent, as far as they have fields for it. What may leave a note
 * counts as applied by the plan that adds it.
 */
export const consentUpdates = (
  { records }: PersonState,
  consents: Consents,
  settings: Settings,
): UpdateOperation[] =>
  records.flatMap(({ kind, ref, marketing }): UpdateOperation[] => {
    const { fields, news } = marketingPatch(kind, consents, marketing);
    if (Object.keys(fields).length === 0) return [];
    const now = news
      .filter(({ consent }) => !mayLeaveNote(settings, kind, consent))
      .flatMap(({ consent, channels }) => channels.map((channel) => [channel, consent.order] as const))
      .filter(([channel]) => channel in MARKETING_FIELDS[kind]);
    return [{ do: 'update', kind, ref, fields, sent: {}, marketing: Object.fromEntries(now), credits: [] }];
  });

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

/** What an event about consent does to a record. */
export const consentOperation = (event: MarketingEvent | DomainEvent): 'opted_out' | 'opted_in' =>
  isOptOut(event) ? 'opted_out' : 'opted_in';
