/** Which Firefish records are the person: what must be looked up, and which of several is chosen. */
import { KINDS, type Kind } from '../events/event.ts';
import type { FirefishRecord } from '../firefish/port.ts';
import {
  type CreateIntent,
  type LinkedRecord,
  liveAddresses,
  type PersonState,
  recordKey,
} from './person.ts';
import { type Facts, type Need, type PlanInput, searchName } from './plan-types.ts';
import { saysFields } from './plan-identity.ts';

const DAY_MS = 24 * 3600 * 1000;

export interface Matching {
  needs: Need[];
  records: LinkedRecord[];
  lookups: PersonState['lookups'];
  /** Every record with one of the addresses that is not linked, for words that must reach them all. */
  others: { kind: Kind; ref: number }[];
  /** Rows in hand of this round's searches, by record. */
  rows: Map<string, FirefishRecord>;
  /** Where several records of one kind match, with their refs. */
  ambiguities: string[];
}

/** Matches by the addresses that were good before these events: a flag takes effect after its own event. */
export function matchRecords(input: PlanInput): Matching {
  const matching: Matching = {
    needs: [],
    records: [...input.person.records],
    lookups: { ...input.person.lookups },
    others: [],
    rows: new Map(),
    ambiguities: [],
  };
  const hashes = liveAddresses(input.person);
  for (const kind of KINDS) {
    matchKind(input, kind, { hashes, asked: toLookUp(input, kind, hashes) }, matching);
    const ambiguity = ambiguityOf(kind, matching);
    if (ambiguity !== undefined) matching.ambiguities.push(ambiguity);
  }
  return matching;
}

/** Several records of one kind are the person's, or might be: which, for people to look at. */
function ambiguityOf(kind: Kind, { records, others }: Matching): string | undefined {
  const refsOf = (of: readonly { kind: Kind; ref: number }[]): number[] =>
    of
      .filter((record) => record.kind === kind)
      .map(({ ref }) => ref)
      .sort((a, b) => a - b);
  const taken = refsOf(records);
  const left = refsOf(others);
  if (taken.length === 0 || taken.length + left.length < 2) return undefined;
  return [
    `ambiguous: ${kind} ${taken.join(' and ')} ${taken.length > 1 ? 'are one person' : 'was taken'}`,
    ...(left.length > 0 ? [`${left.join(' and ')} ${left.length > 1 ? 'match' : 'matches'} as well`] : []),
  ].join(', ');
}

/** Which of the person's addresses must be looked up. The link wins, but others that match are told of. */
function toLookUp(
  { person, events, reachAll, settings, now }: PlanInput,
  kind: Kind,
  hashes: string[],
): string[] {
  if (reachAll || person.createIntents.some((intent) => intent.kind === kind)) return hashes;
  if (!settings.mergeWithExisting) return [];
  // Nobody is created on the word of a lookup that is a moment old.
  if (person.records.length === 0 && events.some(({ event }) => saysFields(event))) return hashes;
  const last = person.lookups[kind];
  const isLinked = person.records.some((record) => record.kind === kind);
  if (!isLinked && (last === undefined || last.at + DAY_MS <= now)) return hashes;
  return hashes.filter((hash) => last?.hashes.includes(hash) !== true);
}

interface LookUp {
  /** All addresses of the person that lead anywhere. */
  hashes: string[];
  /** Those of them that are looked up now. */
  asked: string[];
}

function matchKind(input: PlanInput, kind: Kind, { hashes, asked }: LookUp, matching: Matching): void {
  if (asked.length === 0) return;
  const missing = asked.filter((hash) => !input.facts.searches.has(searchName(kind, hash)));
  const intent = input.person.createIntents.find((one) => one.kind === kind);
  // Where an address alone ties nobody to anybody, what was made is told from what was there.
  const isMade = intent !== undefined && !input.settings.mergeWithExisting;
  if (missing.length > 0) {
    const how = isMade ? ({ unlinked: true } as const) : {};
    matching.needs.push(
      ...missing.map((addressHash): Need => ({ need: 'search', kind, addressHash, ...how })),
    );
    return;
  }
  const found = rowsOf(input.facts, kind, asked);
  for (const { row } of found) matching.rows.set(recordKey({ kind, ref: row.Ref }), row);
  const last = input.person.lookups[kind];
  matching.lookups[kind] = {
    at: asked.length === hashes.length ? input.now : (last?.at ?? input.now),
    hashes,
  };
  const linked = new Set(matching.records.filter((record) => record.kind === kind).map(({ ref }) => ref));
  const unlinked = found.filter(({ row }) => !linked.has(row.Ref));
  const [best] = isMade ? unlinked.filter(({ row }) => mayBeMadeBy(intent, row)) : unlinked;
  if (linked.size === 0 && best !== undefined && (input.settings.mergeWithExisting || intent !== undefined)) {
    const record: LinkedRecord = {
      ...{ kind, ref: best.row.Ref, sent: {}, marketing: {} },
      // A creation whose answer was lost did make it: before its event there was none, whoever named the address.
      ...(intent === undefined
        ? { matchedBy: best.hashes }
        : { matchedBy: [], createdSince: intent.since, createdBy: intent.eventId }),
    };
    matching.records.push(record);
    linked.add(best.row.Ref);
  }
  const others = unlinked.filter(({ row }) => !linked.has(row.Ref));
  matching.others.push(...others.map(({ row }) => ({ kind, ref: row.Ref })));
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
}

/** The rows of these searches, best match first: live before archived, then latest updated, then lowest Ref. */
function rowsOf(facts: Facts, kind: Kind, hashes: string[]): FoundRow[] {
  const found = new Map<number, FoundRow>();
  for (const hash of hashes) {
    for (const row of facts.searches.get(searchName(kind, hash)) ?? []) {
      if (facts.foreign.has(recordKey({ kind, ref: row.Ref }))) continue;
      const known = found.get(row.Ref);
      if (known === undefined) found.set(row.Ref, { row, hashes: [hash] });
      else known.hashes.push(hash);
    }
  }
  return [...found.values()].sort(({ row: a }, { row: b }) => betterMatch(a, b));
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
