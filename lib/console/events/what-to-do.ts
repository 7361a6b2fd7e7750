/** What a person can do about an event that did not end as expected, in a sentence or two. */
import { explain } from '../../events/reasons.ts';
import type { VisibleState } from '../../events/visible-state.ts';

/** Of an event that stays failed. */
export const DISMISSED = 'A person has dismissed this failure. You can still replay it.';

const NO_RIGHT =
  'The Firefish profile lacks a right. Tick it under Settings → Integrations → Custom API profile, enter the new credentials here, then replay the event.';
/** Of what Firefish has refused, by status. */
const REFUSED: Readonly<Record<string, string>> = {
  400: 'Firefish did not accept a value; its message says which. Correct that in SourceWhale or in Firefish, then replay the event.',
  401: NO_RIGHT,
  403: NO_RIGHT,
  409: 'Someone else had the record locked for ten minutes. Replay the event. If it fails again, check the record in Firefish.',
};

/** @param reason as it is stored. @param notes of an event that has ended */
export function whatToDo(
  state: VisibleState,
  reason = '',
  notes: readonly string[] = [],
): string | undefined {
  const [, status = ''] = /^refused \S+ \S+ (\d+)/.exec(reason) ?? [];
  if (state === 'failed') return REFUSED[status] ?? explain(state, reason)?.toDo;
  const note = notes.find((one) => !/^(matched|reached):/.test(one)) ?? '';
  return explain(state, state === 'synced' ? note : reason)?.toDo;
}
