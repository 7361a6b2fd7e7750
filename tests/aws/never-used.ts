import type { NeverUsed } from './least-privilege.ts';

/** Permissions that the journey cannot use within minutes, and why the role needs them. */
export const NEVER_USED: readonly NeverUsed[] = [
  {
    grant: /^SweepRole\/DeleteTimersAndEndAlerts.* alerts$/,
    because: 'an alert is over after ten minutes without its cause',
  },
  {
    grant: /^ProvisionRole\/DeleteState.* (?:alerts|timer)$/,
    because:
      'no alert of an agency that left within a minute is open, and the sweep has deleted its timer rows',
  },
  {
    grant: /^SyncRole\/SeeThatNoneCame/,
    because: 'S3 itself looks whether the caller may list, to say that an object is not there',
  },
  {
    grant: /^(?:SyncRole\/KeepState|ConsoleApiRole\/AskTurns) dynamodb:PutItem.* timer$/,
    because: 'a timer row that intake has put within the last minute will do',
  },
];
