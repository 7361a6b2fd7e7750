/** Which Firefish records are the person: what must be looked up, and which of several is chosen. */
import { KINDS, type Kind } from '../events/event.ts';
import type { FirefishRecord } from '../firefish/port.ts';
import {
  type CreateIntent,
  type LinkedRecord,
  liveAddresses,
  type PersonState,
  recordKey,
  saysFields,
} from './person-state.ts';
import { sharedNameWords, type PersonName } from '../names/person-names.ts';
import { allContradict, namesOf } from './said-names.ts';
import { type Need, type PlanInput, searchName } from './types.ts';

import { LOOK_UP_AGAIN_MS } from '../times.ts';

const DAY_MS = 24 * 3600 * 1000;

export interface Matching {
  needs: Need[];
  records: LinkedRecord[];
  lookups: PersonState['lookups'];
  /** Every record with one of the addresses that is not linked, for consent that must reach them all. */
  others: OtherRecord[];
  /** Records with one of the addresses whose names contradict the person's. */
  vetoed: OtherRecord[];
  /** Of these, those that a person must decide about: nothing else is left that could be the person. */
  conflict: OtherRecord[];
  /** Rows in hand of this round's searches, by record. */
  rows: Map<string, FirefishRecord>;
  /** Where several records of one kind match, with their refs. */
  ambiguities: string[];
}

export interface OtherRecord {
  kind: Kind;
  ref: number;
  /** Its name contradicts: a person who shares an address can opt out, and nothing else. */
  isVetoed?: true;
}

/** Matches by the addresses that were good before these events: a flag takes effect after its own event. */
export function matchRecords(input: PlanInput): Matching {
  const matching: Matching = {
    needs: [],
    records: [...input.person.records],
    lookups: { ...input.person.lookups },
    others: [],
    vetoed: [],
    conflict: [],
    rows: new Map(),
    ambiguities: [],
  };
  const hashes = liveAddresses(input.person);
  for (const kind of KINDS) {
    matchKind(input, kind, hashes, matching);
  }
  decideConflict(input, matching);
  for (const kind of KINDS) {
    const ambiguity = ambiguityOf(kind, matching);
    if (ambiguity !== undefined) matching.ambiguities.push(ambiguity);
  }
  return matching;
}

/** Names contradict, and no link and no other match is left on either side: as the setting or a decision says. */
function decideConflict(input: PlanInput, matching: Matching): void {
  const { vetoed, records, needs } = matching;
  const { nameConflict } = input.settings;
  if (vetoed.length === 0 || needs.length > 0) return;
  if (input.person.isSomeoneElse === true || nameConflict === 'create') return;
  const vetoedRows = (kind: Kind): FoundRow[] =>
    rowsOf(input, kind, liveAddresses(input.person)).filter(({ isVetoed }) => isVetoed);
  if (records.length > 0) {
    // What waited because of the conflict is theirs too: the record counts from when that began.
    const waitedBy = KINDS.flatMap(vetoedRows).flatMap(({ hashes }) => hashes);
    matching.records = records.map((record) =>
      input.person.records.includes(record) || record.createdBy !== undefined
        ? record
        : { ...record, matchedBy: [...new Set([...record.matchedBy, ...waitedBy])] },
    );
    return;
  }
  // It is looked up again with each event, for as long as nobody has decided.
  matching.lookups = {};
  if (nameConflict === 'hold') {
    matching.conflict = vetoed;
    return;
  }
  for (const kind of KINDS) {
    const [best] = vetoedRows(kind);
    if (best === undefined) continue;
    matching.records.push(linkTo(kind, best, input));
    matching.vetoed = matching.vetoed.filter((one) => one.kind !== kind || one.ref !== best.row.Ref);
    matching.others = matching.others.filter((one) => one.kind !== kind || one.ref !== best.row.Ref);
  }
}

