/** Which notes the events in hand leave, each once, and why one is not written. */
import {
  appliedAtOnce,
  type Consent,
  consentOperation,
  isAboutConsent,
  isOptOut,
  MARKETING_FIELDS,
  type MarketingPatch,
} from './consent.ts';
import { type Credit, type Draft, type InHand, type NoteOperation, shortHash } from './types.ts';
import type {
  CampaignEndEvent,
  CampaignEvent,
  CampaignStage,
  Kind,
  MarketingChannel,
  Note,
  NoteChannel,
  NoteEvent,
  PersonEvent,
} from '../events/event.ts';
import { campaignStep, kindOf, recordKey, recordSince } from './person-state.ts';
import { type Presence, stepReached } from './presence.ts';
import { eventIdOf, type EventOrder, instantOf } from '../events/event-order.ts';
import type { SkipReason } from '../events/reasons.ts';
import type { Settings } from '../tenants/settings.ts';
import { millisecondsOf } from '../events/instant.ts';

/** Where notes can go: a record, or the one that the plan creates. */
export interface Target {
  kind: Kind;
  /** Absent: the record that the plan creates. */
  ref?: number;
}

/** The records by their refs, and the one that is created. */
export const targetsOf = ({ records, creation }: Presence): Target[] => [
  ...[...records].sort((a, b) => a.ref - b.ref).map(({ kind, ref }) => ({ kind, ref })),
  ...(creation === undefined ? [] : [{ kind: creation.event.record.kind }]),
];

function note(
  draft: Draft,
  order: EventOrder,
  event: PersonEvent | undefined,
  target: Target,
  text: string,
  name: string,
  isNext = false,
): NoteOperation[] {
  const key = shortHash(draft.input.hash, name);
  const begun = draft.input.facts.notes.get(key);
  // What is known is of the version before.
  const known = isNext && begun !== undefined ? 'none' : begun;
  if (known === undefined) {
    const isLeft = event === undefined && draft.input.events.some(({ pending }) => !pending);
    draft.needs.push({ need: 'note', key, ...(isLeft && { saidBy: eventIdOf(order) }) });
  }
  if (known === 'to come') draft.toCome.add(order);
  const isToWrite = known === 'none' || typeof known === 'object';
  if (!isToWrite || draft.plannedNotes.has(key)) return [];
  draft.plannedNotes.add(key);
  const credits: Credit[] = event === undefined ? [] : [{ eventId: event.id, operation: 'noted' }];
  const earlier = known === 'none' ? {} : { begun: known };
  return [{ do: 'note', ...target, text, key, occurredAt: instantOf(order), ...earlier, credits }];
}

