/** Failed events that nobody will replay: they stay `failed`, and no list of failed events shows them any more. */
import type { EventId } from '../ids.ts';
import type { EndedEvent, StoredEvent } from '../events/event-item.ts';
import type { InternalEvent } from '../events/internal-event.ts';
import { endedIndex, eventItemKey } from '../store/sync-keys.ts';
import type { EventHandler, TurnContext } from '../turn/turn-context.ts';
import { onTexts } from './person-data.ts';
import { doneWith } from './result.ts';

type DismissEvent = Extract<InternalEvent, { type: 'internal.dismiss' }>;

export const dismissHandler: EventHandler<DismissEvent> = {
  callsFirefish: false,
  names: onTexts,
  async work(context, _work, group) {
    for (const { item, event } of group) {
      const dismissed = await dismissAll(context, event);
      await context.finish(item, doneWith({ dismissed }));
    }
    return { kind: 'ended' };
  },
};

async function dismissAll(context: TurnContext, { eventIds, reason }: DismissEvent): Promise<number> {
  const { table, tenant, cipher, clock } = context;
  let dismissed = 0;
  for (const id of eventIds) {
    const item = await readFailed(context, id);
    if (item === undefined) continue;
    dismissed += 1;
    if (item.dismissedAt !== undefined) continue;
    const wanted: EndedEvent = {
      ...item,
      dismissedAt: clock.now(),
      ...(reason === undefined
        ? {}
        : {
            dismissReason: await cipher.encrypt(reason, {
              tenantId: tenant.tenantId,
              key: item,
              field: 'dismissReason',
            }),
          }),
      indexPk: endedIndex(tenant.tenantId, 'dismissed'),
    };
    await table.put(wanted, item.version);
  }
  return dismissed;
}

/** The event, if it is failed now. */
export async function readFailed(
  { table, tenant }: Pick<TurnContext, 'table' | 'tenant'>,
  eventId: EventId,
): Promise<EndedEvent | undefined> {
  // Only StoredEvents have these keys.
  const item = (await table.get(eventItemKey(tenant.tenantId, eventId))) as StoredEvent | undefined;
  return item?.state === 'failed' ? item : undefined;
}