/** Several records of one kind are the person's, or might be: which, for people to look at. */
function ambiguityOf(kind: Kind, { records, others }: Matching): string | undefined {
  const refsOf = (of: readonly OtherRecord[]): number[] =>
    of
      .filter((record) => record.kind === kind && record.isVetoed !== true)
      .map(({ ref }) => ref)
      .sort((a, b) => a - b);
  const taken = refsOf(records);
  const all = refsOf([...records, ...others]);
  if (taken.length === 0 || all.length < 2) return undefined;
  return `ambiguous: ${kind}s ${listed(all)}; ${listed(taken)} ${taken.length > 1 ? 'were' : 'was'} used`;
}

/** This many refs are named. */
export const REFS_NAMED = 20;

const listed = (refs: readonly number[]): string =>
  [
    ...refs.slice(0, REFS_NAMED),
    ...(refs.length > REFS_NAMED ? [`${refs.length - REFS_NAMED} more`] : []),
  ].join(', ');

/** Which of the person's addresses must be looked up. The link wins, but others that match are told of. */
function toLookUp(
  { person, events, reachAll, settings, now }: PlanInput,
  kind: Kind,
  hashes: string[],
): string[] {
  if (reachAll || person.createIntents.some((intent) => intent.kind === kind)) return hashes;
  if (!settings.mergeWithExisting) return [];
  // Nobody is created because of a lookup that is a moment old.
  if (person.records.length === 0 && events.some(({ event }) => saysFields(event))) return hashes;
  const last = person.lookups[kind];
  const isLinked = person.records.some((record) => record.kind === kind);
  if (!isLinked && (last === undefined || last.at + LOOK_UP_AGAIN_MS <= now)) return hashes;
  return hashes.filter((hash) => last?.hashes.includes(hash) !== true);
}

/** @param hashes of all addresses of the person that lead anywhere */
function matchKind(input: PlanInput, kind: Kind, hashes: string[], matching: Matching): void {
  const asked = toLookUp(input, kind, hashes);
  if (asked.length === 0) return;
  const missing = asked.filter((hash) => !input.facts.searches.has(searchName(kind, hash)));
  const intent = input.person.createIntents.find((one) => one.kind === kind);
  // Where an address alone ties nobody to anybody, what was made is told from what was there.
  const isMade = intent !== undefined && !input.settings.mergeWithExisting;
  if (missing.length > 0) {
    const how = {
      ...(isMade && { unlinked: true as const }),
      ...(input.reachAll && { exhaustive: true as const }),
    };
    matching.needs.push(
      ...missing.map((addressHash): Need => ({ need: 'search', kind, addressHash, ...how })),
    );
    return;
  }
  const found = rowsOf(input, kind, asked);
  for (const { row } of found) matching.rows.set(recordKey({ kind, ref: row.Ref }), row);
  const last = input.person.lookups[kind];
  matching.lookups[kind] = {
    at: asked.length === hashes.length ? input.now : (last?.at ?? input.now),
    hashes,
  };
  const linked = new Set(matching.records.filter((record) => record.kind === kind).map(({ ref }) => ref));
  const others = found.filter(({ row }) => !linked.has(row.Ref));
  const unlinked = others.filter(({ isVetoed, isStopped }) => !isVetoed && !isStopped);
  matching.vetoed.push(
    ...others
      .filter(({ isVetoed }) => isVetoed)
      .map(({ row }): OtherRecord => ({ kind, ref: row.Ref, isVetoed: true })),
  );
  const [best] = isMade ? unlinked.filter(({ row }) => mayBeMadeBy(intent, row)) : unlinked;
  if (linked.size === 0 && best !== undefined && (input.settings.mergeWithExisting || intent !== undefined)) {
    matching.records.push(linkTo(kind, best, input));
    linked.add(best.row.Ref);
  }
  matching.others.push(
    ...others
      .filter(({ row, isShared }) => !linked.has(row.Ref) && !isShared)
      .map(({ row, isVetoed, isStopped }) => ({
        ...{ kind, ref: row.Ref },
        ...((isVetoed || isStopped) && { isVetoed: true as const }),
      })),
  );
}

