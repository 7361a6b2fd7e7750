/** The command line of the verbs of lib/admin/events/decisions.ts. */
import type { Command, CommandOption } from './command.ts';

export const decisionCommands = (
  domain: CommandOption,
): Readonly<Record<'decisions' | 'ambiguous' | 'decide', Command>> => ({
  decisions: {
    summary: 'events that wait for a decision because names contradict',
    options: { domain },
    pagedBy: 'event',
  },
  ambiguous: {
    summary: 'ambiguous matches of the last 30 days: the records, and the one that was used',
    details: 'Merge them in Firefish.',
    options: { domain },
    pagedBy: 'event',
  },
  decide: {
    summary: 'decide on a waiting event: the same person, or someone else',
    options: {
      domain,
      event: { value: 'id', description: 'the event, by its id', required: true, payload: 'event' },
      as: {
        value: 'same-person|someone-else',
        description: 'whether the record in Firefish is this person',
        required: true,
        payload: 'as',
      },
      ref: { value: 'candidate:12', description: 'which record, where there are several', payload: 'ref' },
    },
  },
});
