/** What waits for a person to decide, and what was ambiguous: read from the events' states and notes. */
import type { TenantId } from '../../ids.ts';
import * as z from 'zod';
import type { EndedEvent, StoredEvent } from '../../events/event-item.ts';
import { innerId, outerId } from '../../events/inner-id.ts';
import { NAME_CONFLICT as WAITS } from '../../plan/presence.ts';
import {
  type EndedList,
  endedIndex,
  eventIdOfKey,
  eventItemKey,
  isAmbiguousAt,
} from '../../store/sync-keys.ts';
import { queryAll, type Table } from '../../store/table.ts';
import { behind } from '../../store/behind.ts';
import { askTurn } from '../ask-turn.ts';
import { domainOption, findTenant } from '../domain-option.ts';
import { ENTRIES_PER_PAGE } from '../entries-per-page.ts';
import { afterEventOption, type Place, placeOf } from './paged.ts';
import { sumOf } from './parked.ts';
import { AdminError, type AdminServices, defineVerb, UsageError } from '../verb.ts';

/** A record in Firefish that an event may be about. */
export interface RecordName {
  entity: 'candidate' | 'contact' | 'company';
  ref: number;
}

export interface Doubt {
  event: string;
  type: string;
  records: RecordName[];
  /** The record that was used, if there were several. */
  used?: RecordName;
}

const NAME_CONFLICT = /^name-conflict\b/;
/** `ambiguous: candidates 12, 15; 12 was used` */
const AMBIGUOUS = /^ambiguous: (candidate|contact|compan)(?:s|y|ies)? (\d+(?:, \d+)*)(?:; (\d+) was used)?/;
/** `name-conflict: candidate 12, contact 7` */
const NAMED = /\b(candidate|contact|company) (\d+)\b/g;

const entityOf = (word: string): RecordName['entity'] =>
  word === 'candidate' || word === 'contact' ? word : 'company';

/** The events that wait for `decide`, newest first, a page of them. @param after an event's id */
export async function readDecisions(sync: Table, tenantId: TenantId, after?: string): Promise<Doubt[]> {
  const waiting: Doubt[] = [];
  for await (const event of waitingEvents(sync, tenantId, after)) {
    waiting.push({ event: idOf(tenantId, event), type: event.type, records: conflicting(event) });
    if (waiting.length === ENTRIES_PER_PAGE) break;
  }
  return waiting;
}

/** All of them. @throws UsageError if `after` is no longer one of them */
export async function* waitingEvents(
  sync: Table,
  tenantId: TenantId,
  after?: string,
): AsyncGenerator<EndedEvent> {
  const place = after === undefined ? undefined : await placeOf(sync, tenantId, ['decide'], after);
  for await (const event of eventsIn(sync, tenantId, 'decide', place)) if (isWaiting(event)) yield event;
}

export const isWaiting = (event: StoredEvent): event is EndedEvent =>
  event.state === 'skipped' && event.reason === WAITS;

/** The records that its notes name. */
export const conflicting = ({ notes }: Pick<EndedEvent, 'notes'>): RecordName[] =>
  distinct(
    notes
      .filter((text) => NAME_CONFLICT.test(text))
      .flatMap((text) =>
        [...text.matchAll(NAMED)].map(([, word = '', ref = '']) => ({
          entity: entityOf(word),
          ref: Number(ref),
        })),
      ),
  );

const idOf = (tenantId: TenantId, { pk }: StoredEvent): string => outerId(eventIdOfKey(tenantId, pk));

const LISTS = ['ambiguous', 'skipped', 'failed', 'dismissed'] as const;

/** The events of the last thirty days that were ambiguous, newest first in each state, a page of them. @param after an event's id */
export async function readAmbiguous(sync: Table, tenantId: TenantId, after?: string): Promise<Doubt[]> {
  const found: Doubt[] = [];
  const place = after === undefined ? undefined : await placeOf(sync, tenantId, LISTS, after);
  const first = LISTS.findIndex((list) => list === (place?.list ?? LISTS[0]));
  for (const list of LISTS.slice(first)) {
    const from = place?.list === list ? place : undefined;
    for await (const event of eventsIn(sync, tenantId, list, from, isAmbiguousAt)) {
      const { type } = event;
      if (found.length >= ENTRIES_PER_PAGE) return found;
      for (const note of event.notes) {
        const [, word, refs, used] = AMBIGUOUS.exec(note) ?? [];
        if (word === undefined || refs === undefined) continue;
        const entity = entityOf(word);
        found.push({
          event: idOf(tenantId, event),
          type,
          records: refs.split(', ').map((ref) => ({ entity, ref: Number(ref) })),
          ...(used === undefined ? {} : { used: { entity, ref: Number(used) } }),
        });
      }
    }
  }
  return found;
}

const AT_ONCE = 100;

