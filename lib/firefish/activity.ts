/** Notes in the activity log, which is where a note whose answer was lost is looked for. */
import type { Kind } from '../events/event.ts';
import { tidy } from '../text/visible.ts';
import { ACTION_NOTE, ACTION_OF, actionsEndpoint, BEGINNING_OF_TIME, toDay } from './assumptions.ts';
import { readAction } from './rows.ts';
import { searchAll, type Caller } from './search.ts';

const DAY_MS = 24 * 3_600_000;

/** Line ends and spaces may have been changed on the way into Firefish; the words have not. */
const sameNote = (a: unknown, b: string): boolean => typeof a === 'string' && tidy(a) === tidy(b);

const isOrUnsaid = (field: unknown, ref: number): boolean =>
  field === undefined || field === null || Number(field) === ref;

export async function hasNote(
  calls: Caller,
  now: () => number,
  of: { kind: Kind; ref: number; note: string; since: number },
): Promise<boolean> {
  const { parameter, field } = ACTION_OF[of.kind];
  const from = toDay(Math.max(of.since - DAY_MS, Date.parse(BEGINNING_OF_TIME)));
  const { rows: actions } = await searchAll(
    { calls, endpoint: actionsEndpoint(), row: readAction, now },
    { query: { [parameter]: String(of.ref) }, from, to: toDay(now() + DAY_MS) },
  );
  return actions.some(
    (action) => sameNote(action[ACTION_NOTE], of.note) && isOrUnsaid(action[field], of.ref),
  );
}
