/** What a person can do about an event that did not end as they hoped, in a sentence or two. */
import type { Visible } from '../events/visible-state.ts';

const ADD_WHEN =
  'The settings say from which campaign step on people are added (Add when). Push the person from SourceWhale’s Actions to add them now, or change the setting.';

const SKIPPED: readonly [RegExp, string][] = [
  [
    /^no-email/,
    'The person has no e-mail address, by which people are found and made. Add one in SourceWhale: its next event does the rest.',
  ],
  [
    /^not-in-firefish/,
    'The person is not in Firefish, and this kind of event never makes anybody. It is looked at again as soon as they appear.',
  ],
  [
    /^gone/,
    'The record was deleted in Firefish. Push the person from SourceWhale’s Actions to create them again.',
  ],
  [/^addWhen/, ADD_WHEN],
  [
    /^onlyNotesForSynced/,
    'The settings allow only notes on people who were in Firefish before, and only once the chosen campaign step has come.',
  ],
  [/^noteChannels/, 'The settings leave out notes of this channel. Tick it under Notes if you want them.'],
  [
    /^missing-fields/,
    'Firefish or your settings require fields that SourceWhale did not send: fill them in there, or make them optional in the settings.',
  ],
  [
    /^createCompanies/,
    'There is no such company in Firefish, and the settings say not to make any. Make it by hand, or allow it.',
  ],
  [/^superseded/, 'A newer event had said the same already. There is nothing to do.'],
  [
    /^disabled/,
    'The integration was disabled when this event came. Enable it, then push the person again from SourceWhale.',
  ],
  [/^erased/, 'What was held about this person was erased on request. There is nothing to do.'],
];

const REPLAY = 'then replay the event.';
const FAILED: readonly [RegExp, string][] = [
  [
    / with 400\b/,
    `Firefish did not take a value; its message says which. Correct that in SourceWhale or in Firefish, ${REPLAY}`,
  ],
  [
    / with (401|403)\b/,
    `The Firefish profile lacks a right. Tick it under Settings → Integrations → Custom API profile, enter the new credentials here, ${REPLAY}`,
  ],
  [
    / with 409\b/,
    'Firefish saw a conflict with another change. Replay the event; if it fails again, look at the record in Firefish.',
  ],
  [
    /^too many names/,
    `Very many people in SourceWhale were given this e-mail address, as a placeholder perhaps, and so are one person. Take it off them there, ${REPLAY}`,
  ],
  [
    /^too many events wait/,
    'Hundreds of events wait already for this person to be in Firefish. Push the person from SourceWhale’s Actions, then replay the event.',
  ],
  [
    /^waited 30 days/,
    `Firefish could not be used for thirty days. See that its credentials and limits are right, ${REPLAY}`,
  ],
];
/** Of an event that stays failed. */
export const DISMISSED =
  'Someone looked at the failure and decided to leave it. It can be replayed all the same.';
const FAILED_OTHERWISE = 'Replay the event. If it fails again, tell us its id.';

const DEFERRED: Readonly<Record<string, string>> = {
  limit: 'Firefish’s limit of calls is used up for now. It continues by itself.',
  token: 'Firefish’s limit of tokens is used up for now. It continues by itself.',
  outage: 'Firefish does not answer. It is asked again by itself until it does.',
  credentials: 'Firefish refuses the credentials: enter new ones. What waits then starts at once.',
  busy: 'Another event of the same person is being worked on. It continues by itself in a moment.',
  settling: 'An answer of Firefish was lost. We wait until it is certain what came of it, then look.',
};

const AMBIGUOUS =
  'Several records in Firefish are this person. One was chosen by fixed rules; merge the others in Firefish.';

export function whatToDo({ state, reason = '' }: Visible): string | undefined {
  switch (state) {
    case 'skipped':
      return SKIPPED.find(([pattern]) => pattern.test(reason))?.[1];
    case 'failed':
      return FAILED.find(([pattern]) => pattern.test(reason))?.[1] ?? FAILED_OTHERWISE;
    case 'deferred':
      return DEFERRED[reason];
    case 'synced':
      return reason.startsWith('ambiguous') ? AMBIGUOUS : undefined;
    case 'queued':
      return undefined;
  }
}
