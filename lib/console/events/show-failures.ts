/** Failed events by reason, and acts on them in steps, so that a page can show the progress. */
import type { EventId } from '../../ids.ts';
import { commonReason, failedEvents, failureGroup, reasonOf } from '../../admin/events/parked.ts';
import { outerId } from '../../events/inner-id.ts';
import type { EndedEvent } from '../../events/event-item.ts';
import { json } from '../../http/response.ts';
import { iso } from './describe-event.ts';
import { readOptions, runAct } from '../run-act.ts';
import type { TenantEndpoint } from '../router.ts';
import type { ConsoleServices } from '../services.ts';
import { tenantIdOf } from '../tenant-id.ts';
import { whatToDo } from './what-to-do.ts';

/** This many are grouped; beyond them, the numbers are minimums. */
const GROUPED = 5_000;
/** This many groups are shown, the largest ones. */
const MOST_GROUPS = 200;
/** This many are replayed in one request: what a function can do in a few seconds. */
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
  (services: ConsoleServices): TenantEndpoint =>
  async ({ domain }) => {
    const tenantId = await tenantIdOf(services, domain);
    const groups = new Map<string, Group>();
    const before = iso(services.clock.now());
    let total = 0;
    for await (const { event, at } of failedEvents(services.sync, tenantId, before)) {
      if (event === undefined) continue;
      count(groups, event, at.id, await reasonOf(services, tenantId, event));
      total += 1;
      if (total === GROUPED) break;
    }
    const largest = [...groups.values()].sort((a, b) => b.count - a.count).slice(0, MOST_GROUPS);
    const left = groups.size - largest.length;
    return json(200, {
      total,
      ...(total < GROUPED ? {} : { isAtLeast: true }),
      groups: largest.map(describe),
      ...(left > 0 ? { groupsNotShown: left } : {}),
    });
  };

function count(
  groups: Map<string, Group>,
  { type, finishedAt, reason: label }: EndedEvent,
  eventId: EventId,
  reason = 'unknown',
): void {
  const id = failureGroup(reason);
  const known = groups.get(id);
  if (known === undefined) {
    const advice = whatToDo('failed', label);
    const times = { newestAt: finishedAt, oldestAt: finishedAt };
    groups.set(id, {
      ...{
        id,
        reason: commonReason(reason),
        whatToDo: advice,
        count: 1,
        types: new Set([type]),
        example: outerId(eventId),
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

/** One step of a verb on failed events: the answer's `next` is the `cursor` of the next step. */
export const inSteps =
  (services: ConsoleServices, verb: 'replay' | 'dismiss'): TenantEndpoint =>
  async (request) =>
    json(200, await runAct(services, request, verb, { ...readOptions(request), limit: EVENTS_PER_STEP }));
