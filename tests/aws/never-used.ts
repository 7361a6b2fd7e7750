import type { NeverUsed } from './least-privilege.ts';

/** What the journey can't bring about within minutes, and why the role needs it all the same. */
export const NEVER_USED: readonly NeverUsed[] = [
  {
    grant: /^SweepRole\/EndMarkAndBeginAlerts .* \*#event$/,
    because: 'an event is ended by the sweep after thirty days',
  },
  {
    grant: /^SweepRole\/QueueAndPark .*DeadLetterQueue/,
    because: 'an event is parked by the sweep after thirty days',
  },
  {
    grant: /^SweepRole\/EndMarkAndBeginAlerts .* parked$/,
    because: 'the mark of a backlog is written again after it has expired',
  },
  {
    grant: /^SweepRole\/ForgetTenants.* (?:work|parked)$/,
    because: 'a tenant is forgotten after an hour without work',
  },
  {
    grant: /^SweepRole\/ForgetTenants.* alerts$/,
    because: 'an alert is over after ten minutes without its cause',
  },
];
