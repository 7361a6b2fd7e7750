/**
 * The heart: what Firefish must be sent so that it ends as if a person's events had come in the order of
 * `occurredAt`. A pure function of the events in hand, what is known of the person, what was read in
 * Firefish, the settings and the time. Where it needs to know more it says what must be read, and is asked again.
 */
import { notesOf, targetsOf } from './notes.ts';
import type { Kind } from '../events/event.ts';
import { type Outcome, skipped } from '../events/event-item.ts';
import { foldIdentity, type PersonState, recordKey, saysFields } from './person-state.ts';
import { createOf } from './create.ts';
import { nextSaid, type Sayings, winning } from './fields.ts';
import { flagOthers } from './flags.ts';
import { matchRecords } from './matching.ts';
import { documentsOf } from './documents.ts';
import { creditUnchanged, outcomeOf, waitingOf } from './outcomes.ts';
import { foldPresence } from './presence.ts';
import type {
  DocumentOperation,
  Draft,
  Need,
  NoteOperation,
  Operation,
  Plan,
  PlanInput,
  Planned,
} from './types.ts';
import { reachOthers, updateOf } from './update.ts';

/** The plan for these events of one person; or what must be read first, to be asked again with it in `facts`. */
export function plan(input: PlanInput): Planned {
  const matching = matchRecords(input);
  if (matching.needs.length > 0) return { needs: matching.needs };
  const person = foldIdentity(input);
  const presence = foldPresence(input, person, matching);
  if (presence.needs.length > 0) return { needs: presence.needs };
  return finished({
    ...{ input, person, matching, presence, targets: targetsOf(presence) },
    ...{ needs: [], outcomeNotes: [], consentNotes: [] },
    ...{ toCome: new Set(), plannedNotes: new Set(), versions: new Map(), older: new Set() },
  });
}

function finished(draft: Draft): Planned {
  const { input, person, presence } = draft;
  const sayings: Record<Kind, Sayings> = {
    candidate: winning(input, person, 'candidate'),
    contact: winning(input, person, 'contact'),
  };
  const records = [
    ...createOf(draft, sayings),
    ...presence.records.flatMap((record) => updateOf(draft, record, sayings[record.kind])),
    ...reachOthers(draft),
    ...flagOthers(draft),
  ];
  const outcomes: Record<string, Outcome> = {};
  const documents: DocumentOperation[] = [];
  const notes: NoteOperation[] = input.events.flatMap((inHand) => {
    const outcome = outcomeOf(draft, inHand);
    outcomes[inHand.event.id] = outcome;
    if (outcome.state === 'synced' && inHand.event.type === 'document.added') {
      documents.push(...documentsOf(draft, inHand.event));
      return [];
    }
    if (outcome.state !== 'synced' || !presence.presentAt(inHand.order)) return [];
    const own = notesOf(draft, inHand);
    const { id } = inHand.event;
    if (draft.older.has(id)) outcomes[id] = skipped('older-version', outcome.notes);
    return own;
  });
  const operations: Operation[] = [...records, ...draft.consentNotes, ...notes, ...documents];
  const needs = [...draft.needs, ...untouched(draft, operations)];
  if (needs.length > 0) return { needs: unique(needs) };
  for (const { eventId, text } of draft.outcomeNotes) {
    const notes = outcomes[eventId]?.notes;
    if (notes?.includes(text) === false) notes.push(text);
  }
  creditUnchanged(draft, operations, outcomes);
  return { needs: [], plan: result(draft, operations, outcomes, sayings) };
}

/**
 * Whether a record is still in Firefish shows when it is written. After an event that can create one the person must be
 * there in the end (rule 7): where nothing would be written, the record is read.
 */
function untouched({ input, matching, presence }: Draft, operations: readonly Operation[]): Need[] {
  const asked = input.events.some(
    ({ event, pending }) => !pending && event.type !== 'record.updated' && saysFields(event),
  );
  if (!asked) return [];
  return presence.records.flatMap((record): Need[] => {
    const { kind, ref } = record;
    const isTouched = operations.some(
      (one) => one.kind === kind && 'ref' in one && one.ref === ref && writes(one),
    );
    const key = recordKey(record);
    const isSeen = matching.rows.has(key) || input.facts.profiles.has(key);
    return isTouched || isSeen ? [] : [{ need: 'profile', kind, ref }];
  });
}

function result(
  { input, person, matching, presence }: Draft,
  operations: Operation[],
  outcomes: Record<string, Outcome>,
  sayings: Record<Kind, Sayings>,
): Plan {
  const waits = waitingOf(input.events, outcomes);
  const present = presence.records.length > 0 || presence.creation !== undefined;
  const { released: _done, ...rest } = person;
  const then: PersonState = {
    ...rest,
    records: presence.records,
    lookups: matching.lookups,
    unreached: [],
    gone: person.gone && !present,
    said: {
      candidate: nextSaid(person.said.candidate, sayings.candidate),
      contact: nextSaid(person.said.contact, sayings.contact),
    },
    createIntents: [],
  };
  return {
    operations,
    outcomes,
    person: then,
    waiting: waits.map(({ event, order }) => ({ eventId: event.id, order })),
    flags: input.events.flatMap(({ flagged, order }) =>
      flagged === undefined ? [] : [{ addressHash: flagged, order }],
    ),
  };
}

/** Whether it calls Firefish. */
export const writes = (one: Operation): boolean =>
  one.do === 'note' || one.do === 'document' || Object.keys(one.fields).length > 0;

const unique = (needs: Need[]): Need[] => [
  ...new Map(needs.map((need) => [JSON.stringify(need), need])).values(),
];
