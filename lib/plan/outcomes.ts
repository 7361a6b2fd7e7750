/** What becomes of each event, in words that a support person can read. */
import { type EventAction, failed, type Outcome, skipped } from '../events/event-item.ts';
import type { EventId } from '../ids.ts';
import { type LinkedRecord, recordKey, saysFields } from './person-state.ts';
import { documentRefusal } from './documents.ts';
import { consentOperation, isAboutConsent, isOptOut } from './consent.ts';
import { phoneHash } from './flags.ts';
import { NAME_CONFLICT } from './presence.ts';
import { type OtherRecord, REFS_NAMED } from './matching.ts';
import { leavesNote, noteRefusal } from './notes.ts';
import type { Draft, InHand, Operation } from './types.ts';

/** How the event ends if all that is planned is done; what it did is credited as it is done. */
export function outcomeOf(draft: Draft, inHand: InHand): Outcome {
  const { event, order } = inHand;
  const present = draft.presence.records.length > 0 || draft.presence.creation !== undefined;
  const { ambiguities, conflict } = draft.matching;
  if (event.type === 'note.added' && !draft.input.settings.noteChannels.includes(event.note.channel)) {
    return skipped('noteChannels', ambiguities);
  }
  if (event.type === 'note.added' && event.note.text === '') return skipped('empty-note', ambiguities);
  // Who is not in Firefish is told so first, whatever the stage.
  const isSomeone = present || conflict.length > 0;
  if (isEndStage(event) && isSomeone && !leavesNote(draft.input.settings, event)) {
    return skipped('nothing-to-do', ambiguities);
  }
  if (conflict.length > 0 && !goesByAddress(event)) return skipped(NAME_CONFLICT, conflictNotes(conflict));
  const bad = event.type === 'document.added' ? documentRefusal(draft, event) : undefined;
  if (bad?.kind === 'skipped') return skipped(bad.reason, ambiguities);
  if (bad?.kind === 'failed') return failed(bad.reason, ambiguities);
  if (saysFields(event)) {
    if (!present) return skipped(draft.presence.skips[event.id] ?? 'not-in-firefish', ambiguities);
  } else if (!present || (event.type === 'note.added' && !draft.presence.presentAt(order))) {
    const { others } = draft.matching;
    const reached =
      (isOptOut(event) && conflict.length > 0) ||
      (draft.input.reachAll &&
        isAboutConsent(event) &&
        others.some(({ isVetoed }) => isOptOut(event) || isVetoed !== true)) ||
      (isFlag(event) && others.some(({ isVetoed }) => isVetoed === true));
    if (!reached) return skipped(draft.person.gone ? 'gone' : 'not-in-firefish', ambiguities);
  }
  if (event.type === 'phone.flagged') {
    const phone = phoneHash(draft.input.hash, event.phone, event.record.country);
    if (!draft.person.flaggedPhones.includes(phone)) return failed('too-many-numbers', ambiguities);
  }
  const isIncomplete = [...draft.input.facts.searches.values()].some(({ incomplete }) => incomplete === true);
  // All that can be reached are opted out anyway.
  if (isAboutConsent(event) && isIncomplete) return failed('too-many-records', ambiguities);
  const refusal = event.type === 'note.added' ? noteRefusal(draft, event, order) : undefined;
  if (refusal !== undefined) return skipped(refusal, ambiguities);
  const isNoted = draft.presence.presentAt(order) && noteRefusal(draft, event, order) === undefined;
  const waits = leavesNote(draft.input.settings, event) && !isNoted;
  return {
    ...{ state: 'synced', actions: [] },
    notes: [...ambiguities, ...conflictNotes(conflict), ...matchNotes(draft)],
    ...(waits ? { waits } : {}),
  };
}

const isFlag = ({ type }: InHand['event']): boolean => type === 'email.flagged' || type === 'phone.flagged';

/** Whatever the names say. */
export const goesByAddress = (event: InHand['event']): boolean => isOptOut(event) || isFlag(event);

