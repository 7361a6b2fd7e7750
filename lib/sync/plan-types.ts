/** What `plan` is given and what it answers: plain data, no I/O. */
import type { Kind, MarketingChannel, PersonEvent } from '../events/event.ts';
import type { FirefishRecord } from '../firefish/port.ts';
import type { Fields } from '../mapping/fields.ts';
import type { Settings } from '../tenants/settings.ts';
import type { Words } from './marketing.ts';
import type { Outcome } from './outcome.ts';
import type { PersonState, RecordKey } from './person.ts';
import type { Stamp } from './stamp.ts';
import type { EventAction } from '../events/stored-event.ts';

/** An event in hand: due, or skipped before and planned again now. */
export interface InHand {
  event: PersonEvent;
  stamp: Stamp;
  /** Skipped before, for want of the person. */
  pending: boolean;
  /** Hashes of the addresses in its `record`, in its order. */
  addresses: string[];
  /** The hash of the address that an `email.flagged` is about. */
  flagged?: string;
}

/** What was read so far. `plan` says what else it needs to know. */
export interface Facts {
  /** Records with an address, by `searchName`. */
  searches: ReadonlyMap<string, FirefishRecord[]>;
  /** Profiles by record; `null`: deleted in Firefish. */
  profiles: ReadonlyMap<RecordKey, FirefishRecord | null>;
  /** Companies by normalised name; an empty list: there is none. Best match first. */
  companies: ReadonlyMap<string, number[]>;
  /** Records that hold one of the person's addresses as a leftover of somebody else's. */
  foreign: ReadonlySet<string>;
}

export const searchName = (kind: Kind, addressHash: string): string => `${kind} ${addressHash}`;

export type Need =
  /** `unlinked`: without the records that are linked to others. */
  | { need: 'search'; kind: Kind; addressHash: string; unlinked?: true }
  | { need: 'profile'; kind: Kind; ref: number }
  | { need: 'company'; name: string };

export interface PlanInput {
  person: PersonState;
  /** The person's addresses by their hashes. */
  texts: Readonly<Record<string, string>>;
  /** In order of their stamps. */
  events: readonly InHand[];
  facts: Facts;
  /** The newest word on marketing per channel, over all that is known of the person. */
  words: Words;
  /** True where words must reach every record with one of the addresses: an opt-out, a domain's word. */
  reachAll: boolean;
  settings: Settings;
  hash: (value: string) => string;
  /** Epoch milliseconds. */
  now: number;
}

/** Whose action an operation is, once it is done. */
export interface Credit {
  eventId: string;
  operation: EventAction['operation'];
  fields?: string[];
}

interface Write {
  kind: Kind;
  fields: Fields;
  /** The contact's company, to be made first where there is none. */
  newCompany?: string;
  /** By field, the hash of what is sent. */
  sent: Record<string, string>;
  marketing: Partial<Record<MarketingChannel, Stamp>>;
  credits: Credit[];
}

export interface CreateOperation extends Write {
  do: 'create';
  eventId: string;
  since: Stamp;
}
export interface UpdateOperation extends Write {
  do: 'update';
  ref: number;
}
export interface NoteOperation {
  do: 'note';
  kind: Kind;
  /** Absent: the record that this plan creates. */
  ref?: number;
  text: string;
  /** Identifies the note among those written on the person. */
  key: string;
  /** The event's own instant, epoch milliseconds. */
  occurredAt: number;
  /** Words on marketing that the record has heard once the note is written, and not before. */
  marketing?: Partial<Record<MarketingChannel, Stamp>>;
  credits: Credit[];
}
export type Operation = CreateOperation | UpdateOperation | NoteOperation;

export interface Plan {
  operations: Operation[];
  /** By event id; actions of operations are added as these are done. */
  outcomes: Record<string, Outcome>;
  /** The person as these events leave it, but for what the operations do. */
  person: PersonState;
  /** Addresses to be taken off their owner's lead. */
  flags: { addressHash: string; stamp: Stamp }[];
  /** Words about the person that follow from the events themselves. */
  words: Words;
}

/** The plan, or what must be read before there can be one. */
export type Planned = { needs: Need[] } | { needs: []; plan: Plan };
