/** `GET …/events/{eventId}`: what happened to one event, step by step. */
import type { TenantId, EventId } from '../../ids.ts';
import { isWaiting } from '../../admin/events/decisions.ts';
import { failureGroup } from '../../admin/events/parked.ts';
import type { EndedEvent, StoredEvent } from '../../events/event-item.ts';
import { innerId } from '../../events/inner-id.ts';
import { json } from '../../http/response.ts';
import { eventItemKey } from '../../store/sync-keys.ts';
import type { TenantRecord } from '../../tenants/tenant-record.ts';
import { shortHash } from '../../turn/turn-record.ts';
import { isHeld, readTurn, type TurnRecord } from '../../turn/turn-record.ts';
import { decisionOf } from './describe-decision.ts';
import { iso, summaryOf, visibleOf } from './describe-event.ts';
import { notFound, type TenantEndpoint } from '../router.ts';
import { type ConsoleServices, waitsIn } from '../services.ts';
import { type Step, stepsOf } from '../progress/steps.ts';
import { tenantRecordOf } from '../tenant-id.ts';
import { DISMISSED, whatToDo } from './what-to-do.ts';

export const showEvent =
  (services: ConsoleServices): TenantEndpoint =>
  async ({ domain, parameters }) => {
    const tenant = await tenantRecordOf(services, domain);
    const { tenantId } = tenant;
    const id = innerId(parameters['eventId'] ?? '');
    const [item, turn] = await Promise.all([
      services.sync.get(eventItemKey(tenantId, id)),
      readTurn(services.sync, tenantId),
    ]);
    // Internal events of operators are not the sender's events.
    if (item === undefined || String(item['type']).startsWith('internal.')) throw notFound();
    // Only StoredEvents have these keys.
    return json(200, await storyOf(services, tenant, id, item as StoredEvent, turn));
  };

async function storyOf(
  services: ConsoleServices,
  tenant: TenantRecord,
  id: EventId,
  event: StoredEvent,
  turn: TurnRecord | undefined,
): Promise<Record<string, unknown>> {
  const { tenantId } = tenant;
  const now = services.clock.now();
  const waits = waitsIn(turn, tenant, now);
  const visible = await visibleOf(services, tenantId, event, waits);
  const isOpen = event.state === 'queued';
  const isWorkedOn = isOpen && isHeld(turn, now) && turn?.announced.includes(shortHash(id)) === true;
  const steps: Step[] = stepsOf(event, visible, isWorkedOn);
  const waitsUntil =
    isOpen && visible.state === 'deferred'
      ? Math.max(event.waitUntil ?? 0, waits(event.urgency)?.until ?? 0)
      : 0;
  const isDismissed = !isOpen && event.dismissedAt !== undefined;
  const advice = isDismissed
    ? DISMISSED
    : isOpen
      ? whatToDo(visible.state, visible.reason)
      : whatToDo(event.state, event.reason, event.notes);
  return {
    ...(await summaryOf(services, tenantId, event, waits)),
    batchId: event.batchId,
    notes: isOpen ? [] : [...event.notes, ...(await dismissalOf(services, tenantId, event))],
    ...(waitsUntil > now ? { waitsUntil: iso(waitsUntil) } : {}),
    ...(advice === undefined ? {} : { whatToDo: advice }),
    ...(event.state === 'failed' ? { group: failureGroup(visible.reason) } : {}),
    ...(isWaiting(event) ? { decision: await decisionOf(services, tenantId, event) } : {}),
    steps,
    keptUntil: iso((event.expiresAt ?? 0) * 1000),
  };
}

/** Why nobody will replay it, as a note. */
async function dismissalOf(
  { cipher }: ConsoleServices,
  tenantId: TenantId,
  event: EndedEvent,
): Promise<string[]> {
  const { dismissedAt, dismissReason } = event;
  if (dismissedAt === undefined) return [];
  if (dismissReason === undefined) return ['dismissed'];
  const binding = { tenantId, key: event, field: 'dismissReason' };
  return [`dismissed: ${await cipher.decrypt(dismissReason, binding)}`];
}
