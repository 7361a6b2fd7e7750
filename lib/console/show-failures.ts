/** Parked events by what they failed of, and the acts on them in steps that a page can show the progress of. */
import { commonReason, failureGroup } from '../admin/parked.ts';
import { outerId } from '../events/inner-id.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { json } from '../http/response.ts';
import { failedEventsPartition } from '../store/keys.ts';
import { iso } from './describe-event.ts';
import { readOptions, runAct } from './run-act.ts';
import type { TenantDoor } from './router.ts';
import type { ConsoleServices } from './services.ts';
import { tenantIdOf } from './tenant-id.ts';
import { whatToDo } from './what-to-do.ts';

/** So many are grouped; beyond them the numbers are at least so many. */
const GROUPED = 5_000;
const PAGE = 500;
/** So many are put back in one request: what a function can do in a few seconds. */
const EVENTS_PER_STEP = 100;

interface Group {
  id: string;
  reason: string;
  whatToDo: string | undefined;
  count: number;
  types: Set<string>;
  newestAt: number;
  oldestAt: number;
  example: string;
}

export const showFailures =
  (services: ConsoleServices): TenantDoor =>
  async ({ domain }) => {
    const tenantId = await tenantIdOf(services, domain);
    const groups = new Map<string, Group>();
    let total = 0;
    let after: string | undefined;
    do {
      const page = await services.sync.query({
        ...{ pk: failedEventsPartition(tenantId), index: true, descending: true, limit: PAGE },
        ...(after === undefined ? {} : { after }),
      });
      // Only the intake and the sync write event items, as StoredEvent says.
      for (const event of page.items as StoredEvent[]) count(groups, event);
      total += page.items.length;
      after = page.next;
    } while (after !== undefined && total < GROUPED);
    return json(200, {
      total,
      ...(after === undefined ? {} : { isAtLeast: true }),
      groups: [...groups.values()].sort((a, b) => b.count - a.count).map(describe),
    });
  };

function count(
  groups: Map<string, Group>,
  { sk, type, reason = 'unknown', finishedAt = 0 }: StoredEvent,
): void {
  const id = failureGroup(reason);
  const known = groups.get(id);
  if (known === undefined) {
    const advice = whatToDo({ state: 'failed', reason });
    const times = { newestAt: finishedAt, oldestAt: finishedAt };
    groups.set(id, {
      ...{
        id,
        reason: commonReason(reason),
        whatToDo: advice,
        count: 1,
        types: new Set([type]),
        example: outerId(sk),
      },
      ...times,
    });
    return;
  }
  known.count += 1;
  known.types.add(type);
  known.newestAt = Math.max(known.newestAt, finishedAt);
  known.oldestAt = Math.min(known.oldestAt, finishedAt);
}

const describe = ({ types, newestAt, oldestAt, ...group }: Group): unknown => ({
  ...group,
  types: [...types].sort(),
  newestAt: iso(newestAt),
  oldestAt: iso(oldestAt),
});

/** A verb on parked events, a step of it: the answer's `next` is the `cursor` of the step after it. */
export const inSteps =
  (services: ConsoleServices, verb: 'replay' | 'dismiss'): TenantDoor =>
  async (request) =>
    json(200, await runAct(services, request, verb, { ...readOptions(request), limit: EVENTS_PER_STEP }));
