/**
 * The heart: what Firefish must be sent so that it ends as if a person's events had come in the order of
 * `occurredAt`. A pure function of the events in hand, what is known of the person, what was read in
 * Firefish, the settings and the time. Where it needs to know more it says what must be read, and is asked again.
 */
import type { EventAction } from '../events/stored-event.ts';
import type { Kind } from '../events/event.ts';
import type { Fields, FirefishRecord } from '../firefish/port.ts';
import { normaliseCompanyName } from '../mapping/company-name.ts';
import { fold } from '../mapping/tidy.ts';
import { newestWords, type Words } from './marketing.ts';
import { type Outcome, skipped } from './outcome.ts';
import { type LinkedRecord, type PersonState, recordKey, recordSince } from './person.ts';
import { fieldsWithPhone } from './phone-flags.ts';
import {
  addressSaying,
  COMPANY_FIELD,
  hashesOf,
  hashOf,
  missedSayings,
  nextSaid,
  patchFor,
  saidBy,
  type Sayings,
  winning,
} from './plan-fields.ts';
import { foldIdentity, primaryAddress, saysFields } from './plan-identity.ts';
import { appliedAtOnce, type MarketingPatch, marketingPatch, newRecordMarketing } from './plan-marketing.ts';
import { matchRecords, type Matching } from './plan-matching.ts';
import {
  lastAddressNote,
  leavesNote,
  marketingNotes,
  type NoteContext,
  noteRefusal,
  notesOf,
  type Target,
  targetsOf,
} from './plan-notes.ts';
import { addressAt, type Creation, foldPresence, type Presence } from './plan-presence.ts';
import type {
  CreateOperation,
  Credit,
  InHand,
  Need,
  NoteOperation,
  Operation,
  Plan,
  Planned,
  PlanInput,
  UpdateOperation,
} from './plan-types.ts';
import { FOREVER, type Stamp } from './stamp.ts';

export function plan(input: PlanInput): Planned {
  const matching = matchRecords(input);
  if (matching.needs.length > 0) return { needs: matching.needs };
  const person = foldIdentity(input);
  const presence = foldPresence(input, person, adopted(input, matching));
  if (presence.needs.length > 0) return { needs: presence.needs };
  return new Planning(input, person, matching, presence).plan();
}

/** Records that a creation with a lost answer made are ours, since the event that made them. */
function adopted({ person, events }: PlanInput, { records, found }: Matching): LinkedRecord[] {
  const sinceOf = (eventId: string): Stamp | undefined =>
    events.find(({ event }) => event.id === eventId)?.stamp ?? person.pending[eventId];
  return records.map((record) => {
    for (const [eventId, ours] of found) {
      const since = sinceOf(eventId);
      if (ours === record && since !== undefined) return { ...record, createdSince: since };
    }
    return record;
  });
}

/** A flag that found the wrong address on a candidate who has no other: it stays, without e-mail marketing. */
interface LastAddress {
  flag: InHand;
}

const lastAddressWords = ({ stamp }: InHand): Words => ({ email: { stamp, optedOut: true } });

class Planning {
  readonly #input: PlanInput;
  readonly #person: PersonState;
  readonly #matching: Matching;
  readonly #presence: Presence;
  readonly #notes: NoteContext;
  readonly #needs: Need[] = [];
  readonly #lastAddresses: LastAddress[] = [];
  readonly #marketingNotes: NoteOperation[] = [];

  constructor(input: PlanInput, person: PersonState, matching: Matching, presence: Presence) {
    this.#input = input;
    this.#person = person;
    this.#matching = matching;
    this.#presence = presence;
    this.#notes = { input, person, presence, targets: targetsOf(presence.records, presence.creation) };
  }

