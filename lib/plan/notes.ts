/** Which notes the events in hand leave, each once, and why one is not written. */
import type {
  CampaignEndEvent,
  CampaignEvent,
  Kind,
  MarketingChannel,
  NoteEvent,
  PersonEvent,
} from '../events/event.ts';
import { type Consent, isAboutConsent } from './consent.ts';
import { campaignNoteText, consentNoteText, noteText } from './note-text.ts';
import { type LinkedRecord, type PersonState, recordKey, recordSince } from './person-state.ts';
import { campaignStep, kindOf } from './identity.ts';
import { MARKETING_FIELDS, type MarketingPatch } from './marketing.ts';
import { type Creation, type Presence, stepReached } from './presence.ts';
import type { Credit, InHand, Need, NoteOperation, NoteVersion, PlanInput } from './types.ts';
import { instantOf, type EventOrder } from '../events/event-order.ts';
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
  /** Gathered: notes of which it is not known whether they are written. */
  needs: Need[];
  /** Keys of the notes that this plan writes: of two events with one note, one writes it. */
  planned: Set<string>;
  /** By key, the version that this plan leaves. */
  versions: Map<string, NoteVersion>;
  /** Ids of events with an older version of a note than is written. */
  older: Set<string>;
}

export const targetsOf = (records: readonly LinkedRecord[], creation: Creation | undefined): Target[] => [
  ...[...records].sort((a, b) => a.ref - b.ref).map(({ kind, ref }) => ({ kind, ref })),
  ...(creation === undefined ? [] : [{ kind: creation.event.record.kind }]),
];

const KEY_LENGTH = 12;
const keyOf = ({ input }: NoteContext, name: string): string => input.hash(name).slice(0, KEY_LENGTH);

function note(
  context: NoteContext,
  order: EventOrder,
  event: PersonEvent | undefined,
  target: Target,
  text: string,
  name: string,
  isNext = false,
): NoteOperation[] {
  const key = keyOf(context, name);
  const begun = context.input.facts.notes.get(key);
  // What is known is of the version before.
  const known = isNext && begun !== undefined ? 'none' : begun;
  if (known === undefined) context.needs.push({ need: 'note', key });
  if (known === undefined || known === 'written' || context.planned.has(key)) return [];
  context.planned.add(key);
  const credits: Credit[] = event === undefined ? [] : [{ eventId: event.id, operation: 'noted' }];
  const earlier = known === 'none' ? {} : { begun: known };
  return [{ do: 'note', ...target, text, key, occurredAt: instantOf(order), ...earlier, credits }];
}

/** The record of the event's kind, else of the other; of several the one with the lowest Ref. */
function targetFor({ targets }: NoteContext, kind: Kind): Target | undefined {
  return targets.find((target) => target.kind === kind) ?? targets[0];
}

/** Why a person who is in Firefish gets no note of this event; nothing where they do. */
export function noteRefusal(
  { input, person, presence }: NoteContext,
  event: PersonEvent,
  order: EventOrder,
): string | undefined {
  if (!input.settings.onlyNotesForSynced) return undefined;
  const ours =
    (presence.creation !== undefined && presence.creation.order <= order) ||
    presence.records.some(
      (record) => record.createdSince !== undefined && recordSince(person, record) <= order,
    );
  return ours || stepReached(input.settings, person, kindOf(event), order) ? undefined : 'onlyNotesForSynced';
}

/** Whether a campaign step leaves a note on a person who is in Firefish by then. */
export function leavesNote({ campaignNotes }: Settings, event: PersonEvent): boolean {
  const step = campaignStep(event);
  return step !== undefined && campaignNotes.includes(step);
}

/** The notes of one event whose person is in Firefish by then. */
export function notesOf(context: NoteContext, inHand: InHand): NoteOperation[] {
  const { event, order } = inHand;
  const { settings } = context.input;
  const target = targetFor(context, kindOf(event));
  if (target === undefined) return [];
  if (event.type === 'note.added') {
    if (event.note.text === '') return [];
    return versionOf(context, event, order, target);
  }
  if ('campaign' in event) {
    if (!leavesNote(settings, event) || noteRefusal(context, event, order) !== undefined) return [];
    return note(context, order, event, target, campaignNoteText(event), campaignName(event, order));
  }
  return [];
}

