/**
 * Verbs whose work is done in the tenant's turn: they put internal events into the inbox and wait for the outcome. If
 * an event is still open after that time, they answer its id. If such a verb is repeated with the same options, it
 * continues waiting.
 */
import type { TenantId, EventId } from '../ids.ts';
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { EndedEvent, StoredEvent } from '../events/event-item.ts';
import type { InternalEvent } from '../events/internal-event.ts';
import type { Intake } from '../intake/accept-batch.ts';
import { askedKey, eventItemKey } from '../store/sync-keys.ts';
import type { Item, Table } from '../store/table.ts';
import { ASKED_KEPT_SECONDS, ASKED_LOOK_MS, VERB_WAITS_MS } from '../times.ts';
import { AdminError } from './verb.ts';

interface Services {
  sync: Table;
  clock: Clock;
  intake: Pick<Intake, 'acceptInternal'>;
}

interface Asking {
  tenantId: TenantId;
  verb: string;
  /** The options of the verb: the same options mean the same work. Stored as a hash made by `hash`. */
  options: unknown;
  /** The tenant's keyed hash, if the options can name a person. */
  hash?: (value: string) => string;
  /** Created only if no such work exists yet. */
  events: () => Promise<readonly InternalEvent[]>;
}

export type Answered = { done: EndedEvent[] } | { pending: string };

interface AskedItem extends Item {
  eventIds: EventId[];
}

/** @throws AdminError if the work failed */
export async function askTurn(services: Services, asking: Asking): Promise<Answered> {
  const { sync, clock } = services;
  const until = clock.now() + VERB_WAITS_MS;
  const { tenantId, verb, options, hash = sha256 } = asking;
  const key = askedKey(tenantId, verb, hash(`asked ${verb} ${JSON.stringify(options)}`));
  const asked = (await sync.get(key)) as AskedItem | undefined;
  const eventIds = asked?.eventIds ?? (await ask(services, asking));
  if (asked === undefined && eventIds.length > 0) {
    const expiresAt = Math.floor(clock.now() / 1000) + ASKED_KEPT_SECONDS;
    await sync.put({ ...key, eventIds, expiresAt }, 'anything');
  }
  const answered = await outcomes(services, tenantId, { eventIds, until });
  if ('done' in answered) {
    await sync.delete(key);
    const failed = answered.done.find(({ state }) => state !== 'synced');
    if (failed !== undefined)
      throw new AdminError(`the work ended as ${failed.state}: ${failed.reason ?? 'unknown'}`);
  }
  return answered;
}

/** The events are stored before the request: work without a waiting verb is harmless. */
async function ask({ intake }: Services, { tenantId, events }: Asking): Promise<EventId[]> {
  const made = await events();
  for (const event of made) await intake.acceptInternal(tenantId, event);
  return made.map(({ id }) => id);
}

async function outcomes(
  { sync, clock }: Services,
  tenantId: TenantId,
  { eventIds, until }: { eventIds: readonly EventId[]; until: number },
): Promise<Answered> {
  for (;;) {
    // Only StoredEvents have these keys. An event that is absent ended long ago.
    const items = (await sync.getMany(eventIds.map((id) => eventItemKey(tenantId, id)))) as StoredEvent[];
    const done = items.filter((item): item is EndedEvent => item.state !== 'queued');
    if (done.length === items.length) return { done };
    if (clock.now() >= until) {
      const open = eventIds.find((id) => {
        const { pk } = eventItemKey(tenantId, id);
        return items.some((item) => item.pk === pk && item.state === 'queued');
      });
      return { pending: open ?? '' };
    }
    await clock.sleep(ASKED_LOOK_MS);
  }
}

const sha256 = (value: string): string => createHash('sha256').update(value).digest('base64url');
