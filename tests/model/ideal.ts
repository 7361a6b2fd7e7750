/** The ideal CRM that the model works on: plain records, in Firefish's names as they are read. */
import { readAddresses } from '../../lib/events/reading/addresses.ts';
import type { Kind, MarketingChannel } from '../../lib/events/event.ts';

/** A record of the Firefish seed; `CreatedDaysAgo` is its age, and the time since its last change. */
export interface SeedRecord {
  Ref: number;
  CreatedDaysAgo: number;
  [field: string]: unknown;
}
export interface Seed {
  candidates: SeedRecord[];
  contacts: SeedRecord[];
  companies: SeedRecord[];
}

/** What a note must contain. `eventId` is the event that wrote it. */
export interface IdealNote {
  about: 'note' | 'campaign' | 'marketing';
  says: string;
  eventId: string;
}

/** The opt-in or opt-out of a channel: its position among all events, and its event. */
export interface Word {
  order: number;
  out: boolean;
  eventId: string;
  /** Of a whole domain, not of a person, so it writes no note. */
  ofDomain: boolean;
}

export interface IdealRecord {
  kind: Kind;
  ref: number;
  /** Created by the system; otherwise it was in Firefish before. */
  made: boolean;
  /** The event that created it. */
  madeBy?: string;
  archived: boolean;
  /** Greater means later; for a record that was never changed, minus its age in days. */
  updated: number;
  /** Flat names: `Address.Town`. */
  fields: Record<string, unknown>;
  /** Per field the value that was last meant for this record, whether its policy allowed it or not. */
  told: Record<string, unknown>;
  /** Per channel the newest opt-in or opt-out of the record. It stays if the address by which it came is removed. */
  heard: Partial<Record<MarketingChannel, Word>>;
  notes: IdealNote[];
}

export interface IdealCompany {
  ref: number;
  made: boolean;
  /** SourceWhale's ids that are linked to it. */
  ids: Set<string>;
  fields: Record<string, unknown>;
}

export const MARKETING_FIELD: Record<Kind, Partial<Record<MarketingChannel, string>>> = {
  candidate: { email: 'EmailMarketing', sms: 'SmsMarketing', post: 'PostalMarketing' },
  contact: { email: 'EmailMarketing' },
};

export const isBlank = (value: unknown): boolean => value === undefined || value === null || value === '';

/** `Address: { Town }` as `Address.Town`, the form in which fields are compared. */
export function flatten(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.entries(value).map(([part, text]): [string, unknown] => [`${name}.${part}`, text])
        : [[name, value]],
    ),
  );
}

/** The text of the field, in comparison form. */
export const addressOf = (record: { fields: Record<string, unknown> }): string =>
  typeof record.fields['EmailAddress'] === 'string' ? record.fields['EmailAddress'].trim().toLowerCase() : '';

/** The addresses in the field; it can have several. */
export const addressesOf = (record: { fields: Record<string, unknown> }): string[] =>
  readAddresses(addressOf(record)).addresses;
