/** The result of internal work: the event's only note has the verb's answer. Counts and ids, never personal data. */
import type { Outcome } from '../events/event-item.ts';

export const doneWith = (result: Readonly<Record<string, number>>): Outcome => ({
  state: 'synced',
  actions: [],
  notes: [JSON.stringify(result)],
});

/** What `doneWith` said. */
export const resultOf = ({ notes: [note = '{}'] }: Pick<Outcome, 'notes'>): Record<string, number> =>
  JSON.parse(note) as Record<string, number>;