function linkTo(kind: Kind, { row, hashes }: FoundRow, { person }: PlanInput): LinkedRecord {
  const intent = person.createIntents.find((one) => one.kind === kind);
  const name = nameOfRow(row);
  const isUnchecked = namesOf(person.names).length === 0 && Object.keys(name).length > 0;
  return {
    ...{ kind, ref: row.Ref, sent: {}, marketing: {} },
    // A creation whose answer was lost did make it: before its event there was none, whichever event named the address.
    ...(intent === undefined
      ? { matchedBy: hashes }
      : { matchedBy: [], createdSince: intent.since, createdBy: intent.eventId }),
    ...(isUnchecked && { unchecked: name }),
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** The name that stands on a record. */
export function nameOfRow({ FirstName, Surname }: FirefishRecord): PersonName {
  const [first, last] = [textOf(FirstName), textOf(Surname)];
  return { ...(first !== '' && { first }), ...(last !== '' && { last }) };
}

/** By the day, since Firefish does not say in which zone it writes its instants. */
function mayBeMadeBy({ at }: CreateIntent, { Created }: FirefishRecord): boolean {
  const created = instant(Created);
  return created === 0 || created >= at - DAY_MS;
}

interface FoundRow {
  row: FirefishRecord;
  /** Which of the person's addresses it has. */
  hashes: string[];
  isVetoed: boolean;
  /** All these addresses were found wrong before: opt-outs go by them, and nothing else. */
  isStopped: boolean;
  /** It is the record of someone who shares the address: what concerns it goes by way of them. */
  isShared: boolean;
  /** Words of the name in common. */
  words: number;
}

/**
 * The rows of these searches, best match first: more words of the name in common, then live before archived, then
 * latest updated, then lowest Ref.
 */
function rowsOf({ facts, person, settings }: PlanInput, kind: Kind, hashes: string[]): FoundRow[] {
  const names = namesOf(person.names);
  const found = new Map<number, Omit<FoundRow, 'isStopped'>>();
  const intent = person.createIntents.find((one) => one.kind === kind);
  for (const hash of hashes) {
    for (const row of facts.searches.get(searchName(kind, hash)) ?? []) {
      if (facts.foreign.has(recordKey({ kind, ref: row.Ref }))) continue;
      const known = found.get(row.Ref);
      if (known !== undefined) {
        known.hashes.push(hash);
        continue;
      }
      const name = nameOfRow(row);
      const isShared = facts.sharing.has(recordKey({ kind, ref: row.Ref }));
      found.set(row.Ref, {
        ...{ row, hashes: [hash], isShared },
        isVetoed: isShared || (settings.mergeWithExisting && allContradict(names, [name])),
        words: Math.max(0, ...names.map((one) => sharedNameWords(one, name))),
      });
    }
  }
  return [...found.values()]
    .map((one): FoundRow => {
      const isOurs = intent !== undefined && mayBeMadeBy(intent, one.row);
      const isStopped = !isOurs && one.hashes.every((hash) => facts.stopped.has(hash));
      return { ...one, isStopped, isVetoed: one.isVetoed && !isStopped };
    })
    .sort((a, b) => b.words - a.words || betterMatch(a.row, b.row));
}

interface Ranked {
  Ref: number;
  IsArchived?: boolean | null;
  Updated?: string | null;
}

export function betterMatch(a: Ranked, b: Ranked): number {
  const archived = Number(a.IsArchived === true) - Number(b.IsArchived === true);
  if (archived !== 0) return archived;
  const updated = instant(b.Updated) - instant(a.Updated);
  return updated !== 0 ? updated : a.Ref - b.Ref;
}

/** Firefish writes its instants without saying the zone at times; what can't be read is the oldest. */
function instant(text: string | null | undefined): number {
  const parsed = Date.parse(text ?? '');
  return Number.isNaN(parsed) ? 0 : parsed;
}
