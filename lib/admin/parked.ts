/** Parked events, and which of them an act means: one, those that failed for one reason, or all. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { innerId } from '../events/inner-id.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { behind } from '../store/behind.ts';
import { eventKey, eventPartition, failedEventsPartition } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import { AdminError, type AdminServices, UsageError } from './verb.ts';

/** Options of the verbs that work on parked events. `limit` and `cursor`: in steps, for who shows how far it is. */
export const parkedOptions = {
  // Their forms alone: the trace keeps them, and must not keep what somebody pastes there by mistake.
  event: z
    .string()
    .regex(/^[\w.:~%-]{1,129}$/, 'must be an id of `failed`')
    .optional(),
  group: z
    .string()
    .regex(/^[\w-]{1,40}$/, 'must be one of the groups of `failed`')
    .optional(),
  all: z.boolean().optional(),
  limit: z.int().min(1).max(500).optional(),
  cursor: z.string().max(1_000).optional(),
};
export type ParkedSelection = z.infer<z.ZodObject<typeof parkedOptions>>;

/** Of a selection what the trace may hold. */
export const tracedSelection = ({ event, group, all }: ParkedSelection): Record<string, unknown> => ({
  ...(event === undefined ? {} : { event }),
  ...(group === undefined ? {} : { group }),
  ...(all === undefined ? {} : { all }),
});

/** The reason without what differs between events that failed for the same one: numbers but the status, and quotes. */
export const commonReason = (reason: string): string =>
  reason.replace(/"[^"]*"/g, '"…"').replace(/(?<! with |\d)\d+/g, '#');

const GROUP_LENGTH = 16;
/** Names the events that failed for the same reason. */
export const failureGroup = (reason = ''): string =>
  createHash('sha256').update(commonReason(reason)).digest('base64url').slice(0, GROUP_LENGTH);

/** Far more than any of ours, and less than DynamoDB refuses. */
const MAX_SORT_KEY = 256;
const place = z.iso.datetime().max(MAX_SORT_KEY);
const cursorSchema = z.strictObject({ before: place, at: place, id: z.string().min(1).max(MAX_SORT_KEY) });
type Cursor = z.infer<typeof cursorSchema>;

function readCursor(text: string): Cursor {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw new UsageError('cursor: must be the `next` of the answer before');
  }
}

/** How many parked events one step looks at. */
const LOOKED_AT = 1_000;
const PAGE = 100;

/**
 * The events of a selection: all of them or, with a limit, the next of them. What fails anew meanwhile is not among
 * them. @throws AdminError, UsageError
 */
export async function selectParked(
  services: AdminServices,
  tenantId: string,
  selection: ParkedSelection,
): Promise<{ events: StoredEvent[]; next?: string }> {
  const { event: eventId, group, all, limit = Infinity } = selection;
  if ([eventId, group, all === true ? true : undefined].filter((said) => said !== undefined).length !== 1) {
    throw new UsageError(
      'say which: --event with an id of `failed`, --group with one of its groups, or --all',
    );
  }
  if (eventId !== undefined) return { events: [await oneFailed(services.sync, tenantId, eventId)] };
  const cursor = selection.cursor === undefined ? undefined : readCursor(selection.cursor);
  const before = cursor?.before ?? new Date(services.clock.now()).toISOString();
  const events: StoredEvent[] = [];
  let looked = 0;
  for await (const { event, at } of failedEvents(services.sync, tenantId, before, cursor)) {
    looked += 1;
    if (event !== undefined && (group === undefined || failureGroup(event.reason) === group))
      events.push(event);
    if (events.length >= limit || (limit !== Infinity && looked >= LOOKED_AT)) {
      return { events, next: Buffer.from(JSON.stringify({ before, ...at })).toString('base64url') };
    }
  }
  // Not of a step: whoever goes on with a group that others have put back meanwhile has come to its end.
  if (group !== undefined && events.length === 0 && limit === Infinity) {
    throw new AdminError(
      `no failed event is in a group ${group}; see failed for the groups of those that can be replayed`,
    );
  }
  return { events };
}

async function oneFailed(sync: Table, tenantId: string, eventId: string): Promise<StoredEvent> {
  const event = (await sync.get(eventKey(tenantId, innerId(eventId)))) as StoredEvent | undefined;
  if (event?.state === 'failed') return event;
  throw new AdminError(
    event === undefined
      ? `there is no event ${eventId}; see failed for those that can be replayed`
      : `event ${eventId} is ${event.state}, not failed; see failed for those that can be replayed`,
  );
}

/** Oldest first. The index may lag behind: an event that is not `failed` any more is left out, its place is not. */
async function* failedEvents(
  sync: Table,
  tenantId: string,
  before: string,
  cursor: Cursor | undefined,
): AsyncGenerator<{ event: StoredEvent | undefined; at: { at: string; id: string } }> {
  const indexPk = failedEventsPartition(tenantId);
  let after = cursor && behind({ pk: eventPartition(tenantId), sk: cursor.id, indexPk, indexSk: cursor.at });
  do {
    const page = await sync.query({
      ...{ pk: indexPk, index: true, to: before, limit: PAGE },
      ...(after === undefined ? {} : { after }),
    });
    for (const item of page.items) {
      // Only the intake and the sync write event items, as StoredEvent says.
      const event = (await sync.get(item)) as StoredEvent | undefined;
      const at = { at: item.indexSk ?? before, id: item.sk };
      yield { event: event?.state === 'failed' ? event : undefined, at };
    }
    after = page.next;
  } while (after !== undefined);
}
