/** A state as a word with a sign, never by colour alone. */
import type { JSX } from 'preact';
import type { EventAction, State } from '../shapes.ts';
import { capital } from './words.ts';

const MARKS: Record<State, string> = { queued: '○', deferred: '◔', synced: '✓', skipped: '–', failed: '✕' };
export const STATE_WORDS: Record<State, string> = {
  queued: 'Queued',
  deferred: 'Waiting',
  synced: 'Synced',
  skipped: 'Skipped',
  failed: 'Failed',
};

export const StateTag = ({ state }: { state: State }): JSX.Element => (
  <span class={`tag ${state}`}>
    <span aria-hidden="true">{MARKS[state]}</span> {STATE_WORDS[state]}
  </span>
);

export const EVENT_TYPES: Readonly<Record<string, string>> = {
  'record.created': 'Person created',
  'record.updated': 'Person edited',
  'record.synced': 'Pushed by hand',
  'campaign.added': 'Added to a campaign',
  'campaign.messaged': 'Messaged in a campaign',
  'campaign.opened': 'Opened a message',
  'campaign.clicked': 'Clicked a link',
  'campaign.replied': 'Replied in a campaign',
  'campaign.interested': 'Interested in a campaign',
  'campaign.meeting_booked': 'Booked a meeting',
  'campaign.not_interested': 'Not interested',
  'campaign.bounced': 'Bounced in a campaign',
  'campaign.finished': 'Finished a campaign',
  'note.added': 'Note added',
  'document.added': 'Document added',
  'marketing.opted_out': 'Opted out',
  'marketing.opted_in': 'Opted in',
  'email.flagged': 'E-mail address flagged',
  'phone.flagged': 'Number flagged',
  'company.created': 'Company created',
  'company.updated': 'Company edited',
  'domain.opted_out': 'Company unsubscribed',
  'domain.opted_in': 'Company subscribed',
};
export const typeWords = (type: string): string => EVENT_TYPES[type] ?? type;

const OPERATIONS: Record<EventAction['operation'], string> = {
  created: 'created',
  updated: 'updated',
  unchanged: 'unchanged',
  noted: 'given a note',
  opted_out: 'opted out',
  opted_in: 'opted in',
};
export const recordWords = ({ entity, ref }: Pick<EventAction, 'entity' | 'ref'>): string =>
  `${capital(entity)} ${ref}`;
export const actionWords = (action: EventAction): string =>
  `${recordWords(action)} ${OPERATIONS[action.operation]}`;

/** The texts for why an event waits. */
const WAITING: Readonly<Record<string, string>> = {
  limit: "Firefish's call limit is used up for now",
  token: "Firefish's token limit is used up for now",
  outage: 'Firefish does not answer',
  credentials: 'Firefish refuses its API credentials',
  busy: 'another event of this person is being worked on',
  settling: 'an answer of Firefish was lost; it is looked up before the next try',
};
export const waitingWords = (reason: string): string => WAITING[reason] ?? reason;

/** Which rule or setting skipped an event. */
const SKIPPED: readonly (readonly [reason: string, words: string])[] = [
  ['no-email', 'no e-mail address to match by'],
  ['not-in-firefish', 'the person is not in Firefish'],
  ['addWhen', 'the setting “Add to Firefish” does not add the person yet'],
  ['missing-fields', 'fields that a new record needs are missing'],
  ['onlyNotesForSynced', 'the setting “Only add notes to synced records”'],
  ['noteChannels', 'the setting “Create notes upon” leaves this kind of outreach out'],
  ['campaignNotes', 'the setting “Campaign notes” leaves this step out'],
  ['createCompanies', 'the setting “Create companies” is off'],
  ['gone', 'the record was deleted in Firefish'],
  ['superseded', 'something newer was said'],
  ['disabled', 'Sourcewhale was disabled'],
  ['erased', 'the person was erased'],
  ['no-domain', 'it names no domain'],
];

/** Why an event has its state, for people; the text of Firefish's refusal stays as it is. */
export function reasonWords(state: State, reason: string): string {
  if (state === 'queued' || state === 'deferred') return waitingWords(reason);
  if (state !== 'skipped') return reason;
  const known = SKIPPED.find(([start]) => reason === start || reason.startsWith(`${start}:`));
  return known === undefined ? reason : `${known[1]}${reason.slice(known[0].length)}`;
}