/** Of one campaign, step and stage at one instant there is one note, whatever the event's id. */
const campaignName = ({ type, campaign }: CampaignEvent | CampaignEndEvent, order: EventOrder): string =>
  `campaign ${JSON.stringify([campaign.id, campaign.step ?? '', type, instantOf(order)])}`;

/** The same note with other words is written once more, as an edit; an older version that comes late is not. */
function versionOf(
  context: NoteContext,
  event: NoteEvent,
  order: EventOrder,
  target: Target,
): NoteOperation[] {
  const { input, versions } = context;
  const name = `note ${event.note.id}`;
  const key = keyOf(context, name);
  const words = input.hash(event.note.text.replace(/\s+/gu, ' ').trim()).slice(0, KEY_LENGTH);
  const last = versions.get(key) ?? input.facts.versions.get(key);
  const isSame = last === undefined || last.words === words;
  if (!isSame && order < last.order) {
    context.older.add(event.id);
    return [];
  }
  const isEdit = isSame ? (last?.isEdit ?? false) : true;
  const version = isSame && last !== undefined ? last : { order, words, isEdit };
  versions.set(key, version);
  const isNext = !isSame;
  if (isNext) context.planned.delete(key);
  const operations = note(context, order, event, target, noteText(event, isEdit), name, isNext);
  return operations.map((one) => ({ ...one, version }));
}

/**
 * Consents on marketing that a record hears for the first time: a note where it has no field for a channel, and
 * besides where the setting asks for one. A domain's consent is not the person's own, and leaves none. An event that comes
 * late, with newer consent applied already, leaves the note that it would have left in its time.
 * @param since from which on the target was the person's
 */
export function consentNotes(
  context: NoteContext,
  target: Target,
  since: EventOrder,
  news: MarketingPatch['news'],
): NoteOperation[] {
  const { events } = context.input;
  const inTime = events.filter(({ event, order }) => isAboutConsent(event) && order >= since);
  const late = inTime.filter(({ order }) => !news.some(({ consent }) => consent.order === order));
  return [
    ...news.flatMap(({ consent, channels }) => {
      const inHand = events.find(({ order }) => order === consent.order);
      const said = inHand !== undefined && inTime.includes(inHand) ? channelsSaid(inHand.event) : channels;
      const marketing = Object.fromEntries(channels.map((channel) => [channel, consent.order]));
      return consentNote(context, target, consent, said, inHand?.event).map((note) => ({
        ...note,
        marketing,
      }));
    }),
    ...late.flatMap(({ event, order }) =>
      consentNote(context, target, { order, optedOut: isOptOut(event) }, channelsSaid(event), event),
    ),
  ];
}

const isOptOut = (event: PersonEvent): boolean => event.type === 'marketing.opted_out';
const channelsSaid = (event: PersonEvent): readonly MarketingChannel[] =>
  isAboutConsent(event) ? event.channels : [];

function consentNote(
  context: NoteContext,
  target: Target,
  consent: Consent,
  channels: readonly MarketingChannel[],
  event: PersonEvent | undefined,
): NoteOperation[] {
  const without = channels.filter((channel) => MARKETING_FIELDS[target.kind][channel] === undefined);
  const besides = context.input.settings.optOutAsNote && consent.optedOut;
  if (consent.ofDomain === true || (without.length === 0 && !besides)) return [];
  const text = consentNoteText({ consent, channels }, event, target.kind, without);
  return note(
    context,
    consent.order,
    event,
    target,
    text,
    `consent ${consent.order} ${placeOf(context, target)}`,
  );
}

/** Names a target the same before and after it is created: there is one of a kind but for merged persons. */
function placeOf({ targets }: NoteContext, target: Target): string {
  const first = targets.find(({ kind }) => kind === target.kind);
  return first?.ref === target.ref || target.ref === undefined
    ? target.kind
    : recordKey({ kind: target.kind, ref: target.ref });
}
