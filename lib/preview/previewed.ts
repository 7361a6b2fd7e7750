/** What a preview works with, and what it says of one event. */
import type { Outcome } from '../events/event-item.ts';
import type { PreviewedFirefish } from '../firefish/port.ts';
import type { ReadContext } from '../people/person-store.ts';
import type { FactReader } from '../people/read-facts.ts';

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
  { state, reason, notes }: Pick<Outcome, 'state' | 'reason' | 'notes'>,
  actions: PreviewedAction[],
): Previewed => ({ ...{ id, state, actions, notes }, ...(reason !== undefined && { reason }) });

/** What a preview works with: nothing can be written with it, neither to the tables nor to Firefish. */
export interface PreviewContext extends ReadContext, FactReader {
  readonly firefish: PreviewedFirefish;
}
