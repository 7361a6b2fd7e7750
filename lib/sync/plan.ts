/**
 * The heart: what Firefish must be sent so that it ends as if a person's events had come in the order of
 * `occurredAt`. A pure function of the events in hand, what is known of the person, what was read in
 * Firefish, the settings and the time. Where it needs to know more it says what must be read, and is asked again.
 */
import type { Kind } from '../events/event.ts';
import { newestWords } from './marketing.ts';
import type { Outcome } from './outcome.ts';
import { type PersonState, recordKey } from './person.ts';
import { createOf } from './plan-create.ts';
import { type Draft, lastAddressWords, startDraft } from './plan-draft.ts';
import { nextSaid, type Sayings, winning } from './plan-fields.ts';
import { foldIdentity } from './plan-identity.ts';
import { matchRecords } from './plan-matching.ts';
import { lastAddressNote, notesOf } from './plan-notes.ts';
import { creditUnchanged, outcomeOf, waitingOf } from './plan-outcomes.ts';
import { foldPresence } from './plan-presence.ts';
import type { InHand, Need, NoteOperation, Operation, Plan, Planned, PlanInput } from './plan-types.ts';
import { reachOthers, updateOf } from './plan-update.ts';

/** The plan for these events of one person; or what must be read first, to be asked again with it in `facts`. */
export function plan(input: PlanInput): Planned {
  const matching = matchRecords(input);
  if (matching.needs.length > 0) return { needs: matching.needs };
  const person = foldIdentity(input);
  const presence = foldPresence(input, person, matching.records);
  if (presence.needs.length > 0) return { needs: presence.needs };
  return finished(startDraft(input, person, matching, presence));
}

function finished(draft: Draft): Planned {
  const { input, person, presence } = draft;
  const sayings: Record<Kind, Sayings> = {
    candidate: winning(input, person, 'candidate'),
    contact: winning(input, person, 'contact'),
  };
  const writes = [
    ...createOf(draft, sayings),
    ...presence.records.flatMap((record) => updateOf(draft, record, sayings[record.kind])),
    ...reachOthers(draft),
  ];
  const outcomes: Record<string, Outcome> = {};
  const notes: NoteOperation[] = input.events.flatMap((inHand) => {
    const outcome = outcomeOf(draft, inHand);
    outcomes[inHand.event.id] = outcome;
    return outcome.state === 'synced' && presence.presentAt(inHand.stamp)
      ? [...notesOf(draft.notes, inHand), ...lastAddressNotes(draft, inHand)]
      : [];
  });
  const operations: Operation[] = [...writes, ...draft.marketingNotes, ...notes];
  const needs = [...draft.needs, ...untouched(draft, operations)];
  if (needs.length > 0) return { needs: unique(needs) };
  creditUnchanged(draft, operations, outcomes);
  return { needs: [], plan: result(draft, operations, outcomes, sayings) };
}

function lastAddressNotes({ lastAddressFlags, notes }: Draft, inHand: InHand): NoteOperation[] {
  if (!lastAddressFlags.includes(inHand)) return [];
  return notes.targets
    .filter(({ kind }) => kind === 'candidate')
    .flatMap((target) => lastAddressNote(notes, inHand, target));
}

/**
 * Whether a record is still in Firefish shows when it is written. A record that is said to be new or is pushed by
 * hand shall be there in the end: where nothing would be written, it is read.
 */
function untouched({ input, matching, presence }: Draft, operations: readonly Operation[]): Need[] {
  const asked = input.events.some(
    ({ event, pending }) => !pending && (event.type === 'record.created' || event.type === 'record.synced'),
  );
  if (!asked) return [];
  return presence.records.flatMap((record): Need[] => {
    const { kind, ref } = record;
    const isTouched = operations.some(
      (one) =>
        one.kind === kind &&
        'ref' in one &&
        one.ref === ref &&
        (one.do === 'note' || Object.keys(one.fields).length > 0),
    );
    const key = recordKey(record);
    const isSeen = matching.rows.has(key) || input.facts.profiles.has(key);
    return isTouched || isSeen ? [] : [{ need: 'profile', kind, ref }];
  });
}

function result(
  { input, person, matching, presence, lastAddressFlags }: Draft,
  operations: Operation[],
  outcomes: Record<string, Outcome>,
  sayings: Record<Kind, Sayings>,
): Plan {
  const waits = waitingOf(input.events, outcomes);
  const present = presence.records.length > 0 || presence.creation !== undefined;
  const then: PersonState = {
    ...person,
    records: presence.records,
    lookups: matching.lookups,
    unreached: [],
    gone: person.gone && !present,
    said: {
      candidate: nextSaid(person.said.candidate, sayings.candidate),
      contact: nextSaid(person.said.contact, sayings.contact),
    },
    pending: Object.fromEntries(waits.map(({ event, stamp }) => [event.id, stamp])),
    createIntents: [],
    outcomes,
  };
  return {
    operations,
    outcomes,
    person: then,
    flags: input.events.flatMap(({ flagged, stamp }) =>
      flagged === undefined ? [] : [{ addressHash: flagged, stamp }],
    ),
    words: newestWords(lastAddressFlags.map(lastAddressWords)),
  };
}

const unique = (needs: Need[]): Need[] => [
  ...new Map(needs.map((need) => [JSON.stringify(need), need])).values(),
];
