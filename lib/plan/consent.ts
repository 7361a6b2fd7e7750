/** Consent to marketing, as data: for each channel the newest opt-out or opt-in, of all that concern a person. */
import { CHANNELS, type MarketingChannel, type MarketingEvent, type PersonEvent } from '../events/event.ts';
import { type EventOrder, eventOrder } from '../events/event-order.ts';

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

export const isAboutConsent = (event: PersonEvent): event is MarketingEvent =>
  event.type === 'marketing.opted_out' || event.type === 'marketing.opted_in';

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
        optedOut: event.type === 'marketing.opted_out',
      })
    : {};