/** Which records a person decides about: `name-conflict: candidate 12, contact 7`. */
function conflictNotes(records: readonly OtherRecord[]): string[] {
  const named = records.slice(0, REFS_NAMED).map(({ kind, ref }) => `${kind} ${String(ref)}`);
  return named.length === 0 ? [] : [`${NAME_CONFLICT}: ${named.join(', ')}`];
}

const isEndStage = (event: InHand['event']): boolean => 'campaign' in event && !saysFields(event);

/** How the person was found, to explain the outcome. */
function matchNotes(draft: Draft): string[] {
  return draft.presence.records.map((record) => {
    const isNew = !draft.input.person.records.some((known) => recordKey(known) === recordKey(record));
    return `matched: ${record.kind} ${record.ref} by ${isNew ? 'e-mail address' : 'link'}`;
  });
}

/**
 * An event that did nothing because all was so already says of each record that it is unchanged; or created, where
 * it was the one that made it and nobody knew of it so far.
 */
export function creditUnchanged(
  { presence, input }: Draft,
  operations: readonly Operation[],
  outcomes: Record<string, Outcome>,
): void {
  const credited = new Set(operations.flatMap(({ credits }) => credits.map(({ eventId }) => eventId)));
  const creation = operations.find((one) => one.do === 'create');
  for (const [id, outcome] of Object.entries(outcomes)) {
    const eventId = id as EventId; // its keys are ids of events
    if (outcome.state !== 'synced') continue;
    const made = presence.records.filter(({ createdBy }) => createdBy === eventId);
    const own = input.events.find(({ event }) => event.id === eventId)?.event;
    const consent = own !== undefined && isAboutConsent(own) ? consentOperation(own) : undefined;
    const isCredited = (record: LinkedRecord): boolean =>
      operations.some(
        (one) =>
          one.do === 'update' &&
          recordKey(one) === recordKey(record) &&
          one.credits.some((credit) => credit.eventId === eventId && credit.operation === consent),
      );
    const told =
      consent === undefined
        ? []
        : presence.records.filter((record) => input.early.has(recordKey(record)) && !isCredited(record));
    const left = credited.has(eventId) || made.length > 0 || told.length > 0 ? [] : presence.records;
    if (consent !== undefined) outcome.actions.push(...actionsOf(told, consent));
    outcome.actions.push(...actionsOf(made, 'created'), ...actionsOf(left, 'unchanged'));
    if (!credited.has(eventId)) creation?.credits.push({ eventId, operation: 'unchanged' });
  }
}

const actionsOf = (records: readonly LinkedRecord[], operation: EventAction['operation']): EventAction[] =>
  records.map(({ kind, ref }) => ({ entity: kind, ref, operation }));

/** Skipped since the person or a step was missing: planned again when either comes. */
const REVIVABLE =
  /^(no-email|gone|addWhen|missing-fields|name-conflict|not-in-firefish|not-a-candidate|onlyNotesForSynced)/;
const mayStillCount = (outcome: Outcome | undefined): boolean =>
  outcome?.waits === true || REVIVABLE.test(outcome?.reason ?? '');

/** This many actions are kept of an event. */
export const MOST_ACTIONS = 100;

/** This many events of a person wait at most: their item names each of them, and what came of it. */
export const MOST_WAITING = 500;

/**
 * The events that wait for what is still to come. New ones beyond the most fail, to be seen, and replayed once the
 * person is there; of marketing events what counts is remembered apart.
 */
export function waitingOf(events: readonly InHand[], outcomes: Record<string, Outcome>): readonly InHand[] {
  const waiting = events.filter(({ event }) => mayStillCount(outcomes[event.id]));
  const { before = [], fresh = [] } = Object.groupBy(waiting, ({ pending }) =>
    pending ? 'before' : 'fresh',
  );
  const room = Math.max(0, MOST_WAITING - before.length);
  for (const { event } of fresh.slice(room)) {
    const outcome = outcomes[event.id];
    if (outcome?.state !== 'skipped' || isAboutConsent(event)) continue;
    outcomes[event.id] = { ...failed('too-many-waiting', outcome.notes), actions: outcome.actions };
  }
  return [...before.slice(0, MOST_WAITING), ...fresh.slice(0, room)];
}
