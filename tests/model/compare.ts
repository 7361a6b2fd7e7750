/**
 * Compares how Firefish stands with the ideal end state.
 *
 * Values, marketing and notes must be the model's. How *many* records a person has may depend on the order of
 * arrival, in these cases and no others (each is decided from the history alone, never from what was found):
 * - a person of several `candidateId`s may have one record for each of them whose events could arrive before
 *   anything joins it to the others, and as few as one;
 * - an event that names only addresses without a record may arrive, and create, before another address of
 *   the same person finds one;
 * - of several records that match by different addresses, the one whose address is named first is linked.
 * Where a person has several records in one of these ways, what was said before they came together may be on
 * one of them only: the system keeps no value that Firefish already has.
 */
import type { Kind, MarketingChannel, SourceWhaleEvent } from '../../lib/events/event.ts';
import { CHANNELS } from '../../lib/events/event.ts';
import { normaliseCompanyName } from '../../lib/mapping/company-name.ts';
import { CREATION_ONLY_FIELDS, settingNames } from '../../lib/mapping/firefish-fields.ts';
import { emailAddresses, emailDomain } from '../../lib/mapping/person-fields.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../lib/tenants/settings.ts';
import type { History } from './histories.ts';
import { addressOf, flatten, isBlank, MARKETING_FIELD } from './ideal.ts';
import { isLater, reaches, speaksOf } from './invariants.ts';
import { idealEndState, type Model } from './model.ts';
import {
  fieldsSaid,
  listedAddress,
  PHONE_FIELDS,
  saidCompany,
  saidFields,
  usableAddresses,
  type Person,
} from './person.ts';
import type { Standing, StandingRecord } from './standing.ts';

const SYSTEM_FIELDS = [
  ...['Ref', 'Created', 'CreatedBy', 'Updated', 'UpdatedBy', 'CandidateURL', 'HasCv', 'LegalBasis'],
  ...['LastActionRef', 'LastActionName', 'LastActionDate', 'CompanyRef', 'CompanyName', 'IsArchived'],
  ...['EmailMarketing', 'SmsMarketing', 'SMSMarketing', 'PostalMarketing', 'CreatedDaysAgo'],
];

const same = (a: unknown, b: unknown): boolean => (isBlank(a) && isBlank(b)) || a === b;
const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
const called = (record: StandingRecord): string =>
  `${record.made ? 'new ' : ''}${record.kind} ${String(record.ref)}`;

/** What one person's history permits. */
interface Bounds {
  leastMade: number;
  mostMade: number;
  kinds: Set<Kind>;
  /** The records there before that one of the person's addresses has led to. */
  matching: StandingRecord[];
}

class Comparison {
  readonly #settings: Settings;
  readonly #events: SourceWhaleEvent[];
  readonly #model: Model;
  /** What the same events would have made of an empty Firefish before any address was known to be wrong: flags may come last. */
  readonly #alone: Model;
  readonly #history: History;
  readonly #standing: Standing;
  readonly #differences: string[] = [];

  constructor(history: History, standing: Standing) {
    this.#settings = { ...DEFAULT_SETTINGS, ...history.settings };
    this.#events = history.batches.flat();
    this.#history = history;
    this.#standing = standing;
    this.#model = idealEndState(history.seed, this.#events, this.#settings);
    const empty = { ...history.seed, candidates: [], contacts: [] };
    const unflagged = this.#events.filter(({ type }) => type !== 'email.flagged');
    this.#alone = idealEndState(empty, unflagged, this.#settings);
  }

  run(): string[] {
    const explained = new Set<StandingRecord>();
    for (const person of this.#model.people) {
      const bounds = this.#bounds(person);
      const made = this.#standing.records.filter((record) => record.made && this.#isOf(record, person));
      for (const record of [...made, ...bounds.matching]) explained.add(record);
      this.#count(person, bounds, made);
      this.#notes(person, bounds, [...made, ...bounds.matching]);
    }
    for (const record of this.#standing.records) {
      if (explained.has(record)) continue;
      if (record.made) this.#say(record, 'is nobody’s');
      else this.#untouched(record);
      this.#marketing(record, undefined);
    }
    this.#companies();
    return this.#differences;
  }

