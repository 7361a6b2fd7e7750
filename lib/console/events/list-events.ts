/** `GET …/events`: the tenant's events, newest first, filtered, a page at a time. */
import type { EventId } from '../../ids.ts';
import * as z from 'zod';
import { failureGroup, reasonOf } from '../../admin/events/parked.ts';
import { EVENT_TYPE_NAMES } from '../../events/event-types.ts';
import { VISIBLE_STATES } from '../../events/visible-state.ts';
import { json } from '../../http/response.ts';
import { type Cursor, findEvents } from './activity.ts';
import { iso, summaryOf } from './describe-event.ts';
import { readInput } from '../read-input.ts';
import type { TenantEndpoint } from '../router.ts';
import { type ConsoleServices, readWaits } from '../services.ts';
import { tenantRecordOf } from '../tenant-id.ts';

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const list = <Value extends string>(values: readonly Value[]) =>
  z
    .string()
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(z.enum(values as [Value, ...Value[]])).min(1));

const cursorSchema = z.union([
  z.strictObject({ batch: z.string().min(1).max(129), events: z.int().min(0).max(1_000) }),
  z.strictObject({
    list: z.enum(['failed', 'skipped']),
    id: z
      .string()
      .min(1)
      .max(129)
      .transform((id) => id as EventId),
    at: z.iso.datetime().max(64),
  }),
]);
const cursor = z.string().transform((text, context): Cursor => {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    context.addIssue('must be the `next` of the answer before');
    return z.NEVER;
  }
});

const MAX_EVENTS = 100;
const querySchema = z
  .strictObject({
    state: list(VISIBLE_STATES).optional(),
    type: list(EVENT_TYPE_NAMES).optional(),
    group: z.string().max(40).optional(),
    from: instant.optional(),
    to: instant.optional(),
    limit: z.coerce.number().int().min(1).max(MAX_EVENTS).default(50),
    after: cursor.optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['to'],
    error: 'must not be before `from`',
  });

export const listEvents =
  (services: ConsoleServices): TenantEndpoint =>
  async ({ event, domain }) => {
    const { state, type, group, from, to, limit, after } = readInput(
      querySchema,
      event.queryStringParameters,
    );
    const tenant = await tenantRecordOf(services, domain);
    const { tenantId } = tenant;
    const now = services.clock.now();
    const waits = await readWaits(services, tenant);
    const found = await findEvents(
      { table: services.sync, tenantId, waits, now },
      {
        ...(group === undefined
          ? state && { states: state }
          : {
              states: ['failed'],
              wanted: async (one) =>
                one.state === 'failed' && failureGroup(await reasonOf(services, tenantId, one)) === group,
            }),
        ...(type && { types: type }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      },
      limit,
      after,
    );
    return json(200, {
      events: await Promise.all(found.events.map((one) => summaryOf(services, tenantId, one, waits))),
      ...(found.next && { next: Buffer.from(JSON.stringify(found.next)).toString('base64url') }),
      ...(found.lookedBackTo === undefined ? {} : { lookedBackTo: iso(found.lookedBackTo) }),
    });
  };
