/** The one form in which notes are written: a line with what, when and who, then the words. */
import type { Kind, MarketingChannel, NoteChannel, PersonEvent } from '../events/event.ts';

const NOTE_LABELS: Record<NoteChannel, string> = {
  email: 'E-mail',
  linkedin: 'LinkedIn',
  call: 'Call',
  sms: 'SMS',
  other: 'Note',
};
const MARKETING_LABELS: Record<MarketingChannel, string> = { email: 'e-mail', sms: 'SMS', post: 'post' };
const STEP_TEXTS = {
  added: 'Added to campaign',
  replied: 'Replied in campaign',
  interested: 'Interested in campaign',
};

function heading(what: string, { occurredAt, actor }: PersonEvent): string {
  const [date, time] = new Date(occurredAt).toISOString().split(/[T.]/);
  return `${what} · ${String(date)} ${String(time)} UTC · ${actor?.email?.trim() || 'SourceWhale'}`;
}

export const noteText = (event: Extract<PersonEvent, { type: 'note.added' }>): string =>
  `${heading(NOTE_LABELS[event.note.channel], event)}\n${event.note.text.trim()}`;

export function campaignNoteText(event: Extract<PersonEvent, { campaign: unknown }>): string {
  const step = event.type.slice('campaign.'.length) as keyof typeof STEP_TEXTS;
  return `${heading('Campaign', event)}\n${STEP_TEXTS[step]}: ${event.campaign.name.trim()}`;
}

const listed = (channels: readonly MarketingChannel[]): string =>
  channels.map((channel) => MARKETING_LABELS[channel]).join(', ');

/** @param withoutField channels for which the record has no field, so that the note alone says it */
export function marketingNoteText(
  event: Extract<PersonEvent, { marketing: unknown }>,
  channels: readonly MarketingChannel[],
  kind: Kind,
  withoutField: readonly MarketingChannel[],
): string {
  const word =
    event.type === 'marketing.opted_out' ? 'Opted out of marketing by' : 'Opted in to marketing by';
  const reason = event.marketing.reason?.trim();
  return [
    heading('Marketing', event),
    `${word}: ${listed(channels)}`,
    ...(reason === undefined || reason === '' ? [] : [`Reason: ${reason}`]),
    ...(withoutField.length === 0 ? [] : [`Firefish has no field on a ${kind} for: ${listed(withoutField)}`]),
  ].join('\n');
}

export const lastAddressNoteText = (event: PersonEvent): string =>
  `${heading('E-mail', event)}\nSourceWhale reports this person's e-mail address as wrong. A candidate needs an ` +
  'address and no other is known, so it was left in place and opted out of e-mail marketing.';
