/** Failed events are replayed: they are worked on as if they had just arrived, in event order. */
import type { EventId } from '../ids.ts';
import type { StoredEvent } from '../events/event-item.ts';
import type { InternalEvent } from '../events/internal-event.ts';
import type { Urgency } from '../events/urgency.ts';
import { eventItemKey } from '../store/sync-keys.ts';
import { CLASS_2 } from '../times.ts';
import { listAsDue, reopen } from '../turn/reopen.ts';
import type { EventHandler, TurnContext } from '../turn/turn-context.ts';
import { doneWith } from './result.ts';

type ReplayEvent = Extract<InternalEvent, { type: 'internal.replay' }>;

export const replayHandler: EventHandler<ReplayEvent> = {
  callsFirefish: false,
  names: () => [],
  async work(context, _work, group) {
    for (const { item, event } of group) {
      const replayed = await putBack(context, event);
      await context.finish(item, doneWith({ replayed }));
    }
    return { kind: 'ended' };
  },
};

/**
 * First the events, then the row that lists them as due: a turn that reads the row finds them open. If the process ends
 * in between, the second try finds them open, and still lists them.
 */
async function putBack(context: TurnContext, { id, eventIds }: ReplayEvent): Promise<number> {
  const { table, tenant } = context;
  const urgency: Urgency = eventIds.length <= CLASS_2.mostInOnePost ? 2 : 3;
  const open: EventId[] = [];
  for (const eventId of eventIds) {
    const key = eventItemKey(tenant.tenantId, eventId);
    const item = (await table.get(key)) as StoredEvent | undefined; // only StoredEvents have these keys
    if (item?.state === 'queued' || (item?.state === 'failed' && (await reopen(context, item, urgency))))
      open.push(eventId);
  }
  await listAsDue(context, id, open, urgency);
  return open.length;
}
