/** The one form in which notes are written: a line with what, when and who, then the words. */
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
import { instantOf } from '../events/event-order.ts';
import { millisecondsOf } from '../events/instant.ts';
import { type Consent, isAboutConsent } from './consent.ts';

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

/** Several companies of one name: which, for people to look at; nothing where it is one. @param refs best match first */
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
export const noteText = ({ note, effectiveAt, actor }: NoteEvent, isEdit: boolean): string =>
  `${heading(noteLabel(note) + (isEdit ? ' (edited)' : ''), millisecondsOf(effectiveAt), actor)}\n${note.text}`;

/** The channel, a word that is none of ours as it was said, and the outcome. */
const noteLabel = ({ channel, channelWord, outcome }: Note): string =>
  [channelWord ?? NOTE_LABELS[channel], outcome].filter((word) => word !== undefined).join(', ');

export function campaignNoteText(event: CampaignEvent | CampaignEndEvent): string {
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
export function consentNoteText(
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
