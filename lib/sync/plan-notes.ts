/** Which notes the events in hand leave, each once, and why one is not written. */
import type { Kind, MarketingChannel, PersonEvent } from '../events/event.ts';
import type { Word } from './marketing.ts';
import { campaignNoteText, lastAddressNoteText, marketingNoteText, noteText } from './note-text.ts';
import { type LinkedRecord, type PersonState, recordKey, recordSince } from './person.ts';
import { campaignStep } from './plan-identity.ts';
import { channelsOf, MARKETING_FIELDS, type MarketingPatch } from './plan-marketing.ts';
import { type Creation, type Presence, stepReached } from './plan-presence.ts';
import type { Credit, InHand, NoteOperation, PlanInput } from './plan-types.ts';
import { instantOf, type Stamp } from './stamp.ts';
import type { Settings } from '../tenants/settings.ts';

/** Where notes can go: a record, or the one that the plan creates. */
export interface Target {
  kind: Kind;
  /** Absent: the record that the plan creates. */
  ref?: number;
}

export interface NoteContext {
  input: PlanInput;
  person: PersonState;
  presence: Presence;
  targets: readonly Target[];
}

export const targetsOf = (records: readonly LinkedRecord[], creation: Creation | undefined): Target[] => [
  ...[...records].sort((a, b) => a.ref - b.ref).map(({ kind, ref }) => ({ kind, ref })),
  ...(creation === undefined ? [] : [{ kind: creation.event.record.kind }]),
];

const KEY_LENGTH = 12;
const keyOf = ({ input }: NoteContext, name: string): string => input.hash(name).slice(0, KEY_LENGTH);

function note(
  context: NoteContext,
  stamp: Stamp,
  event: PersonEvent | undefined,
  target: Target,
  text: string,
  name: string,
): NoteOperation[] {
  const key = keyOf(context, name);
  if (context.person.noted.includes(key)) return [];
  const credits: Credit[] = event === undefined ? [] : [{ eventId: event.id, operation: 'noted' }];
  return [{ do: 'note', ...target, text, key, occurredAt: instantOf(stamp), credits }];
}

/** The record of the event's kind, else of the other; of several the one with the lowest Ref. */
function targetFor({ targets }: NoteContext, kind: Kind): Target | undefined {
  return targets.find((target) => target.kind === kind) ?? targets[0];
}

/** Why a person who is in Firefish gets no note of this event; nothing where they do. */
export function noteRefusal(
  { input, person, presence }: NoteContext,
  event: PersonEvent,
  stamp: Stamp,
): string | undefined {
  if (!input.settings.onlyNotesForSynced) return undefined;
  const ours =
    (presence.creation !== undefined && presence.creation.stamp <= stamp) ||
    presence.records.some(
      (record) => record.createdSince !== undefined && recordSince(person, record) <= stamp,
    );
  return ours || stepReached(input.settings, person, event.record.kind, stamp)
    ? undefined
    : 'onlyNotesForSynced';
}

/** Whether a campaign step leaves a note on whoever is in Firefish by then. */
export function leavesNote({ campaignNotes }: Settings, event: PersonEvent): boolean {
  const step = campaignStep(event);
  return step !== undefined && campaignNotes.includes(step);
}

/** The notes of one event whose person is in Firefish by then. */
export function notesOf(context: NoteContext, inHand: InHand): NoteOperation[] {
  const { event, stamp } = inHand;
  const { settings } = context.input;
  const target = targetFor(context, event.record.kind);
  if (target === undefined) return [];
  if (event.type === 'note.added') {
    return note(context, stamp, event, target, noteText(event), `note ${event.note.id}`);
  }
  if ('campaign' in event) {
    if (!leavesNote(settings, event) || noteRefusal(context, event, stamp) !== undefined) return [];
    return note(context, stamp, event, target, campaignNoteText(event), `event ${event.id}`);
  }
  return [];
}

/**
 * Words on marketing that a record hears for the first time: a note where it has no field for a channel, and
 * besides where the setting asks for one. A domain's word is nobody's own, and leaves none. An event that comes
 * late, with newer words heard already, leaves the note that it would have left in its time.
 * @param since from which on the target was the person's
 */
export function marketingNotes(
  context: NoteContext,
  target: Target,
  since: Stamp,
  heard: MarketingPatch['heard'],
): NoteOperation[] {
  const { events } = context.input;
  const inTime = events.filter(({ event, stamp }) => 'marketing' in event && stamp >= since);
  const late = inTime.filter(({ stamp }) => !heard.some(({ word }) => word.stamp === stamp));
  return [
    ...heard.flatMap(({ word, channels }) => {
      const inHand = events.find(({ stamp }) => stamp === word.stamp);
      const said = inHand !== undefined && inTime.includes(inHand) ? channelsSaid(inHand.event) : channels;
      const marketing = Object.fromEntries(channels.map((channel) => [channel, word.stamp]));
      return wordNote(context, target, word, said, inHand?.event).map((note) => ({ ...note, marketing }));
    }),
    ...late.flatMap(({ event, stamp }) =>
      wordNote(context, target, { stamp, optedOut: isOptOut(event) }, channelsSaid(event), event),
    ),
  ];
}

const isOptOut = (event: PersonEvent): boolean => event.type === 'marketing.opted_out';
const channelsSaid = (event: PersonEvent): readonly MarketingChannel[] =>
  'marketing' in event ? channelsOf(event.marketing.channels) : [];

function wordNote(
  context: NoteContext,
  target: Target,
  word: Word,
  channels: readonly MarketingChannel[],
  event: PersonEvent | undefined,
): NoteOperation[] {
  const without = channels.filter((channel) => MARKETING_FIELDS[target.kind][channel] === undefined);
  const besides = context.input.settings.optOutAsNote && word.optedOut;
  if (word.ofDomain === true || (without.length === 0 && !besides)) return [];
  const text = marketingNoteText({ word, channels }, event, target.kind, without);
  return note(context, word.stamp, event, target, text, `word ${word.stamp} ${placeOf(context, target)}`);
}

/** Why a wrong address was left where it is. */
export const lastAddressNote = (
  context: NoteContext,
  { event, stamp }: InHand,
  target: Target,
): NoteOperation[] =>
  note(
    context,
    stamp,
    event,
    target,
    lastAddressNoteText(event),
    `event ${event.id} ${placeOf(context, target)}`,
  );

/** Names a target the same before and after it is created: there is one of a kind but for merged persons. */
function placeOf({ targets }: NoteContext, target: Target): string {
  const first = targets.find(({ kind }) => kind === target.kind);
  return first?.ref === target.ref || target.ref === undefined
    ? target.kind
    : recordKey({ kind: target.kind, ref: target.ref });
}
