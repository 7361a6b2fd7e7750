/** What becomes of each event, in words that a support person can read. */
import type { EventAction } from '../events/stored-event.ts';
import { type Outcome, skipped } from './outcome.ts';
import { type LinkedRecord, recordKey } from './person.ts';
import type { Draft } from './plan-draft.ts';
import { saysFields } from './plan-identity.ts';
import { leavesNote, noteRefusal } from './plan-notes.ts';
import type { InHand, Operation } from './plan-types.ts';

/** How the event ends if all that is planned is done; what it did is credited as it is done. */
export function outcomeOf(draft: Draft, inHand: InHand): Outcome {
  const { event, stamp } = inHand;
  const present = draft.presence.records.length > 0 || draft.presence.creation !== undefined;
  const { ambiguities } = draft.matching;
  if (event.type === 'note.added' && !draft.input.settings.noteChannels.includes(event.note.channel)) {
    return skipped('noteChannels', ambiguities);
  }
  if (saysFields(event)) {
    if (!present) return skipped(draft.presence.skips[event.id] ?? 'not-in-firefish', ambiguities);
  } else if (!present || (event.type === 'note.added' && !draft.presence.presentAt(stamp))) {
    const reached = draft.input.reachAll && 'marketing' in event && draft.matching.others.length > 0;
    if (!reached) return skipped(draft.person.gone ? 'gone' : 'not-in-firefish', ambiguities);
  }
  const refusal = event.type === 'note.added' ? noteRefusal(draft.notes, event, stamp) : undefined;
  if (refusal !== undefined) return skipped(refusal, ambiguities);
  const isNoted = draft.presence.presentAt(stamp) && noteRefusal(draft.notes, event, stamp) === undefined;
  const waits = leavesNote(draft.input.settings, event) && !isNoted;
  return {
    ...{ state: 'synced', actions: [], notes: matchNotes(draft) },
    ...(ambiguities.length === 0 ? {} : { reason: ambiguities.join('; ') }),
    ...(waits ? { waits } : {}),
  };
}

/** How the person was found, for who asks why. */
function matchNotes(draft: Draft): string[] {
  return draft.presence.records.map((record) => {
    const isNew = !draft.input.person.records.some((known) => recordKey(known) === recordKey(record));
    return `${record.kind} ${record.ref} matched by ${isNew ? 'e-mail address' : 'link'}`;
  });
}

/**
 * An event that did nothing because all was so already says of each record that it is unchanged; or created, where
 * it was the one that made it and nobody knew of it so far.
 */
export function creditUnchanged(
  { presence }: Draft,
  operations: readonly Operation[],
  outcomes: Record<string, Outcome>,
): void {
  const credited = new Set(operations.flatMap(({ credits }) => credits.map(({ eventId }) => eventId)));
  for (const [eventId, outcome] of Object.entries(outcomes)) {
    if (outcome.state !== 'synced') continue;
    const made = presence.records.filter(({ createdBy }) => createdBy === eventId);
    const left = credited.has(eventId) || made.length > 0 ? [] : presence.records;
    const actions = (records: readonly LinkedRecord[], operation: EventAction['operation']): EventAction[] =>
      records.map(({ kind, ref }) => ({ entity: kind, ref, operation }));
    outcome.actions.push(...actions(made, 'created'), ...actions(left, 'unchanged'));
  }
}

/** Skipped for want of the person or of a step: planned again when either comes. */
const REVIVABLE = /^(no-email|gone|addWhen|missing-fields|not-in-firefish|onlyNotesForSynced)/;
const mayStillCount = (outcome: Outcome | undefined): boolean =>
  outcome?.waits === true || (outcome?.state === 'skipped' && REVIVABLE.test(outcome.reason ?? ''));

/** So many events of a person wait at most: their item names each of them, and what came of it. */
export const MOST_WAITING = 500;
const TOO_MANY = 'too many events wait for this person';

/**
 * The events that wait for what is still to come. New ones beyond the most fail, to be seen, and replayed once the
 * person is there; of words on marketing what counts is remembered apart.
 */
export function waitingOf(events: readonly InHand[], outcomes: Record<string, Outcome>): readonly InHand[] {
  const waiting = events.filter(({ event }) => mayStillCount(outcomes[event.id]));
  if (waiting.length <= MOST_WAITING) return waiting;
  const [before, fresh] = [
    waiting.filter(({ pending }) => pending),
    waiting.filter(({ pending }) => !pending),
  ];
  const room = Math.max(0, MOST_WAITING - before.length);
  for (const { event } of fresh.slice(room)) {
    const outcome = outcomes[event.id];
    if (outcome?.state !== 'skipped' || 'marketing' in event) continue;
    outcomes[event.id] = { ...outcome, state: 'failed', reason: TOO_MANY };
  }
  return [...before.slice(0, MOST_WAITING), ...fresh.slice(0, room)];
}