  #say(about: StandingRecord | string, what: string): void {
    this.#differences.push(`${typeof about === 'string' ? about : called(about)} ${what}`);
  }

  // ---- who is whose ---------------------------------------------------------------------------------------

  #eventsOf(person: Person): Extract<SourceWhaleEvent, { record: unknown }>[] {
    return this.#events
      .filter((event) => 'record' in event)
      .filter(({ record }) => person.ids.has(record.candidateId));
  }

  #isOf(record: StandingRecord, person: Person): boolean {
    // Addresses may be shared and be taken off; the generator gives each id surnames of its own.
    const surname = record.fields['Surname'];
    return person.sayings.some(({ said }) => fieldsSaid(record.kind, said)['Surname'] === surname);
  }

  #originally(record: StandingRecord): Record<string, unknown> {
    const before = record.kind === 'candidate' ? this.#history.seed.candidates : this.#history.seed.contacts;
    return flatten(before.find(({ Ref }) => Ref === record.ref) ?? {});
  }

  #bounds(person: Person): Bounds {
    const matching = this.#standing.records.filter(
      (record) =>
        !record.made &&
        this.#settings.mergeWithExisting &&
        person.addresses.has(addressOf({ fields: this.#originally(record) })),
    );
    const led = new Set(matching.map((record) => addressOf({ fields: this.#originally(record) })));
    const lists = new Map([...person.ids].map((id): [string, string[][]] => [id, []]));
    for (const { record } of this.#eventsOf(person)) {
      const addresses = emailAddresses(record);
      if (addresses.length > 0) lists.get(record.candidateId)?.push(addresses);
    }
    const able = [...lists.values()].filter((all) => all.some((list) => !list.some((one) => led.has(one))));
    const creates = this.#makersAlone(person).length > 0;
    const modelMade = [...person.records].some(({ made }) => made);
    return {
      leastMade: modelMade && matching.length === 0 ? 1 : 0,
      // In order of `occurredAt` the halves may have met too late for an event that could have made a record.
      mostMade: creates || (person.ids.size > 1 && this.#permits(person)) ? apart(able) : 0,
      kinds: new Set(
        this.#eventsOf(person)
          .filter(({ type }) => /^(record|campaign)/.test(type))
          .map(({ record }) => record.kind),
      ),
      matching,
    };
  }

  /** The events that would have made the person's records in an empty Firefish, had the flags come last. */
  #makersAlone({ ids }: Person): string[] {
    const people = this.#alone.people.filter((one) => !one.ids.isDisjointFrom(ids));
    return people.flatMap(({ records }) => [...records].flatMap(({ madeBy }) => madeBy ?? []));
  }

  /** Whether two halves, each of which lacked something, may have it all once they are known to be one. */
  #permits(person: Person): boolean {
    const { addWhen } = this.#settings;
    return this.#eventsOf(person).some(
      ({ type, record }) =>
        /^(record|campaign)/.test(type) && (type === 'record.synced' || addWhen[record.kind] !== 'never'),
    );
  }

  // ---- records --------------------------------------------------------------------------------------------

  #count(person: Person, bounds: Bounds, made: StandingRecord[]): void {
    const who = [...person.ids].join('+');
    const { leastMade, mostMade, matching } = bounds;
    if (made.length < leastMade || made.length > mostMade) {
      const range =
        leastMade === mostMade ? String(leastMade) : `${String(leastMade)} to ${String(mostMade)}`;
      this.#say(who, `has ${String(made.length)} new records, should have ${range}`);
    }
    const several = made.length + matching.length > 1;
    for (const record of made) {
      if (!bounds.kinds.has(record.kind)) this.#say(record, `is of a kind that no event of ${who} has`);
      if (record.archived) this.#say(record, 'is archived');
      this.#told(record, person, several).forEach((difference) => {
        this.#say(record, difference);
      });
      this.#marketing(record, person);
    }
    let touched = 0;
    for (const record of matching) {
      const asTold = this.#told(record, person, several);
      const asBefore = this.#changes(record);
      const linked = [...person.records].some(({ kind, ref }) => kind === record.kind && ref === record.ref);
      const due = this.#due(record, linked, bounds);
      if (asTold.length === 0) touched += 1;
      const wrong =
        due === 'told'
          ? asTold
          : due === 'left'
            ? asBefore
            : asTold.length < asBefore.length
              ? asTold
              : asBefore;
      if (due === 'either' && (asTold.length === 0 || asBefore.length === 0)) wrong.length = 0;
      for (const difference of wrong) this.#say(record, difference);
      this.#marketing(record, person);
    }
    if (person.records.size > 0 && touched + made.length === 0)
      this.#say(who, 'has no record that knows the newest');
    if (several && made.length > 0) this.#newestSomewhere(person, [...made, ...matching]);
  }

  /** Of several records of one person each field's newest value must be on one at least. */
  #newestSomewhere(person: Person, records: readonly StandingRecord[]): void {
    for (const name of ['FirstName', 'Surname', 'JobTitle']) {
      if (this.#policy(name) !== 'always') continue;
      const values = records.flatMap((record) => {
        const value = saidFields(person, record.kind)[name];
        return value === undefined ? [] : [{ value, held: same(record.fields[name], value) }];
      });
      if (values.length > 0 && !values.some(({ held }) => held)) {
        this.#say([...person.ids].join('+'), `has the newest ${name} ${show(values[0]?.value)} on no record`);
      }
    }
  }

  /** Whether this record, there before, must be the person's, must not be, or may be by the order of arrival. */
  #due(record: StandingRecord, linked: boolean, { matching, mostMade }: Bounds): 'told' | 'left' | 'either' {
    const peers = matching.filter(({ kind }) => kind === record.kind);
    const addresses = new Set(peers.map((one) => addressOf({ fields: this.#originally(one) })));
    if (mostMade > 0 || addresses.size > 1) return 'either';
    // An opt-out touches every duplicate, and so changes which was updated last.
    const disturbed = this.#events.some(({ type }) => type.includes('opted'));
    const best = peers.some(({ archived }) => !archived) ? !record.archived : true;
    if (peers.length > 1 && disturbed && best) return 'either';
    return linked ? 'told' : 'left';
  }

  #policy(field: string): string {
    const { default: otherwise, fields } = this.#settings.updatePolicy;
    return (
      settingNames(field)
        .map((name) => fields[name])
        .find((one) => one !== undefined) ?? otherwise
    );
  }

  /** How a record differs from what its person's history says of it. */
  #told(record: StandingRecord, person: Person, several: boolean): string[] {
    const before = record.made ? {} : this.#originally(record);
    const wanted = saidFields(person, record.kind);
    const address = listedAddress(person);
    if (address !== undefined) wanted['EmailAddress'] = address;
    const company = record.kind === 'contact' ? saidCompany(person) : undefined;
    if (company !== undefined) wanted['Company'] = company;
    const names = new Set([...Object.keys(wanted), ...Object.keys(record.fields), ...Object.keys(before)]);
    return [...names]
      .filter((name) => !SYSTEM_FIELDS.includes(name) && !CREATION_ONLY_FIELDS.includes(name))
      .flatMap((name) => {
        const newest = this.#allowed(name, record, person, wanted, before);
        const older = several ? [before[name], '', ...this.#everSaid(name, record.kind, person)] : [];
        const allowed = [...newest, ...older];
        const actual = this.#comparable(name, record.fields[name]);
        if (allowed.some((value) => same(this.#comparable(name, value), actual))) return [];
        return [`has ${name} ${show(record.fields[name])}, should have ${allowed.map(show).join(' or ')}`];
      });
  }

  #comparable(name: string, value: unknown): unknown {
    if (typeof value !== 'string') return value;
    if (name === 'EmailAddress') return value.trim().toLowerCase();
    return name === 'Company' ? normaliseCompanyName(value) : value;
  }

  #allowed(
    name: string,
    record: StandingRecord,
    person: Person,
    wanted: Record<string, unknown>,
    before: Record<string, unknown>,
  ): unknown[] {
    const flagged = name === 'EmailAddress' && person.flagged.has(addressOf({ fields: before }));
    const offPhone = (PHONE_FIELDS as readonly string[]).includes(name) && person.flaggedPhones.size > 0;
    if (name === 'EmailAddress' && wanted[name] === undefined) {
      // No event that changes fields named one that is left: any other that is known may be the next. Where none at
      // all is left, a candidate keeps the wrong one that they had last.
      const usable = usableAddresses(person);
      const next = person.flagged.size > 0 || record.made ? usable : [];
      const last = record.kind === 'contact' && person.flagged.size > 0 ? '' : before[name];
      const wrong = record.made || (usable.length === 0 && record.kind === 'candidate') ? person.flagged : [];
      return [...next, last, ...wrong, ...(record.made ? [''] : [])];
    }
    const newest = person.sayings.map(({ said }) => emailAddresses(said)).findLast((all) => all.length > 0);
    if (name === 'EmailAddress' && newest?.every((address) => person.flagged.has(address)) === true) {
      // The newest list has none left: which of the older ones comes next, the contract leaves open.
      return [...usableAddresses(person), before[name]];
    }
    const policy = this.#policy(name === 'Company' ? 'CompanyRef' : name);
    // Where no company may be made, one that is missing leaves the contact's as it was.
    const missing =
      name === 'Company' &&
      !this.#standing.companies.some((one) =>
        same(this.#comparable(name, one.fields['Name']), this.#comparable(name, wanted[name])),
      );
    if (!(name in wanted)) return [before[name]];
    if (missing && !this.#settings.createCompanies)
      return [before[name], ...this.#everSaid(name, record.kind, person)];
    if (policy === 'always' || flagged) return [wanted[name]];
    if (!record.made && policy === 'never') return [before[name]];
    if (!record.made && !isBlank(before[name]))
      return offPhone ? [before[name], wanted[name]] : [before[name]];
    // Which value came to a blank field first depends on the order of arrival.
    return [wanted[name], ...this.#everSaid(name, record.kind, person), ...(record.made ? [''] : [])];
  }

  #everSaid(name: string, kind: Kind, person: Person): unknown[] {
    return person.sayings.map(({ said }) =>
      name === 'Company'
        ? said.company
        : name === 'EmailAddress'
          ? emailAddresses(said)[0]
          : fieldsSaid(kind, said)[name],
    );
  }

  #changes(record: StandingRecord): string[] {
    const before = this.#originally(record);
    return [...new Set([...Object.keys(before), ...Object.keys(record.fields)])]
      .filter((name) => !SYSTEM_FIELDS.includes(name) && !same(before[name], record.fields[name]))
      .map((name) => `has ${name} ${show(record.fields[name])}, should have kept ${show(before[name])}`);
  }

  #untouched(record: StandingRecord): void {
    for (const difference of this.#changes(record)) this.#say(record, difference);
    if (record.notes.some((text) => /<e\d+>/.test(text))) this.#say(record, 'has a note of somebody else');
  }

  // ---- marketing ------------------------------------------------------------------------------------------

  #marketing(record: StandingRecord, person: Person | undefined): void {
    const address = addressOf(record);
    const own = address === '' || person?.flagged.has(address) === true ? [] : [address];
    const addresses = [...own, ...(person === undefined ? [] : usableAddresses(person))];
    const keys = [
      ...[...(person?.ids ?? [])].map((id) => `id:${id}`),
      ...addresses.map((one) => `address:${one}`),
      ...addresses.map((one) => `domain:${emailDomain(one)}`),
    ];
    const flaggedKeys = [...(person?.flagged ?? [])].flatMap((one) => [
      `address:${one}`,
      `domain:${emailDomain(one)}`,
    ]);
    // A record there before that matched by a flagged address alone may or may not have become the person's.
    const original = addressOf({ fields: record.made ? record.fields : this.#originally(record) });
    const doubtful = !record.made && person?.flagged.has(original) === true;
    for (const channel of CHANNELS) {
      const word = this.#model.newestWordOf(keys, channel);
      // Whether a word that came by an address, or its domain, outlives the flag on it, the contract leaves open.
      const withFlagged = this.#model.newestWordOf([...keys, ...flaggedKeys], channel);
      if (
        word?.out !== withFlagged?.out ||
        (word?.eventId !== withFlagged?.eventId && !(channel in MARKETING_FIELD[record.kind]))
      )
        continue;
      const field = MARKETING_FIELD[record.kind][channel];
      if (field === undefined) {
        this.#channelNote(record, person, channel, word);
        continue;
      }
      const actual = record.fields[field];
      const before = record.made ? undefined : this.#originally(record)[field];
      // A candidate's last address, once flagged, is opted out by itself; an opt-out may be the whole person's.
      const offByFlag = channel === 'email' && (person?.flagged.size ?? 0) > 0;
      if (word?.out === true) {
        if (actual !== false && !doubtful)
          this.#say(record, `has ${field} ${show(actual)}: the opt-out ${word.eventId} is lost`);
        if (word.eventId.startsWith('e') && this.#settings.optOutAsNote)
          this.#channelNote(record, person, channel, word);
      } else if (word !== undefined) {
        if (
          actual !== true &&
          !offByFlag &&
          !this.#outByFlagged(person, channel, word.eventId) &&
          !this.#mayBeStranger(record, person)
        )
          this.#say(record, `has ${field} ${show(actual)}, opted in by ${word.eventId}`);
      } else if (record.made) {
        if (this.#settings.newRecordsOptedOut && actual !== false)
          this.#say(record, `was made without an opt-out of ${channel}`);
      } else if (!same(actual, before) && !(offByFlag && actual === false) && !doubtful) {
        this.#say(record, `has ${field} ${show(actual)}, though nobody spoke of it`);
      }
    }
  }

  /** An opt-out that came by an address before it was known to be wrong by then: nothing but an opt-in undoes it. */
  #outByFlagged(person: Person | undefined, channel: MarketingChannel, inBy: string): boolean {
    const optIn = this.#events.find(({ id }) => id === inBy);
    return this.#events.some(
      (event) =>
        speaksOf(event, channel, 'out') &&
        (optIn === undefined || isLater(event, optIn)) &&
        [...(person?.flagged ?? [])].some((address) => reaches(event, address)),
    );
  }

  /** An opt-in of a record that only shares an address with its person, and is not the one that was linked. */
  #mayBeStranger(record: StandingRecord, person: Person | undefined): boolean {
    return !record.made && person !== undefined && this.#changes(record).length === 0;
  }

  #channelNote(
    record: StandingRecord,
    person: Person | undefined,
    channel: MarketingChannel,
    word: { out: boolean; eventId: string } | undefined,
  ): void {
    const linked = person !== undefined && (record.made || this.#changes(record).length > 0);
    const own = this.#events.some(({ id, type }) => id === word?.eventId && type.startsWith('marketing'));
    if (word?.out !== true || !linked || !own) return;
    const told = this.#standing.records.filter((one) => one === record || this.#isOf(one, person));
    if (!told.some(({ notes }) => notes.some((text) => /opted out/i.test(text)))) {
      this.#say(record, `has no note of the opt-out ${word.eventId} of ${channel}`);
    }
  }

  // ---- notes ----------------------------------------------------------------------------------------------

  #notes(person: Person, { mostMade, matching }: Bounds, own: readonly StandingRecord[]): void {
    const written = new Map(
      [...person.records].flatMap(({ kind, notes }) =>
        notes.map(({ says, eventId, about }) => [eventId, { kind, says, about }] as const),
      ),
    );
    // Since when a person was there is plain where they were there before, or are made, but not where the
    // order of arrival decides which, nor where what a new record needs was said bit by bit: of a field that
    // Firefish has, only the newest time is kept. And whether a note came after it, where one id stands alone.
    const sure =
      matching.length === 0 ? this.#madeAtOnce(person) : mostMade === 0 && this.#ledByOneAddress(matching);
    const plain = person.ids.size === 1 && sure;
    for (const { id } of new Set(this.#eventsOf(person))) {
      const tag = `<${id}>`;
      const holders = this.#standing.records.flatMap((record) =>
        record.notes.filter((text) => text.includes(tag)).map(() => record),
      );
      const due = written.get(id);
      if (holders.length > 1) this.#say(`note ${tag}`, `is there ${String(holders.length)} times`);
      if (holders.some((record) => !own.includes(record)))
        this.#say(`note ${tag}`, 'is on somebody else’s record');
      if (
        sure &&
        due !== undefined &&
        due.about !== 'marketing' &&
        due.about !== 'flag' &&
        holders.length === 0
      )
        this.#say(`note ${tag}`, 'is missing');
      if (due === undefined && plain && holders.length > 0)
        this.#say(`note ${tag}`, 'should have been skipped');
      if (
        due !== undefined &&
        plain &&
        person.records.size > 1 &&
        holders[0] !== undefined &&
        holders[0].kind !== due.kind
      ) {
        this.#say(`note ${tag}`, `is on the ${holders[0].kind}, should be on the ${due.kind}`);
      }
    }
  }

  #ledByOneAddress(matching: readonly StandingRecord[]): boolean {
    return new Set(matching.map((record) => addressOf({ fields: this.#originally(record) }))).size <= 1;
  }

  /** Whether the event that made the person's record would have made it had it come alone, and whatever was flagged. */
  #madeAtOnce(person: Person): boolean {
    const makers = new Set([...person.records].flatMap(({ madeBy }) => madeBy ?? []));
    if (makers.symmetricDifference(new Set(this.#makersAlone(person))).size > 0) return false;
    return [...person.records].every(({ madeBy }) => {
      const event = this.#events.find(({ id }) => id === madeBy);
      if (event === undefined) return true;
      const alone = idealEndState(
        { ...this.#history.seed, candidates: [], contacts: [] },
        [event],
        this.#settings,
      );
      return alone.records.length > 0;
    });
  }

  // ---- companies ------------------------------------------------------------------------------------------

  #companies(): void {
    const nameOf = (fields: Record<string, unknown>): string => normaliseCompanyName(String(fields['Name']));
    const names = this.#standing.companies.map(({ fields }) => nameOf(fields));
    for (const name of new Set(names)) {
      if (names.filter((one) => one === name).length > 1) this.#say(`company ${name}`, 'is there twice');
    }
    const ideal = new Set(this.#model.companies.map(({ fields }) => nameOf(fields)));
    const mentioned = this.#events.flatMap((event) =>
      'record' in event ? [normaliseCompanyName(event.record.company ?? '')] : [],
    );
    for (const company of this.#standing.companies) {
      const name = nameOf(company.fields);
      if (company.made && !this.#settings.createCompanies)
        this.#say(`company ${name}`, 'was made though none may be');
      else if (!ideal.has(name) && !mentioned.includes(name)) this.#say(`company ${name}`, 'is nobody’s');
    }
    for (const wanted of this.#model.companies.filter(({ ids }) => ids.size > 0)) {
      const name = nameOf(wanted.fields);
      const company = this.#standing.companies.find(({ fields }) => nameOf(fields) === name);
      if (company === undefined) this.#say(`company ${name}`, 'is missing');
      for (const field of ['Website', 'Phone'].filter((name) => this.#policy(name) === 'always')) {
        if (company !== undefined && !same(company.fields[field], wanted.fields[field])) {
          this.#say(
            `company ${name}`,
            `has ${field} ${show(company.fields[field])}, should have ${show(wanted.fields[field])}`,
          );
        }
      }
    }
  }
}

/**
 * How many of these ids can each have a record of their own before anything joins them: the most of which
 * every two have listed addresses, at some time, of which none is shared.
 */
function apart(lists: readonly (readonly string[][])[]): number {
  const disjoint = (a: readonly string[][], b: readonly string[][]): boolean =>
    a.some((one) => b.some((other) => !one.some((address) => other.includes(address))));
  let most = 0;
  for (let chosen = 0; chosen < 1 << lists.length; chosen += 1) {
    const some = lists.filter((_, index) => (chosen & (1 << index)) !== 0);
    const apart = some.every((one, index) => some.slice(index + 1).every((other) => disjoint(one, other)));
    if (apart) most = Math.max(most, some.length);
  }
  return most;
}

/** Readable differences between how Firefish stands and the ideal end state; none where the rules were kept. */
export const differencesFromIdeal = (history: History, standing: Standing): string[] =>
  new Comparison(history, standing).run();
