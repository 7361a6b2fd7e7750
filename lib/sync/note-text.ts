/** The one form in which notes are written: a line with what, when and who, then the words. */
import type { Kind, MarketingChannel, NoteChannel, PersonEvent } from '../events/event.ts';
import type { Word } from './marketing.ts';
import { instantOf } from './stamp.ts';

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

function heading(what: string, { occurredAt, actor }: Pick<PersonEvent, 'occurredAt' | 'actor'>): string {
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

/**
 * @param event the one that said it, where it is in hand
 * @param withoutField channels for which the record has no field, so that the note alone says it
 */
export function marketingNoteText(
  { word, channels }: { word: Word; channels: readonly MarketingChannel[] },
  event: PersonEvent | undefined,
  kind: Kind,
  withoutField: readonly MarketingChannel[],
): string {
  const said = word.optedOut ? 'Opted out of marketing by' : 'Opted in to marketing by';
  const reason = event !== undefined && 'marketing' in event ? event.marketing.reason?.trim() : undefined;
  return [
    heading('Marketing', event ?? { occurredAt: new Date(instantOf(word.stamp)).toISOString() }),
    `${said}: ${listed(channels)}`,
    ...(reason === undefined || reason === '' ? [] : [`Reason: ${reason}`]),
    ...(withoutField.length === 0 ? [] : [`Firefish has no field on a ${kind} for: ${listed(withoutField)}`]),
  ].join('\n');
}

export const lastAddressNoteText = (event: PersonEvent): string =>
  `${heading('E-mail', event)}\nSourceWhale flagged this person's e-mail address as wrong. A candidate needs an ` +
  'address and no other is known, so it was left in place and opted out of e-mail marketing.';
