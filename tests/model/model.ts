/**
 * The rules of the contract's section 4 in their simplest form: events in order of `occurredAt`, applied one by one to
 * an ideal CRM. There is no separate state, no concurrency and no failure. Whatever the real system does to be fast and
 * safe, its end state must be this one.
 */
import type { MarketingChannel, Kind } from '../../lib/events/event.ts';
import type { PersonEvent, SourceWhaleEvent } from '../support/former-event.ts';
import { CHANNELS } from '../../lib/events/event.ts';
import { CAMPAIGN_STAGES } from '../../lib/events/event.ts';
import { companyOf } from '../support/former-event.ts';
import { companyFields } from '../../lib/mapping/company-fields.ts';
import { companyNameKey } from '../../lib/names/company-name.ts';
import { CREATION_ONLY_FIELDS, REQUIRED_FIELDS, settingNames } from '../../lib/mapping/firefish-fields.ts';
import { domainOf, readAddress } from '../../lib/events/reading/addresses.ts';
import type { Settings } from '../../lib/tenants/settings.ts';
import {
  addressesOf,
  addressOf,
  flatten,
  isBlank,
  MARKETING_FIELD,
  type IdealCompany,
  type IdealNote,
  type IdealRecord,
  type Seed,
  type SeedRecord,
  type Word,
} from './ideal.ts';
import {
  identify,
  isDropped,
  knownAddress,
  listedAddress,
  PHONE_FIELDS,
  phoneOf,
  saidCompany,
  saidFields,
  usableAddresses,
  type Person,
} from './person.ts';

const CREATING: readonly string[] = CAMPAIGN_STAGES.slice(0, 7);

/** An edit in Firefish of the record of this kind that has this address at that time. */
export interface Edit {
  at: string;
  kind: Kind;
  address: string;
  change: Record<string, unknown> | 'delete';
}

export interface ModelOutcome {
  state: 'synced' | 'skipped';
  reason?: string;
}

const other = (kind: Kind): Kind => (kind === 'candidate' ? 'contact' : 'candidate');
/** Types that change fields, and may create. */
const says = (type: SourceWhaleEvent['type']): boolean => /^(record|campaign)\./.test(type);
const millis = (at: string): number => Date.parse(at);

/** By `occurredAt`, equal times by id; of one id only the first event. */
export function inOrder(delivered: readonly SourceWhaleEvent[]): SourceWhaleEvent[] {
  const first = new Map<string, SourceWhaleEvent>();
  for (const event of delivered) if (!first.has(event.id)) first.set(event.id, event);
  return [...first.values()].sort(
    (a, b) => millis(a.occurredAt) - millis(b.occurredAt) || (a.id < b.id ? -1 : 1),
  );
}

export class Model {
  readonly people: Person[] = [];
  readonly records: IdealRecord[] = [];
  readonly companies: IdealCompany[] = [];
  readonly outcomes = new Map<string, ModelOutcome>();
  readonly #settings: Settings;
  readonly #words = new Map<string, Partial<Record<MarketingChannel, Word>>>();
  #nextRef = 1_000_000;
  #order = 0;

  constructor(seed: Seed, settings: Settings) {
    this.#settings = settings;
    const record = (kind: Kind) => (seeded: SeedRecord) => {
      const { Ref, CreatedDaysAgo, IsArchived, ...fields } = seeded;
      this.records.push({
        kind,
        ref: Ref,
        made: false,
        archived: IsArchived === true,
        updated: -CreatedDaysAgo,
        fields: flatten(fields),
        told: {},
        heard: {},
        notes: [],
      });
    };
    seed.candidates.forEach(record('candidate'));
    seed.contacts.forEach(record('contact'));
    for (const { Ref, ...fields } of seed.companies) {
      this.companies.push({ ref: Ref, made: false, ids: new Set(), fields: flatten(fields) });
    }
  }

  edit({ kind, address, change }: Edit): void {
    const record = this.records.find((one) => one.kind === kind && addressOf(one) === address);
    if (record === undefined) throw new Error(`the edit finds no ${kind} with ${address}`);
    this.#order += 1;
    if (change !== 'delete') {
      const { IsArchived, ...fields } = change;
      Object.assign(record.fields, flatten(fields));
      if (IsArchived !== undefined) record.archived = IsArchived === true;
      record.updated = this.#order;
      return;
    }
    this.records.splice(this.records.indexOf(record), 1);
    for (const person of this.people) person.gone = person.records.delete(record) || person.gone;
  }