/** Why a person who is in Firefish gets no note of this event; nothing if they do. */
export function noteRefusal(
  { input, person, presence }: Draft,
  event: PersonEvent,
  order: EventOrder,
): SkipReason | undefined {
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

/** The notes of one event whose person is in Firefish by then: on the record of its kind, else on the other. */
export function notesOf(draft: Draft, { event, order }: InHand): NoteOperation[] {
  const target = draft.targets.find(({ kind }) => kind === kindOf(event)) ?? draft.targets[0];
  if (target === undefined) return [];
  if (event.type === 'note.added') return versionOf(draft, event, order, target);
  const isLeft = leavesNote(draft.input.settings, event) && noteRefusal(draft, event, order) === undefined;
  if (!isLeft || !('campaign' in event)) return [];
  return note(draft, order, event, target, campaignNoteText(event), campaignName(event, order));
}

/** Of one campaign, step and stage at one instant there is one note, whatever the event's id. */
const campaignName = ({ type, campaign }: CampaignEvent | CampaignEndEvent, order: EventOrder): string =>
  `campaign ${JSON.stringify([campaign.id, campaign.step ?? '', type, instantOf(order)])}`;

/** The same note with other words is written once more, as an edit; an older version that comes late is not. */
function versionOf(draft: Draft, event: NoteEvent, order: EventOrder, target: Target): NoteOperation[] {
  const { input, versions } = draft;
  const name = `note ${event.note.id}`;
  const key = shortHash(draft.input.hash, name);
  const words = shortHash(input.hash, event.note.text.replace(/\s+/gu, ' ').trim());
  const last = versions.get(key) ?? input.facts.versions.get(key);
  const isSame = last === undefined || last.words === words;
  if (!isSame && order < last.order) {
    draft.older.add(event.id);
    return [];
  }
  const isEdit = isSame ? (last?.isEdit ?? false) : true;
  const version = isSame && last !== undefined ? last : { order, words, isEdit };
  versions.set(key, version);
  if (!isSame) draft.plannedNotes.delete(key);
  const operations = note(draft, order, event, target, noteText(event, isEdit), name, !isSame);
  return operations.map((one) => ({ ...one, version }));
}

/**
 * Consents on marketing that a record hears for the first time: a note where it has no field for a channel, and
 * besides where the setting asks for one. A domain's consent is not the person's own, and leaves none. An event that comes
 * late, with newer consent applied already, leaves the note that it would have left in its time.
 * @param since from which on the target was the person's
 * @param isVetoed the record is of another person: only an opt-out concerns them
 */
export function consentNotes(
  draft: Draft,
  target: Target,
  since: EventOrder,
  news: MarketingPatch['news'],
  isVetoed = false,
): NoteOperation[] {
  const { events } = draft.input;
  const inTime = events.filter(
    ({ event, order }) => isAboutConsent(event) && order >= since && (isOptOut(event) || !isVetoed),
  );
  const late = inTime.filter(({ order }) => !news.some(({ consent }) => consent.order === order));
  return [
    ...news.flatMap(({ consent, channels }) => {
      const inHand = events.find(({ order }) => order === consent.order);
      const said = inHand !== undefined && inTime.includes(inHand) ? channelsSaid(inHand.event) : channels;
      const marketing = Object.fromEntries(channels.map((channel) => [channel, consent.order]));
      return consentNote(draft, target, consent, said, inHand?.event).map((note) => ({
        ...note,
        marketing,
      }));
    }),
    ...late.flatMap(({ event, order }) =>
      consentNote(draft, target, { order, optedOut: isOptOut(event) }, channelsSaid(event), event),
    ),
  ];
}

/** Adds the notes that new consent asks for; answers the consent that is applied without one. */
export function applyConsent(
  draft: Draft,
  target: Target,
  since: EventOrder,
  marketing: MarketingPatch,
  isVetoed = false,
): MarketingPatch['applied'] {
  const notes = consentNotes(draft, target, since, marketing.news, isVetoed);
  draft.consentNotes.push(...notes);
  const toCome = marketing.news
    .filter(({ consent }) => draft.toCome.has(consent.order))
    .map(({ channels, consent }) => ({
      marketing: Object.fromEntries(channels.map((channel) => [channel, consent.order])),
    }));
  return appliedAtOnce(marketing, [...notes, ...toCome]);
}

export function marketingCredits(draft: Draft): Credit[] {
  return draft.input.events.flatMap(({ event }): Credit[] => {
    return isAboutConsent(event) ? [{ eventId: event.id, operation: consentOperation(event) }] : [];
  });
}

const channelsSaid = (event: PersonEvent): readonly MarketingChannel[] =>
  isAboutConsent(event) ? event.channels : [];

function consentNote(
  draft: Draft,
  target: Target,
  consent: Consent,
  channels: readonly MarketingChannel[],
  event: PersonEvent | undefined,
): NoteOperation[] {
  const without = channels.filter((channel) => MARKETING_FIELDS[target.kind][channel] === undefined);
  const besides = draft.input.settings.optOutAsNote && consent.optedOut;
  if (consent.ofDomain === true || (without.length === 0 && !besides)) return [];
  const text = consentNoteText({ consent, channels }, event, target.kind, without);
  const name = `consent ${consent.order} ${placeOf(draft, target)}`;
  return note(draft, consent.order, event, target, text, name);
}

/**
 * Names a target the same before and after it is created. A record that was found has its own name: which of several is
 * taken can change, since our own write makes a record the latest updated.
 */
function placeOf({ targets, presence }: Draft, { kind, ref }: Target): string {
  if (ref === undefined) return kind;
  const first = targets.find((target) => target.kind === kind);
  const isCreated = presence.records.some(
    (record) => record.kind === kind && record.ref === ref && record.createdSince !== undefined,
  );
  return isCreated && first?.ref === ref ? kind : recordKey({ kind, ref });
}

const NOTE_LABELS: Record<NoteChannel, string> = {
  email: 'E-mail',
  linkedin: 'LinkedIn',
  inmail: 'InMail',
  call: 'Call',
  sms: 'SMS',
  whatsapp: 'WhatsApp',
  meeting: 'Meeting',
  task: 'Task',
  other: 'Note',
};
const MARKETING_LABELS: Record<MarketingChannel, string> = { email: 'e-mail', sms: 'SMS', post: 'post' };
const STEP_TEXTS = {
  added: 'Added to campaign',
  messaged: 'Messaged in campaign',
  opened: 'Opened a message of campaign',
  clicked: 'Clicked in campaign',
  replied: 'Replied in campaign',
  interested: 'Interested in campaign',
  meeting_booked: 'Booked a meeting in campaign',
  not_interested: 'Not interested in campaign',
  bounced: 'Bounced in campaign',
  finished: 'Finished campaign',
} satisfies Record<CampaignStage, string>;

/** Several companies of one name: which, for people to look at; nothing if it is one. @param refs best match first */
export const ambiguousCompanies = (refs: readonly number[]): string[] =>
  refs.length > 1
    ? [`ambiguous: companies ${[...refs].sort((a, b) => a - b).join(', ')}; ${refs[0]} was used`]
    : [];

/** @param at epoch milliseconds */
function heading(what: string, at: number, actor?: PersonEvent['actor']): string {
  const [date, time] = new Date(at).toISOString().split(/[T.]/);
  return `${what} · ${String(date)} ${String(time)} UTC · ${actor?.email ?? 'SourceWhale'}`;
}

/** @param isEdit other words of this note were written before */
const noteText = ({ note, effectiveAt, actor }: NoteEvent, isEdit: boolean): string =>
  `${heading(noteLabel(note) + (isEdit ? ' (edited)' : ''), millisecondsOf(effectiveAt), actor)}\n${note.text}`;

/** The channel, a word that is none of ours as it was said, and the outcome. */
const noteLabel = ({ channel, channelWord, outcome }: Note): string =>
  [channelWord ?? NOTE_LABELS[channel], outcome].filter((word) => word !== undefined).join(', ');

function campaignNoteText(event: CampaignEvent | CampaignEndEvent): string {
  const step = event.type.slice('campaign.'.length) as keyof typeof STEP_TEXTS;
  const { campaign, effectiveAt, actor } = event;
  return `${heading('Campaign', millisecondsOf(effectiveAt), actor)}\n${STEP_TEXTS[step]}: ${campaign.name}`;
}

const listed = (channels: readonly MarketingChannel[]): string =>
  channels.map((channel) => MARKETING_LABELS[channel]).join(', ');

/**
 * @param event the one that said it, where it is in hand
 * @param withoutField channels for which the record has no field, so that the note alone says it
 */
function consentNoteText(
  { consent, channels }: { consent: Consent; channels: readonly MarketingChannel[] },
  event: PersonEvent | undefined,
  kind: Kind,
  withoutField: readonly MarketingChannel[],
): string {
  const said = consent.optedOut ? 'Opted out of marketing by' : 'Opted in to marketing by';
  const reason = event !== undefined && isAboutConsent(event) ? event.reason : undefined;
  return [
    heading('Marketing', instantOf(consent.order), event?.actor),
    `${said}: ${listed(channels)}`,
    ...(reason === undefined ? [] : [`Reason: ${reason}`]),
    ...(withoutField.length === 0 ? [] : [`Firefish has no field on a ${kind} for: ${listed(withoutField)}`]),
  ].join('\n');
}

/** @param record without a ref: the one that the plan creates */
export const addressKept = ({ kind, ref }: { kind: Kind; ref?: number }): string =>
  `address-kept: ${[kind, ref].filter((one) => one !== undefined).join(' ')} keeps the wrong address, ` +
  'since no other is known and Firefish takes no empty one';
