/** What a preview says of one event. */
import type { Outcome } from '../events/event-item.ts';

export interface PreviewedAction {
  entity: 'candidate' | 'contact' | 'company';
  /** Absent for a record that would be created. */
  ref?: number;
  operation: string;
  fields?: string[];
}

export interface Previewed {
  id: string;
  state: 'synced' | 'skipped' | 'failed';
  reason?: string;
  /** True where an event of that id has ended already: nothing would be done. */
  repeat?: true;
  actions: PreviewedAction[];
  notes: string[];
}

export const previewed = (
  id: string,
  { state, reason, notes }: Outcome,
  actions: PreviewedAction[],
): Previewed => ({
  id,
  state,
  ...(reason === undefined ? {} : { reason }),
  actions,
  notes,
});
