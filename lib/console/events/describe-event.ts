import type { TenantId } from '../../ids.ts';
import { reasonOf } from '../../admin/events/parked.ts';
import { instantOf } from '../../events/event-order.ts';
import type { StoredEvent } from '../../events/event-item.ts';
import { outerId } from '../../events/inner-id.ts';
import { stateOf, type Visible } from '../../events/visible-state.ts';
import { eventIdOfKey } from '../../store/sync-keys.ts';
import type { ConsoleServices, WaitsOf } from '../services.ts';

export const iso = (at: number): string => new Date(at).toISOString();

/** When something last happened to an event: it ended or, while it is open, was received or replayed. */
export const happenedAt = (event: StoredEvent): number =>
  event.state === 'queued' ? Math.max(event.receivedAt, event.replayedAt ?? 0) : event.finishedAt;

/** The event's state, with the text of Firefish's refusal if it failed. */
export async function visibleOf(
  { cipher, clock }: Pick<ConsoleServices, 'cipher' | 'clock'>,
  tenantId: TenantId,
  event: StoredEvent,
  waits: WaitsOf,
): Promise<Visible> {
  const visible = stateOf(event, waits, clock.now());
  if (event.state !== 'failed') return visible;
  const reason = await reasonOf({ cipher }, tenantId, event);
  return { state: 'failed', ...(reason === undefined ? {} : { reason }) };
}

/** An event in a list: ids, names of fields and reasons, never what was sent. */
export async function summaryOf(
  services: Pick<ConsoleServices, 'cipher' | 'clock'>,
  tenantId: TenantId,
  event: StoredEvent,
  waits: WaitsOf,
): Promise<Record<string, unknown>> {
  const { pk, type, receivedAt, order, attempts } = event;
  const { state, reason } = await visibleOf(services, tenantId, event, waits);
  return {
    ...{ id: outerId(eventIdOfKey(tenantId, pk)), type, state },
    ...{ at: iso(happenedAt(event)), receivedAt: iso(receivedAt) },
    occurredAt: iso(instantOf(order)),
    ...(event.state === 'queued' ? {} : { finishedAt: iso(event.finishedAt) }),
    ...(reason === undefined ? {} : { reason }),
    ...{ attempts, actions: event.state === 'queued' ? [] : event.actions },
  };
}
