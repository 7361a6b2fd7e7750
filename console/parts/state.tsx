/** A state as a word with a sign, never by colour alone. */
import type { JSX } from 'preact';
import type { EventAction, State } from '../shapes.ts';
import { explain } from '../../lib/events/reasons.ts';
import { capital } from '../words.ts';

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

export const waitingWords = (reason: string): string => explain('deferred', reason)?.words ?? reason;

/** Why an event has its state, for people; the text of Firefish's refusal stays as it is. */
export function reasonWords(state: State, reason: string): string {
  const known = explain(state, reason);
  return known === undefined ? reason : reason.replace(/^[\w-]+/, known.words);
}

/** A note for people: a code before records is put in words. */
export const noteWords = (note: string): string =>
  /^(ambiguous|name-conflict): /.test(note) ? reasonWords('synced', note) : note;
