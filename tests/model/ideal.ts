/** The ideal CRM that the model works on: plain records, in Firefish's names as they are read. */
import { readAddresses } from '../../lib/events/addresses.ts';
import type { Kind, MarketingChannel } from '../../lib/events/event.ts';

/** A record as the Firefish seed has it; `CreatedDaysAgo` is its age, and how long nobody has touched it. */
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

/** What a note must say, whatever the wording around it. `eventId` is the event that left it. */
export interface IdealNote {
  about: 'note' | 'campaign' | 'marketing';
  says: string;
  eventId: string;
}

/** What was said of a channel: when, by its place among all events, and by which event. */
export interface Word {
  order: number;
  out: boolean;
  eventId: string;
  /** Said of a whole domain: nobody's own, so that it leaves no note. */
  ofDomain: boolean;
}

export interface IdealRecord {
  kind: Kind;
  ref: number;
  /** Made by the system; else it was in Firefish before. */
  made: boolean;
  /** The event that made it. */
  madeBy?: string;
  archived: boolean;
  /** The greater the later; what was never touched is below zero by its age in days. */
  updated: number;
  /** Flat names: `Address.Town`. */
  fields: Record<string, unknown>;
  /** Per field the value that was last said to this record, whether its policy let it in or not. */
  told: Record<string, unknown>;
  /** Per channel the newest word on marketing it has heard: a word stays when the address it came by goes. */
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

/** The addresses in the field: people write several into one. */
export const addressesOf = (record: { fields: Record<string, unknown> }): string[] =>
  readAddresses(addressOf(record)).addresses;