  plan(): Planned {
    const sayings: Record<Kind, Sayings> = {
      candidate: winning(this.#input, this.#person, 'candidate'),
      contact: winning(this.#input, this.#person, 'contact'),
    };
    const writes = [
      ...this.#create(sayings),
      ...this.#presence.records.flatMap((record) => this.#update(record, sayings[record.kind])),
      ...this.#reachOthers(),
    ];
    const outcomes: Record<string, Outcome> = {};
    const notes: NoteOperation[] = this.#input.events.flatMap((inHand) => {
      const outcome = this.#outcome(inHand);
      outcomes[inHand.event.id] = outcome;
      return outcome.state === 'synced' && this.#presence.presentAt(inHand.stamp)
        ? [...notesOf(this.#notes, inHand), ...this.#lastAddressNotes(inHand)]
        : [];
    });
    const operations: Operation[] = [...writes, ...this.#marketingNotes, ...notes];
    this.#askForUntouched(operations);
    if (this.#needs.length > 0) return { needs: unique(this.#needs) };
    this.#creditUnchanged(operations, outcomes);
    return { needs: [], plan: this.#result(operations, outcomes, sayings) };
  }

  /**
   * Whether a record is still in Firefish shows when it is written. A record that is said to be new or is pushed by
   * hand shall be there in the end: where nothing would be written, it is read.
   */
  #askForUntouched(operations: readonly Operation[]): void {
    const asked = this.#input.events.some(
      ({ event, pending }) => !pending && (event.type === 'record.created' || event.type === 'record.synced'),
    );
    if (!asked) return;
    for (const record of this.#presence.records) {
      const key = recordKey(record);
      const touched = operations.some(
        (one) =>
          one.kind === record.kind &&
          'ref' in one &&
          one.ref === record.ref &&
          (one.do === 'note' || sends(one)),
      );
      const seen = this.#matching.rows.has(key) || this.#input.facts.profiles.has(key);
      if (!touched && !seen) this.#needs.push({ need: 'profile', kind: record.kind, ref: record.ref });
    }
  }

  #result(operations: Operation[], outcomes: Record<string, Outcome>, sayings: Record<Kind, Sayings>): Plan {
    const waits = this.#input.events.filter(({ event }) => mayStillCount(outcomes[event.id]));
    const present = this.#presence.records.length > 0 || this.#presence.creation !== undefined;
    const person: PersonState = {
      ...this.#person,
      records: this.#presence.records,
      lookups: this.#matching.lookups,
      unreached: [],
      gone: this.#person.gone && !present,
      said: {
        candidate: nextSaid(this.#person.said.candidate, sayings.candidate),
        contact: nextSaid(this.#person.said.contact, sayings.contact),
      },
      pending: Object.fromEntries(waits.map(({ event, stamp }) => [event.id, stamp])),
      createIntents: [],
      outcomes,
    };
    return {
      operations,
      outcomes,
      person,
      flags: this.#input.events.flatMap(({ flagged, stamp }) =>
        flagged === undefined ? [] : [{ addressHash: flagged, stamp }],
      ),
      words: newestWords(this.#lastAddresses.map(({ flag }) => lastAddressWords(flag))),
    };
  }

  #create(sayings: Record<Kind, Sayings>): CreateOperation[] {
    const { creation } = this.#presence;
    if (creation === undefined) return [];
    const { kind } = creation.event.record;
    // What was said and sent before a record was deleted is not kept: the events in hand must do.
    const inHand = saidBy(this.#input, this.#person, kind, this.#input.events);
    const { newCompany, said } = this.#withCompany(
      this.#creatable(creation, { ...inHand, ...sayings[kind] }),
    );
    const address = this.#creationAddress(creation, kind);
    const marketing = newRecordMarketing(kind, this.#words(), this.#input.settings.newRecordsOptedOut);
    const applied = this.#hear({ kind }, creation.stamp, marketing);
    const fields: Fields = {
      ...valuesOf(said),
      ...(address === undefined ? {} : { EmailAddress: this.#input.texts[address] ?? '' }),
      ...this.#defaults(creation, said),
      ...marketing.fields,
    };
    const filled = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
    return [
      {
        do: 'create',
        kind,
        fields: filled,
        ...(newCompany === undefined ? {} : { newCompany }),
        eventId: creation.event.id,
        since: creation.stamp,
        sent: { ...hashesOf(said), ...(address === undefined ? {} : { EmailAddress: address }) },
        marketing: applied,
        credits: [{ eventId: creation.event.id, operation: 'created', fields: Object.keys(filled).sort() }],
      },
    ];
  }

  /** Where companies are not made, the newest may be one that Firefish lacks: then the one that allowed the creation. */
  #creatable({ event, stamp }: Creation, said: Sayings): Sayings {
    const newest = said[COMPANY_FIELD];
    if (typeof newest?.value !== 'string' || this.#input.settings.createCompanies) return said;
    const { companies } = this.#input.facts;
    const known = companies.get(normaliseCompanyName(newest.value));
    if (known === undefined || known.length > 0) return said;
    const until = this.#input.events.filter((one) => one.stamp <= stamp);
    const then = saidBy(this.#input, this.#person, event.record.kind, until)[COMPANY_FIELD];
    return then === undefined ? said : { ...said, [COMPANY_FIELD]: then };
  }

  /**
   * The address of a new record: the one that is right now, else the one that it came with. Where that was found
   * wrong since, a contact goes without and a candidate keeps it, opted out.
   */
  #creationAddress({ stamp }: Creation, kind: Kind): string | undefined {
    const primary = primaryAddress(this.#person);
    if (primary !== undefined) return primary;
    const until = this.#input.events.filter((one) => one.stamp <= stamp);
    const address = addressAt(this.#person, until, stamp);
    if (address === undefined || this.#person.addresses[address]?.flagged === undefined) return address;
    if (kind === 'contact') return undefined;
    const flag = this.#input.events.find(({ flagged }) => flagged === address);
    if (flag !== undefined) this.#lastAddresses.push({ flag });
    return address;
  }

  #defaults({ event }: Creation, said: Sayings): Fields {
    if (event.record.kind === 'contact') return {};
    const { settings } = this.#input;
    const owner = event.actor?.email?.trim() || settings.defaultOwnerEmail;
    return {
      ...(said['Source'] === undefined || said['Source'].value === ''
        ? { Source: settings.defaultSource }
        : {}),
      LegalBasis: settings.defaultLegalBasis,
      ...(owner === undefined ? {} : { OwnerUserEmail: owner }),
    };
  }

  #update(record: LinkedRecord, sayings: Sayings): UpdateOperation[] {
    const { settings, facts } = this.#input;
    const key = recordKey(record);
    const row = this.#matching.rows.get(key);
    const profile = facts.profiles.get(key) ?? undefined;
    const unsent = Object.fromEntries(
      Object.entries(sayings).filter(([field, { hash }]) => record.sent[field] !== hash),
    );
    const { newCompany, said: own } = this.#withCompany(unsent);
    const said = { ...this.#missed(record, sayings), ...own };
    const address = addressSaying(this.#input, this.#person);
    const wanted: Sayings = address === undefined ? said : { ...said, EmailAddress: address };
    const patch = patchFor(settings, record, wanted, row, profile);
    if (patch.needsProfile && profile === undefined)
      this.#needs.push({ need: 'profile', kind: record.kind, ref: record.ref });
    const flags = this.#flagFields(record, patch.fields, row, profile);
    const marketing = marketingPatch(record.kind, this.#words(), record.marketing);
    const since = recordSince(this.#person, record);
    const applied = this.#hear({ kind: record.kind, ref: record.ref }, since, marketing);
    const fields = { ...patch.fields, ...marketing.fields, ...flags.fields };
    const sent = { ...patch.sent, ...flags.sent };
    if (
      Object.keys(fields).length === 0 &&
      Object.keys(sent).length === 0 &&
      Object.keys(applied).length === 0
    ) {
      return [];
    }
    const credits = [
      ...fieldCredits(patch.sayings),
      ...flags.credits,
      ...(Object.keys(marketing.fields).length > 0 ? this.#marketingCredits() : []),
    ];
    const company = fields[COMPANY_FIELD] !== undefined && newCompany !== undefined ? { newCompany } : {};
    return [
      {
        do: 'update',
        kind: record.kind,
        ref: record.ref,
        fields,
        ...company,
        sent,
        marketing: applied,
        credits,
      },
    ];
  }

  /** What the person's other records were sent before this one was known to be theirs. */
  #missed(record: LinkedRecord, inHand: Sayings): Sayings {
    const { facts } = this.#input;
    const said = Object.fromEntries(
      Object.entries(this.#person.said[record.kind]).filter(([field]) => inHand[field] === undefined),
    );
    const donors = this.#presence.records
      .filter((one) => one !== record)
      .map((one) => ({ record: one, profile: facts.profiles.get(recordKey(one)) ?? undefined }));
    const { sayings, reads } = missedSayings(this.#input, record, said, donors);
    this.#needs.push(...reads.map(({ kind, ref }): Need => ({ need: 'profile', kind, ref })));
    return sayings;
  }

  /** What wrong addresses and numbers take off a record, but for fields that change anyway. */
  #flagFields(
    record: LinkedRecord,
    changed: Fields,
    row: FirefishRecord | undefined,
    profile: FirefishRecord | undefined,
  ): { fields: Fields; sent: Record<string, string>; credits: Credit[] } {
    const fields: Fields = {};
    const sent: Record<string, string> = {};
    const credits: Credit[] = [];
    for (const inHand of this.#input.events) {
      const { event } = inHand;
      const known = event.type === 'phone.flagged' ? profile : (profile ?? row);
      if (event.type !== 'phone.flagged' && event.type !== 'email.flagged') continue;
      if (known === undefined) {
        this.#needs.push({ need: 'profile', kind: record.kind, ref: record.ref });
        continue;
      }
      const removed =
        event.type === 'phone.flagged'
          ? fieldsWithPhone(known, event.phone).filter((field) => changed[field] === undefined)
          : this.#removesAddress(record, inHand, event.email, known, changed['EmailAddress'] !== undefined);
      for (const field of removed) {
        fields[field] = '';
        // A blank address is no saying: the next good one is sent.
        if (event.type === 'phone.flagged') sent[field] = hashOf(this.#input.hash, field, '');
      }
      if (removed.length > 0) credits.push({ eventId: event.id, operation: 'updated', fields: removed });
    }
    return { fields, sent, credits };
  }

  /** A contact's wrong address is blanked where no other is known; a candidate's stays, opted out. */
  #removesAddress(
    record: LinkedRecord,
    inHand: InHand,
    address: string,
    known: FirefishRecord,
    replaced: boolean,
  ): string[] {
    const there = typeof known.EmailAddress === 'string' ? fold(known.EmailAddress) : '';
    if (replaced || there !== fold(address)) return [];
    if (record.kind === 'contact') return ['EmailAddress'];
    if (!this.#lastAddresses.some(({ flag }) => flag === inHand)) this.#lastAddresses.push({ flag: inHand });
    return [];
  }

  /** Leaves the notes that new words ask for; answers the words that are applied without one. */
  #hear(target: Target, since: Stamp, marketing: MarketingPatch): MarketingPatch['applied'] {
    const notes = marketingNotes(this.#notes, target, since, marketing.heard);
    this.#marketingNotes.push(...notes);
    return appliedAtOnce(marketing, notes);
  }

  /** The words on the person, with those that follow from a wrong address that had to stay. */
  #words(): Words {
    return newestWords([this.#input.words, ...this.#lastAddresses.map(({ flag }) => lastAddressWords(flag))]);
  }

  /** Words that must reach every record with one of the addresses, also those that are not taken for the person. */
  #reachOthers(): UpdateOperation[] {
    if (!this.#input.reachAll) return [];
    return this.#matching.others.flatMap(({ kind, ref }): UpdateOperation[] => {
      const marketing = marketingPatch(
        kind,
        this.#words(),
        this.#person.reached[recordKey({ kind, ref })] ?? {},
      );
      const applied = this.#hear({ kind, ref }, FOREVER, marketing);
      if (marketing.heard.length === 0) return [];
      return [
        {
          ...{ do: 'update', kind, ref, fields: marketing.fields, sent: {}, marketing: applied },
          credits: this.#marketingCredits(),
        },
      ];
    });
  }

  #marketingCredits(): Credit[] {
    return this.#input.events.flatMap(({ event }): Credit[] =>
      'marketing' in event
        ? [{ eventId: event.id, operation: event.type === 'marketing.opted_out' ? 'opted_out' : 'opted_in' }]
        : [],
    );
  }

  /** Turns a company's name into its Ref, or into a company to be made; without either nothing is said of it. */
  #withCompany(sayings: Sayings): { said: Sayings; newCompany?: string } {
    const saying = sayings[COMPANY_FIELD];
    if (saying === undefined || typeof saying.value !== 'string') return { said: sayings };
    const { [COMPANY_FIELD]: company, ...others } = sayings;
    const refs = this.#input.facts.companies.get(normaliseCompanyName(saying.value));
    if (refs === undefined) {
      this.#needs.push({ need: 'company', name: saying.value });
      return { said: others };
    }
    const [ref] = refs;
    if (ref !== undefined && company !== undefined)
      return { said: { ...others, [COMPANY_FIELD]: { ...company, value: ref } } };
    if (!this.#input.settings.createCompanies) return { said: others };
    return { said: sayings, newCompany: saying.value };
  }

  #outcome(inHand: InHand): Outcome {
    const { event, stamp } = inHand;
    const present = this.#presence.records.length > 0 || this.#presence.creation !== undefined;
    const { ambiguities } = this.#matching;
    if (event.type === 'note.added' && !this.#input.settings.noteChannels.includes(event.note.channel)) {
      return skipped('noteChannels', ambiguities);
    }
    if (saysFields(event)) {
      if (!present) return skipped(this.#presence.skips[event.id] ?? 'not-in-firefish', ambiguities);
    } else if (!present || (event.type === 'note.added' && !this.#presence.presentAt(stamp))) {
      const reached = this.#input.reachAll && 'marketing' in event && this.#matching.others.length > 0;
      if (!reached) return skipped(this.#person.gone ? 'gone' : 'not-in-firefish', ambiguities);
    }
    const refusal = event.type === 'note.added' ? noteRefusal(this.#notes, event, stamp) : undefined;
    if (refusal !== undefined) return skipped(refusal, ambiguities);
    const isNoted = this.#presence.presentAt(stamp) && noteRefusal(this.#notes, event, stamp) === undefined;
    const waits = leavesNote(this.#input.settings, event) && !isNoted;
    return {
      ...{ state: 'synced', actions: [], notes: this.#matchNotes() },
      ...(ambiguities.length === 0 ? {} : { reason: ambiguities.join('; ') }),
      ...(waits ? { waits } : {}),
    };
  }

  /** How the person was found, for who asks why. */
  #matchNotes(): string[] {
    return this.#presence.records.map((record) => {
      const isNew = !this.#input.person.records.some((known) => recordKey(known) === recordKey(record));
      return `${record.kind} ${record.ref} matched by ${isNew ? 'e-mail address' : 'link'}`;
    });
  }

  #lastAddressNotes(inHand: InHand): NoteOperation[] {
    if (!this.#lastAddresses.some(({ flag }) => flag === inHand)) return [];
    return this.#notes.targets
      .filter(({ kind }) => kind === 'candidate')
      .flatMap((target) => lastAddressNote(this.#notes, inHand, target));
  }

  /** An event that did nothing because all was so already says of each record that it is unchanged. */
  #creditUnchanged(operations: readonly Operation[], outcomes: Record<string, Outcome>): void {
    const credited = new Set(operations.flatMap(({ credits }) => credits.map(({ eventId }) => eventId)));
    for (const [eventId, { kind, ref }] of this.#matching.found) {
      outcomes[eventId]?.actions.push({ entity: kind, ref, operation: 'created' });
      credited.add(eventId);
    }
    for (const [eventId, outcome] of Object.entries(outcomes)) {
      if (outcome.state !== 'synced' || credited.has(eventId)) continue;
      outcome.actions.push(
        ...this.#presence.records.map(({ kind, ref }): EventAction => ({
          entity: kind,
          ref,
          operation: 'unchanged',
        })),
      );
    }
  }
}

const sends = ({ fields }: CreateOperation | UpdateOperation): boolean => Object.keys(fields).length > 0;
const valuesOf = (sayings: Sayings): Fields =>
  Object.fromEntries(Object.entries(sayings).map(([field, { value }]) => [field, value]));

/** Each event gets the fields that were its own. */
function fieldCredits(sayings: Sayings): Credit[] {
  const byEvent = new Map<string, string[]>();
  for (const [field, { eventId }] of Object.entries(sayings)) {
    byEvent.set(eventId, [...(byEvent.get(eventId) ?? []), field]);
  }
  return [...byEvent].map(([eventId, fields]) => ({ eventId, operation: 'updated', fields: fields.sort() }));
}

/** Skipped for want of the person or of a step: planned again when either comes. */
const REVIVABLE = /^(no-email|gone|addWhen|missing-fields|not-in-firefish|onlyNotesForSynced)/;
const mayStillCount = (outcome: Outcome | undefined): boolean =>
  outcome?.waits === true || (outcome?.state === 'skipped' && REVIVABLE.test(outcome.reason ?? ''));

const unique = (needs: Need[]): Need[] => [
  ...new Map(needs.map((need) => [JSON.stringify(need), need])).values(),
];
