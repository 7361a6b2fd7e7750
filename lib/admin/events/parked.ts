/** Failed events, and which of them an act is about: one, those that failed for one reason, or all. */
import type { TenantId, EventId } from '../../ids.ts';
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { innerId } from '../../events/inner-id.ts';
import type { EndedEvent, StoredEvent } from '../../events/event-item.ts';
import { resultOf } from '../../internal/result.ts';
import { behind } from '../../store/behind.ts';
import { endedIndex, eventIdOfKey, eventItemKey } from '../../store/sync-keys.ts';
import type { Table } from '../../store/table.ts';
import { AdminError, type AdminServices, UsageError } from '../verb.ts';

/** Options of the verbs for failed events. `limit` and `cursor`: in steps, for a caller that shows the progress. */
export const parkedOptions = {
  // Only well-formed ids: they are recorded, and text that someone pastes by mistake must not be.
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

/** What of a selection can be recorded. */
export const tracedSelection = ({ event, group, all }: ParkedSelection): Record<string, unknown> => ({
  ...(event === undefined ? {} : { event }),
  ...(group === undefined ? {} : { group }),
  ...(all === undefined ? {} : { all }),
});

/** How many events one internal event replays: its item has their ids. */
const CHUNK = 250;

export const inChunks = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / CHUNK) }, (_, place) =>
    list.slice(place * CHUNK, (place + 1) * CHUNK),
  );

/** The sum of what the internal events counted. */
export const sumOf = (done: readonly EndedEvent[], name: string): number =>
  done.reduce((sum, item) => sum + (resultOf(item)[name] ?? 0), 0);

/**
 * The reason without what differs between events that failed for the same reason: numbers except the status, and
 * quotes.
 */
export const commonReason = (reason: string): string =>
  reason.replace(/"[^"]*"/g, '"…"').replace(/(?<! with |\d)\d+/g, '#');

const GROUP_LENGTH = 16;
/** The group name of events that failed for the same reason. */
export const failureGroup = (reason = ''): string =>
  createHash('sha256').update(commonReason(reason)).digest('base64url').slice(0, GROUP_LENGTH);

/** Why it failed: our label and the text of Firefish's refusal. */
export async function reasonOf(
  { cipher }: Pick<AdminServices, 'cipher'>,
  tenantId: TenantId,
  { pk, sk, reason, words }: Pick<EndedEvent, 'pk' | 'sk' | 'reason' | 'words'>,
): Promise<string | undefined> {
  const said =
    words === undefined
      ? ''
      : `: ${await cipher.decrypt(words, { tenantId, key: { pk, sk }, field: 'words' })}`;
  const [, call, status, record] = /^refused (\S+ \S+) (\d+)(?:: (.+))?$/.exec(reason ?? '') ?? [];
  if (call === undefined || status === undefined) return reason === undefined ? undefined : reason + said;
  return `Firefish refused ${call} with ${status}${record === undefined ? '' : ` (${record})`}${said}`;
}

/** Much longer than any of ours, and shorter than DynamoDB's limit. */
const MAX_SORT_KEY = 256;
const place = z.iso.datetime().max(MAX_SORT_KEY);
const cursorSchema = z.strictObject({
  before: place,
  at: place,
  id: z
    .string()
    .min(1)
    .max(MAX_SORT_KEY)
    .transform((id) => id as EventId),
});
type Cursor = z.infer<typeof cursorSchema>;

function readCursor(text: string): Cursor {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw new UsageError('cursor: must be the `next` of the answer before');
  }
}

/** How many failed events one step reads. */
const LOOKED_AT = 1_000;
const PAGE = 100;

/**
 * Ids of the events of a selection: all of them or, with a limit, the next of them. Events that fail again in between
 * are not among them. @throws AdminError, UsageError
 */
export async function selectParked(
  services: AdminServices,
  tenantId: TenantId,
  selection: ParkedSelection,
): Promise<{ ids: EventId[]; next?: string }> {
  const { event: eventId, group, all, limit = Infinity } = selection;
  if ([eventId, group, all === true ? true : undefined].filter((said) => said !== undefined).length !== 1) {
    throw new UsageError(
      'say which: --event with an id of `failed`, --group with one of its groups, or --all',
    );
  }
  if (eventId !== undefined) return { ids: [await oneFailed(services.sync, tenantId, eventId)] };
  const cursor = selection.cursor === undefined ? undefined : readCursor(selection.cursor);
  const before = cursor?.before ?? new Date(services.clock.now()).toISOString();
  const ids: EventId[] = [];
  let looked = 0;
  for await (const { event, at } of failedEvents(services.sync, tenantId, before, cursor)) {
    looked += 1;
    if (event !== undefined && (await isInGroup(services, tenantId, event, group))) ids.push(at.id);
    if (ids.length >= limit || (limit !== Infinity && looked >= LOOKED_AT)) {
      return { ids, next: Buffer.from(JSON.stringify({ before, ...at })).toString('base64url') };
    }
  }
  // Not for a step: others can have replayed the group in between.
  if (group !== undefined && ids.length === 0 && limit === Infinity) {
    throw new AdminError(
      `no failed event is in a group ${group}; see failed for the groups of those that can be replayed`,
    );
  }
  return { ids };
}

const isInGroup = async (
  services: AdminServices,
  tenantId: TenantId,
  event: EndedEvent,
  group: string | undefined,
): Promise<boolean> =>
  group === undefined || failureGroup(await reasonOf(services, tenantId, event)) === group;

async function oneFailed(sync: Table, tenantId: TenantId, eventId: string): Promise<EventId> {
  const id = innerId(eventId);
  // Only StoredEvents have these keys.
  const event = (await sync.get(eventItemKey(tenantId, id))) as StoredEvent | undefined;
  if (event?.state === 'failed') return id;
  throw new AdminError(
    event === undefined
      ? `there is no event ${eventId}; see failed for those that can be replayed`
      : `event ${eventId} is ${event.state}, not failed; see failed for those that can be replayed`,
  );
}

/** Oldest first. The index may lag behind: an event that is no longer `failed` is left out, but its place counts. */
export async function* failedEvents(
  sync: Table,
  tenantId: TenantId,
  before: string,
  cursor?: Pick<Cursor, 'at' | 'id'>,
): AsyncGenerator<{ event: EndedEvent | undefined; at: { at: string; id: EventId } }> {
  const indexPk = endedIndex(tenantId, 'failed');
  let after = cursor && behind({ ...eventItemKey(tenantId, cursor.id), indexPk, indexSk: cursor.at });
  do {
    const page = await sync.query({
      ...{ pk: indexPk, index: true, to: before, limit: PAGE },
      ...(after === undefined ? {} : { after }),
    });
    const items = (await sync.getMany(page.items.map(({ pk, sk }) => ({ pk, sk })))) as StoredEvent[];
    const byKey = new Map(items.map((item) => [item.pk, item]));
    for (const { pk, indexSk } of page.items) {
      const event = byKey.get(pk);
      const isListed = event?.state === 'failed' && event.dismissedAt === undefined;
      const at = { at: indexSk ?? before, id: eventIdOfKey(tenantId, pk) };
      yield { event: isListed ? event : undefined, at };
    }
    after = page.next;
  } while (after !== undefined);
}