/** The index may lag behind: events are read as they are now. @param isMeant by their places in the list */
async function* eventsIn(
  sync: Table,
  tenantId: TenantId,
  list: EndedList,
  place: Place | undefined,
  isMeant: (place: string) => boolean = () => true,
): AsyncGenerator<EndedEvent> {
  let some: string[] = [];
  const read = async (): Promise<EndedEvent[]> => {
    const keys = some.map((pk) => ({ pk, sk: 'e' }));
    // Only StoredEvents have these keys.
    const items = new Map(((await sync.getMany(keys)) as StoredEvent[]).map((item) => [item.pk, item]));
    return some.flatMap((pk) => {
      const item = items.get(pk);
      return item === undefined || item.state === 'queued' ? [] : [item];
    });
  };
  const pk = endedIndex(tenantId, list);
  const after = place && behind({ ...eventItemKey(tenantId, place.id), indexPk: pk, indexSk: place.at });
  const query = { pk, index: true, descending: true, ...(after === undefined ? {} : { after }) };
  for await (const { pk: found, indexSk = '' } of queryAll(sync, query)) {
    if (!isMeant(indexSk)) continue;
    some.push(found);
    if (some.length < AT_ONCE) continue;
    yield* await read();
    some = [];
  }
  yield* await read();
}

const distinct = (records: readonly RecordName[]): RecordName[] => [
  ...new Map(records.map((record) => [`${record.entity}:${String(record.ref)}`, record])).values(),
];

/** `candidate:12`, or `12` if only one record has that number. */
const recordOption = z
  .union([z.string(), z.int().positive().transform(String)])
  .pipe(
    z.string().regex(/^(?:(?:candidate|contact):)?[1-9]\d{0,15}$/, 'must be a record such as candidate:12'),
  );

const decideOptions = z.strictObject({
  domain: domainOption,
  event: z.string().regex(/^[\w.:~%-]{1,129}$/, 'must be an id of `decisions`'),
  as: z.enum(['same-person', 'someone-else'], 'must be same-person or someone-else'),
  ref: recordOption.optional(),
});

const ofDomain = z.strictObject({ domain: domainOption, after: afterEventOption });

export const decisions = defineVerb(ofDomain, { audited: false }, async (services, { domain, after }) =>
  readDecisions(services.sync, await tenantIdOf(services, domain), after),
);

export const ambiguous = defineVerb(ofDomain, { audited: false }, async (services, { domain, after }) =>
  readAmbiguous(services.sync, await tenantIdOf(services, domain), after),
);

/** Ends the wait of an event: it changes from `skipped` to `queued`, and then to its end. */
export const decide = defineVerb(
  decideOptions,
  {
    audited: true,
    traced: ({ event, as, ref }) => ({ ...{ event, as }, ...(ref === undefined ? {} : { ref }) }),
  },
  async (services, { domain, event, as, ref }) => {
    const tenantId = await tenantIdOf(services, domain);
    const { clock, newId } = services;
    const answered = await askTurn(services, {
      ...{ tenantId, verb: 'decide', options: { event, as, ref } },
      events: async () => {
        const match = await chosen(services.sync, tenantId, { event, as, ref });
        const occurredAt = new Date(clock.now()).toISOString();
        const id = innerId(newId());
        return [
          {
            ...{ type: 'internal.decide', id, occurredAt, eventId: innerId(event), as },
            ...(match === undefined ? {} : { match }),
          },
        ];
      },
    });
    if ('pending' in answered) return answered;
    if (sumOf(answered.done, 'decided') > 0) return { event, state: 'queued' };
    throw notWaiting(event);
  },
);

const notWaiting = (event: string): AdminError =>
  new AdminError(`event ${event} does not wait for a decision; see decisions for those that do`);

type Match = { kind: 'candidate' | 'contact'; ref: number };

/** The record that is the same person. @throws AdminError, UsageError */
async function chosen(
  sync: Table,
  tenantId: TenantId,
  { event, as, ref }: { event: string; as: string; ref: string | undefined },
): Promise<Match | undefined> {
  // Only StoredEvents have these keys.
  const item = (await sync.get(eventItemKey(tenantId, innerId(event)))) as StoredEvent | undefined;
  if (item === undefined || !isWaiting(item)) throw notWaiting(event);
  const records = conflicting(item);
  const names = records.map(({ entity, ref: number }) => `${entity}:${String(number)}`);
  if (as === 'someone-else') {
    if (ref !== undefined) throw new UsageError('ref: only allowed with same-person');
    return undefined;
  }
  if (ref === undefined && records.length !== 1)
    throw new UsageError(`ref: say which record is the same person: ${names.join(', ')}`);
  const meant = records.filter(
    ({ entity, ref: number }) =>
      ref === undefined || ref === `${entity}:${String(number)}` || ref === String(number),
  );
  const [only] = meant;
  if (only === undefined || meant.length > 1 || only.entity === 'company')
    throw new UsageError(`ref: must be one of ${names.join(', ')}`);
  return { kind: only.entity, ref: only.ref };
}

const tenantIdOf = async (services: AdminServices, domain: string): Promise<TenantId> =>
  (await findTenant(services, domain)).tenantId;
