/** What a person can do about an event that did not end as expected, in a sentence or two. */
import type { Visible } from '../events/visible-state.ts';

const ADD_WHEN =
  'The setting “Add when” decides from which campaign step on people are added. Push the person from SourceWhale’s Actions to add them now, or change the setting.';

const SKIPPED: readonly [RegExp, string][] = [
  [
    /^no-email/,
    'The person has no e-mail address, so they cannot be matched or created. Add one in SourceWhale: its next event syncs the person.',
  ],
  [
    /^not-in-firefish/,
    'The person is not in Firefish, and events of this type never create people. The event is checked again when the person appears.',
  ],
  [
    /^gone/,
    'The record was deleted in Firefish. Push the person from SourceWhale’s Actions to create them again.',
  ],
  [/^addWhen/, ADD_WHEN],
  [
    /^onlyNotesForSynced/,
    'The settings allow notes on people who were in Firefish before only after the chosen campaign step.',
  ],
  [/^noteChannels/, 'The settings exclude notes of this channel. Select it under Notes if you want them.'],
  [
    /^missing-fields/,
    'Firefish or your settings require fields that SourceWhale did not send. Fill them in in SourceWhale, or make them optional in the settings.',
  ],
  [
    /^createCompanies/,
    'This company is not in Firefish, and the settings do not allow creating companies. Create it in Firefish, or change the setting.',
  ],
  [/^superseded/, 'A newer event has already set these values. There is nothing to do.'],
  [
    /^disabled/,
    'The integration was disabled when this event came. Enable it, then push the person again from SourceWhale.',
  ],
  [/^erased/, 'The data about this person was erased on request. There is nothing to do.'],
];

const REPLAY = 'then replay the event.';
const FAILED: readonly [RegExp, string][] = [
  [
    / with 400\b/,
    `Firefish did not accept a value; its message says which. Correct that in SourceWhale or in Firefish, ${REPLAY}`,
  ],
  [
    / with (401|403)\b/,
    `The Firefish profile lacks a right. Tick it under Settings → Integrations → Custom API profile, enter the new credentials here, ${REPLAY}`,
  ],
  [
    / with 409\b/,
    'Another change in Firefish conflicted. Replay the event. If it fails again, check the record in Firefish.',
  ],
  [
    /^too many names/,
    `Very many people in SourceWhale were given this e-mail address, as a placeholder perhaps, and so are one person. Remove it from them there, ${REPLAY}`,
  ],
  [
    /^too many events wait/,
    'Hundreds of events already wait for this person to be in Firefish. Push the person from SourceWhale’s Actions, then replay the event.',
  ],
  [
    /^waited 30 days/,
    `Firefish could not be used for thirty days. See that its credentials and limits are right, ${REPLAY}`,
  ],
];
/** Of an event that stays failed. */
export const DISMISSED = 'A person has dismissed this failure. You can still replay it.';
const FAILED_OTHERWISE = 'Replay the event. If it fails again, tell us its id.';

const DEFERRED: Readonly<Record<string, string>> = {
  limit: 'Firefish’s limit of calls is used up for now. It continues by itself.',
  token: 'Firefish’s limit of tokens is used up for now. It continues by itself.',
  outage: 'Firefish does not answer. The system tries again until it does.',
  credentials: 'Firefish refuses the credentials. Enter new ones: waiting events then start at once.',
  busy: 'Another event of the same person is being worked on. It continues by itself in a moment.',
  settling:
    'An answer of Firefish was lost. The system waits until the call can have no more effect, then checks the result.',
};

const AMBIGUOUS =
  'Several records in Firefish match this person. Fixed rules chose one. Merge the others in Firefish.';

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