  apply(event: SourceWhaleEvent): void {
    this.#order += 1;
    if ('domain' in event) {
      this.#hear(event.id, event.type === 'domain.opted_out', CHANNELS, [
        `domain:${event.domain.trim().toLowerCase()}`,
      ]);
      this.outcomes.set(event.id, { state: 'synced' });
    } else if ('company' in event) {
      this.outcomes.set(event.id, this.#company(event));
    } else {
      this.outcomes.set(event.id, this.#person(event));
    }
    this.#obeyMarketing();
  }

  #person(event: PersonEvent): ModelOutcome {
    const person = identify(this.people, event, this.#order, this.#settings.mergeWithExisting);
    if (says(event.type)) person.sayings.push({ order: this.#order, said: event.record });
    if (event.type === 'record.synced') person.pushed = true;
    const step = CREATING.findIndex((name) => event.type === `campaign.${name}`);
    person.step = Math.max(person.step, step);

    this.#match(person);
    const skipped =
      person.records.size === 0 ? (this.#create(person, event) ?? { state: 'synced' as const }) : undefined;
    // Matching comes first: the record with the wrong address is found by it one last time.
    if (event.type === 'email.flagged') person.flagged.add(readAddress(event.email) ?? event.email);
    if (event.type === 'phone.flagged') {
      person.flaggedPhones.add(phoneOf(event.phone, event.record.country));
    }
    for (const record of person.records) this.#tell(person, record);

    if (event.type === 'marketing.opted_out' || event.type === 'marketing.opted_in') {
      const { channels = [] } = event.marketing;
      const keys = [...person.ids].map((id) => `id:${id}`);
      const out = event.type === 'marketing.opted_out';
      // A person who shares an address cannot opt another person in: people with an id are opted in by it.
      if (out || keys.length === 0)
        keys.push(...usableAddresses(person).map((address) => `address:${address}`));
      this.#hear(event.id, out, channels.length === 0 ? CHANNELS : channels, keys);
    }
    if (event.type === 'note.added') {
      if (!this.#settings.noteChannels.includes(event.note.channel)) {
        return { state: 'skipped', reason: 'noteChannels' };
      }
      return this.#note(person, event, { about: 'note', says: event.note.text, eventId: event.id });
    }
    if (
      'campaign' in event &&
      this.#settings.campaignNotes.some((name) => event.type === `campaign.${name}`)
    ) {
      this.#note(person, event, { about: 'campaign', says: event.campaign.name, eventId: event.id });
    }
    return skipped ?? { state: 'synced' };
  }

  // ---- matching -----------------------------------------------------------------------------------------

  /** For each kind without a record of the person, finds the record that rule 3 names. */
  #match(person: Person): void {
    if (!this.#settings.mergeWithExisting) return;
    const addresses = usableAddresses(person);
    for (const kind of ['candidate', 'contact'] as const) {
      if ([...person.records].some((record) => record.kind === kind)) continue;
      const [best] = this.records
        .filter(
          (record) => record.kind === kind && addressesOf(record).some((one) => addresses.includes(one)),
        )
        .sort((a, b) => Number(a.archived) - Number(b.archived) || b.updated - a.updated || a.ref - b.ref);
      if (best !== undefined) person.records.add(best);
    }
    if (person.records.size > 0) person.gone = false;
  }

  /** Whether `addWhen` allows this person, on this side. */
  #permitted(person: Person, kind: Kind): boolean {
    const when = this.#settings.addWhen[kind];
    if (person.pushed || when === 'always') return true;
    return when !== 'never' && person.step >= CREATING.indexOf(when);
  }

  /** Returns why nobody was created, or nothing. */
  #create(person: Person, event: PersonEvent): ModelOutcome | undefined {
    const { kind } = event.record;
    if (!says(event.type)) return { state: 'skipped', reason: 'not-in-firefish' };
    const address = knownAddress(person);
    if (address === undefined) return { state: 'skipped', reason: 'no-email' };
    if (person.gone && event.type === 'record.updated') return { state: 'skipped', reason: 'gone' };
    if (!this.#permitted(person, kind)) return { state: 'skipped', reason: 'addWhen' };

    const said = saidFields(person, kind);
    const owner = event.actor?.email ?? this.#settings.defaultOwnerEmail;
    const fields: Record<string, unknown> = {
      ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== '')),
      EmailAddress: address,
      ...(kind === 'candidate' && {
        Source: said['Source'] ?? this.#settings.defaultSource,
        LegalBasis: this.#settings.defaultLegalBasis,
        OwnerUserEmail: owner,
      }),
    };
    const company = kind === 'contact' ? saidCompany(person) : undefined;
    // The company is created last: not for a contact who cannot be created.
    const known = company !== undefined && (this.#findCompany(company) ?? this.#settings.createCompanies);
    const needed = [...REQUIRED_FIELDS[kind], ...this.#settings.mandatoryFields[kind]];
    const isSaid = (name: string): boolean =>
      Object.entries(fields).some(
        ([field, value]) => (field === name || field.startsWith(`${name}.`)) && !isBlank(value),
      );
    const lacking = needed.filter((name) => (name === 'CompanyRef' ? known === false : !isSaid(name)));
    if (lacking.length > 0) return { state: 'skipped', reason: `fields: ${lacking.join(', ')}` };
    if (company !== undefined) fields['CompanyRef'] = this.#companyNamed(company)?.ref;

    for (const name of Object.values(MARKETING_FIELD[kind])) {
      // Firefish opts in everyone who is not opted out.
      fields[name] = !this.#settings.newRecordsOptedOut;
    }
    const told = { ...said, EmailAddress: address, ...(company !== undefined && { CompanyRef: company }) };
    const record: IdealRecord = {
      kind,
      ref: this.#nextRef++,
      made: true,
      madeBy: event.id,
      archived: false,
      updated: this.#order,
      fields,
      told,
      heard: {},
      notes: [],
    };
    this.records.push(record);
    person.records.add(record);
    person.gone = false;
    return undefined;
  }

  // ---- fields -------------------------------------------------------------------------------------------

  #mayWrite(record: IdealRecord, field: string): boolean {
    const { default: otherwise, fields } = this.#settings.updatePolicy;
    const policy = settingNames(field)
      .map((name) => fields[name])
      .find((one) => one !== undefined);
    switch (policy ?? otherwise) {
      case 'always':
        return true;
      case 'ifBlank':
        return isBlank(record.fields[field]);
      case 'never':
        return false;
    }
  }

  /** Writes the person's newest values to a record; earlier values are not written again. */
  #tell(person: Person, record: IdealRecord): void {
    const write = (field: string, value: unknown): void => {
      if (isBlank(record.fields[field]) && isBlank(value)) return;
      record.fields[field] = value;
      record.updated = this.#order;
    };
    for (const [field, value] of Object.entries(saidFields(person, record.kind))) {
      if (CREATION_ONLY_FIELDS.includes(field) || record.told[field] === value) continue;
      record.told[field] = value;
      if (this.#mayWrite(record, field)) write(field, value);
    }
    const address = listedAddress(person);
    const there = addressesOf(record);
    const goes = there.every((one) => person.flagged.has(one) || isDropped(person, one));
    if (address !== undefined && goes && this.#mayWrite(record, 'EmailAddress'))
      write('EmailAddress', address);
    const company = record.kind === 'contact' ? saidCompany(person) : undefined;
    if (
      company !== undefined &&
      record.told['CompanyRef'] !== company &&
      this.#mayWrite(record, 'CompanyRef')
    ) {
      const found = this.#companyNamed(company);
      if (found !== undefined) write('CompanyRef', found.ref);
    }
    if (company !== undefined) record.told['CompanyRef'] = company;
    this.#takeOff(person, record, write);
  }

  /** Removes flagged addresses and numbers, whatever the update policy, because they are known to be wrong. */
  #takeOff(person: Person, record: IdealRecord, write: (field: string, value: unknown) => void): void {
    for (const field of PHONE_FIELDS) {
      const number = record.fields[field];
      if (typeof number === 'string' && person.flaggedPhones.has(phoneOf(number))) {
        write(field, saidFields(person, record.kind)[field] ?? '');
      }
    }
    const wrong = addressesOf(record);
    if (wrong.length === 0 || !wrong.every((one) => person.flagged.has(one))) return;
    const next = knownAddress(person);
    // A candidate's last address cannot be cleared.
    if (next !== undefined || record.kind === 'contact') write('EmailAddress', next ?? '');
  }

  // ---- notes --------------------------------------------------------------------------------------------

  #note(person: Person, event: PersonEvent, note: IdealNote): ModelOutcome {
    const { kind } = event.record;
    const records = [...person.records];
    const record =
      records.find((one) => one.kind === kind) ?? records.find((one) => one.kind === other(kind));
    if (record === undefined) return { state: 'skipped', reason: 'not-in-firefish' };
    const waits =
      this.#settings.onlyNotesForSynced && !records.some((one) => one.made) && !this.#permitted(person, kind);
    if (waits) return { state: 'skipped', reason: 'onlyNotesForSynced' };
    record.notes.push(note);
    return { state: 'synced' };
  }

  // ---- marketing ----------------------------------------------------------------------------------------

  #hear(eventId: string, out: boolean, channels: readonly MarketingChannel[], keys: readonly string[]): void {
    for (const key of keys) {
      const words = this.#words.get(key) ?? {};
      for (const channel of channels)
        words[channel] = { order: this.#order, out, eventId, ofDomain: key.startsWith('domain:') };
      this.#words.set(key, words);
    }
  }

  /** The keys of opt-ins and opt-outs of a record: its people, its address, its domain. */
  #keys(record: IdealRecord): string[] {
    const there = addressesOf(record);
    const people = this.people.filter(
      (person) => person.records.has(record) || usableAddresses(person).some((one) => there.includes(one)),
    );
    const owners = people.filter((person) => person.records.has(record));
    const own = there.filter((address) => !owners.some((person) => person.flagged.has(address)));
    const addresses = [...own, ...people.flatMap(usableAddresses)];
    return [
      ...people.flatMap((person) => [...person.ids].map((id) => `id:${id}`)),
      ...addresses.map((one) => `address:${one}`),
      ...addresses.map((one) => `domain:${domainOf(one)}`),
    ];
  }

  newestWord(record: IdealRecord, channel: MarketingChannel): Word | undefined {
    return this.newestWordOf(this.#keys(record), channel);
  }

  /** The newest opt-in or opt-out of a channel under any of these keys (`id:…`, `address:…`, `domain:…`). */
  newestWordOf(keys: readonly string[], channel: MarketingChannel): Word | undefined {
    return keys
      .map((key) => this.#words.get(key)?.[channel])
      .filter((word) => word !== undefined)
      .sort((a, b) => b.order - a.order)[0];
  }

  /** An opt-out reaches all its records at once; an opt-in reaches each record once. */
  #obeyMarketing(): void {
    for (const record of this.records) {
      for (const channel of CHANNELS) {
        const [word] = [record.heard[channel], this.newestWord(record, channel)]
          .filter((one) => one !== undefined)
          .sort((a, b) => b.order - a.order);
        if (word === undefined) continue;
        const news = record.heard[channel]?.order !== word.order;
        record.heard[channel] = word;
        const field = MARKETING_FIELD[record.kind][channel];
        if (field !== undefined && (word.out || news)) record.fields[field] = !word.out;
        const noted = field === undefined || (word.out && this.#settings.optOutAsNote);
        const isNoted = record.notes.some(
          ({ about, eventId }) => about === 'marketing' && eventId === word.eventId,
        );
        if (noted && news && !word.ofDomain && !isNoted) {
          record.notes.push({
            about: 'marketing',
            says: word.out ? 'opted out' : 'opted in',
            eventId: word.eventId,
          });
        }
      }
    }
  }

  // ---- companies ----------------------------------------------------------------------------------------

  #findCompany(name: string): IdealCompany | undefined {
    return this.companies.find(
      ({ fields }) => companyNameKey(String(fields['Name'])) === companyNameKey(name),
    );
  }

  #companyNamed(name: string): IdealCompany | undefined {
    return (
      this.#findCompany(name) ??
      (this.#settings.createCompanies ? this.#makeCompany({ Name: name }) : undefined)
    );
  }

  #makeCompany(fields: Record<string, unknown>): IdealCompany {
    const company = { ref: this.#nextRef++, made: true, ids: new Set<string>(), fields };
    this.companies.push(company);
    return company;
  }

  #company({ company: said }: Extract<SourceWhaleEvent, { company: unknown }>): ModelOutcome {
    const fields = companyFields(companyOf(said));
    const found =
      this.companies.find((company) => company.ids.has(said.id)) ??
      this.#findCompany(said.name) ??
      (this.#settings.createCompanies ? this.#makeCompany({}) : undefined);
    if (found === undefined) return { state: 'skipped', reason: 'createCompanies' };
    found.ids.add(said.id);
    Object.assign(found.fields, fields);
    return { state: 'synced' };
  }
}

/** The ideal end state: events in their order, with edits in Firefish at their times. */
export function idealEndState(
  seed: Seed,
  delivered: readonly SourceWhaleEvent[],
  settings: Settings,
  edits: readonly Edit[] = [],
): Model {
  const model = new Model(seed, settings);
  const open = [...edits].sort((a, b) => millis(a.at) - millis(b.at));
  for (const event of inOrder(delivered)) {
    while (open[0] !== undefined && millis(open[0].at) <= millis(event.occurredAt)) model.edit(open.shift()!);
    model.apply(event);
  }
  open.forEach((edit) => {
    model.edit(edit);
  });
  return model;
}
